/** A fault of ours as text for its log line: with where it happened, or nobody could report it. */

export function faultText(fault: unknown): string {
  return fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
}
