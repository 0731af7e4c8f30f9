/** What the bench says while it works: stderr, so that stdout holds figures only. */

export function report(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}
