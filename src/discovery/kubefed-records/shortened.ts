/** What a message tells one by one, so that it stays one that a person reads. */

/** Told one by one. */
const TOLD_MAX = 20;

export function shortened(parts: readonly string[], between = '; '): string {
  const told = parts.slice(0, TOLD_MAX).join(between);
  return parts.length > TOLD_MAX ? `${told} and ${parts.length - TOLD_MAX} more` : told;
}
