/**
 * What is wrong with one field of an object that a person wrote: what admission refuses it with,
 * and the command line too. Nothing that makes these throws.
 */

export interface FieldProblem {
  /** `spec.overrides[0].clusterName`. */
  readonly field: string;
  /** Without the field; never a secret. */
  readonly message: string;
}

/** What is known of the write beside the object itself. */
export interface CheckedWrite {
  /** Of a write to the subresource `status` only the status is checked. Default: spec. */
  readonly part?: 'spec' | 'status';
  /** The object as it is stored now; undefined: it is new. */
  readonly before?: unknown;
}

/** `spec.scope: is missing`. */
export function formatFieldProblem({ field, message }: FieldProblem): string {
  return `${field}: ${message}`;
}

/**
 * Those that the object did not have before: what is wrong already stays writable (its finalizer,
 * its labels), as the API server itself does with what its schema refuses.
 */
export function newProblems(
  problems: readonly FieldProblem[],
  before: readonly FieldProblem[],
): readonly FieldProblem[] {
  const known = new Set(before.map(formatFieldProblem));
  return problems.filter((problem) => !known.has(formatFieldProblem(problem)));
}
