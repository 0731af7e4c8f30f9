/** Octets that are kept for long, in little room. */

/**
 * The same octets in one piece: what was cut from another text keeps all of that one, and what was
 * put together rests as its parts.
 */
export function inOnePiece<T extends string>(octets: T): T {
  return Buffer.from(octets, 'latin1').toString('latin1') as T;
}
