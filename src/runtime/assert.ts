/** Our own mistakes: an InvariantError means a bug in FedNS, never bad input or a bad world. */

export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** The value itself, once it is known to be there. */
export function assertDefined<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new InvariantError(what);
  return value;
}
