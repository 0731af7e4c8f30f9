/**
 * A network of its own for a server and those who ask it: a namespace that ends with the server.
 * As root or where users may have namespaces; elsewhere `canBeAlone` says no.
 */

import { runCommand, tryCommand } from '../../lab/obtain/command.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { serverPid } from '../running-fedns.ts';

/** Prefix of a command that runs where `setUp`, a line of shell, has made the network. */
export function alone(setUp: string): readonly string[] {
  return ['unshare', '-Urn', 'sh', '-c', `ip link set lo up && ${setUp} && exec "$@"`, 'sh'];
}

export async function canBeAlone(setUp: string): Promise<boolean> {
  const [command = '', ...args] = [...alone(setUp), 'true'];
  return (await tryCommand(command, args)).code === 0;
}

/** Runs a script of ours beside the server; `options` and what it prints are JSON. */
export async function inside<Result>(
  server: RunningProcess,
  script: string,
  options: object,
): Promise<Result> {
  const there = ['-t', String(serverPid(server)), '-U', '-n', '--preserve-credentials'];
  const asker = [process.execPath, '--disable-warning=ExperimentalWarning', script];
  return JSON.parse(await runCommand('nsenter', [...there, ...asker, JSON.stringify(options)]));
}
