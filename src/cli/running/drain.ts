/** `fedns drain|undrain`: takes a cluster, or one service of it, out of the answers by hand. */

import type { Command } from 'commander';
import { z } from 'zod';
import { callServer } from '../../app/control/control-client.ts';
import { configFromFlags } from '../flags.ts';
import { print, VerbError } from '../output.ts';

const DRAINED = z.object({ services: z.number(), ttlSeconds: z.number() });
/** From the word to the last changed record, s: what publishing and following take at most. */
const PUBLISH_SECONDS = 2;

export function addDrain(program: Command): void {
  for (const [verb, to, what] of [
    ['drain', 'drained', 'take a cluster, or CLUSTER/NAMESPACE/SERVICE, out of the answers'],
    ['undrain', 'back', 'let it back into the answers'],
  ] as const) {
    program
      .command(`${verb} <subject>`)
      .description(what)
      .option('-c, --config <file>', 'configuration file of the server (also FEDNS_CONFIG)')
      .option('--store-folder <folder...>', 'state folder of the process that leads')
      .action((subject: string, flags: Record<string, unknown>) => drain(subject, to, flags));
  }
}

async function drain(
  subject: string,
  to: 'drained' | 'back',
  flags: Record<string, unknown>,
): Promise<void> {
  const read = configFromFlags(flags);
  const folder = read.resolvePath(read.config.store.folder);
  const call = `POST /drain?to=${to}&subject=${encodeURIComponent(subject)}`;
  let said: unknown;
  try {
    said = await callServer(folder, call);
  } catch (error) {
    throw new VerbError(error instanceof Error ? error.message : String(error), 1);
  }
  const { services, ttlSeconds } = DRAINED.parse(said);
  const seconds = ttlSeconds + PUBLISH_SECONDS;
  const clients = to === 'drained' ? 'clients have left' : 'clients may be back';
  print(`${subject} ${to}: ${services} services; ${clients} in ${seconds} s (TTL ${ttlSeconds} s)`);
}
