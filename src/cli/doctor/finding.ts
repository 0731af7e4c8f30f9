/** One thing that a check found, with what to do about it; the worst first. */

/**
 * broken: clients or the next failure suffer from it now; risk: they will; note: worth knowing, or
 * could not be checked; well: checked, and in order.
 */
export const GRADES = ['broken', 'risk', 'note', 'well'] as const;

export interface Finding {
  readonly grade: (typeof GRADES)[number];
  /** `config`, `store`, `members`, `federation`, `process`. */
  readonly check: string;
  readonly found: string;
  /** Empty where there is nothing to do. */
  readonly remedy: string;
}

/** In the order of the checks within one grade. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (left, right) => GRADES.indexOf(left.grade) - GRADES.indexOf(right.grade),
  );
}

/** One check's findings, or that it is well. */
export function orWell(check: string, findings: readonly Finding[], well: string): Finding[] {
  return findings.length > 0 ? [...findings] : [{ grade: 'well', check, found: well, remedy: '' }];
}
