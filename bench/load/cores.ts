/**
 * Which core does what: servers on core 0, what loads or serves them (load generator, etcd, the
 * writer of changes) on core 1. A child inherits its parent's core, so a runtime that counts cores
 * (Go) sees one.
 */

import { availableParallelism } from 'node:os';
import { runCommand } from '../../test/lab/obtain/command.ts';

const SERVER_CORE = 0;
const LOAD_CORE = 1;

/** Prefix of a command that runs beside the servers, not among them. */
export const onLoadCore: readonly string[] = ['taskset', '-c', String(LOAD_CORE)];

/** From here on children start on the servers' core. */
export function startServersHere(): Promise<void> {
  return moveSelf(SERVER_CORE);
}

/** From here on children start on the load generator's core. */
export function startOthersHere(): Promise<void> {
  return moveSelf(LOAD_CORE);
}

/** From here on children may use every core, as a server does that nobody pins. */
export function startAnywhereHere(): Promise<void> {
  return moveSelf(`${SERVER_CORE},${LOAD_CORE}`);
}

async function moveSelf(cores: number | string): Promise<void> {
  await runCommand('taskset', ['-acp', String(cores), String(process.pid)]);
}

export function checkCores(): void {
  if (availableParallelism() < 2) throw new Error('the bench needs two cores of its own');
}
