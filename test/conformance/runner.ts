/**
 * Runs the protocol suite against one server: cases side by side, those that measure time or load
 * the server afterwards, one by one.
 */
import type { Address } from './wire/exchange.ts';

export type Level = 'MUST' | 'SHOULD';

export interface Case {
  /** Unique, in words: `wildcard: blocked by an existing name`. */
  readonly id: string;
  /** For example `RFC 2308 2.2`. */
  readonly rfc: string;
  readonly level: Level;
  /** 'together': over UDP, quick. 'stream': TCP or waits. 'alone': loads the server. */
  readonly when?: 'together' | 'stream' | 'alone';
  readonly run: (server: Address) => Promise<unknown>;
}

export interface Failure {
  readonly id: string;
  readonly rfc: string;
  readonly level: Level;
  readonly reason: string;
}

export interface RunOptions {
  readonly only?: (each: Case) => boolean;
  /** Ends at the first failure: enough to know that a fault was seen. */
  readonly stopAtFirst?: boolean;
}

const CONCURRENCY = 12;
const CASE_LIMIT_MS = 25_000;

export async function runCases(
  cases: readonly Case[],
  server: Address,
  options: RunOptions = {},
): Promise<Failure[]> {
  const chosen = cases.filter(options.only ?? (() => true));
  const failures: Failure[] = [];
  const done = () => options.stopAtFirst === true && failures.length > 0;
  let seen: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const runOne = async (each: Case) => {
    const reason = await outcome(each, server);
    if (reason !== undefined) {
      failures.push({ id: each.id, rfc: each.rfc, level: each.level, reason });
      if (done()) seen();
    }
  };
  const queue = [
    ...chosen.filter((each) => each.when === 'stream'),
    ...chosen.filter((each) => each.when === undefined || each.when === 'together'),
  ];
  const lane = async () => {
    for (let each = queue.shift(); each !== undefined && !done(); each = queue.shift()) {
      await runOne(each);
    }
  };
  // Cases that wait out a silence need not be waited for once a fault was seen.
  await Promise.race([Promise.all(Array.from({ length: CONCURRENCY }, lane)), first]);
  for (const each of chosen.filter((one) => one.when === 'alone')) {
    if (!done()) await runOne(each);
  }
  return failures.sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function outcome(each: Case, server: Address): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`not finished in ${CASE_LIMIT_MS} ms`), CASE_LIMIT_MS);
  });
  const run = each.run(server).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const reason = await Promise.race([run, limit]);
  clearTimeout(timer);
  return reason;
}
