/** Runs the load generator on its core and reads what it measured. */

import { runCommand } from '../../test/lab/obtain/command.ts';
import { onLoadCore } from './cores.ts';
import { program } from './programs.ts';

export interface LoadOptions {
  readonly port: number;
  /** File of queries, see loadgen.c. */
  readonly queries: string;
  readonly seconds: number;
  /** Queries a second; closed loop when absent. */
  readonly rate?: number;
  readonly window?: number;
}

export interface LoadResult {
  readonly seconds: number;
  readonly sent: number;
  readonly received: number;
  readonly timedOut: number;
  readonly unexpected: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly noerror: number;
  readonly nxdomain: number;
  readonly servfail: number;
  readonly refused: number;
}

/** So many flows that SO_REUSEPORT spreads them over a server's sockets. */
const SOCKETS = 16;

export async function generateLoad(options: LoadOptions): Promise<LoadResult> {
  const [taskset = '', ...pinned] = onLoadCore;
  const args = [
    ...[await program('loadgen'), '--port', String(options.port), '--queries', options.queries],
    ...['--seconds', String(options.seconds), '--sockets', String(SOCKETS)],
    ...['--window', String(options.window ?? 256)],
    ...(options.rate === undefined ? [] : ['--rate', String(options.rate)]),
  ];
  const timeoutMs = options.seconds * 1000 + 30_000;
  return JSON.parse(await runCommand(taskset, [...pinned, ...args], { timeoutMs }));
}
