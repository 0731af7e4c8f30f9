/** `fedns drain|undrain`: takes a cluster, or one service of it, out of the answers by hand. */

import type { Command } from 'commander';
import { z } from 'zod';
import { print } from '../output.ts';
import { askServer } from './ask-server.ts';

const DRAINED = z.object({ services: z.number(), ttlSeconds: z.number() });
/** From the word to the last changed record, s: what publishing and following take at most. */
const PUBLISH_SECONDS = 2;

export function addDrain(program: Command): void {
  for (const [verb, to, what] of [
    [
      'drain',
      'drained',
      'takes a cluster, or CLUSTER/NAMESPACE/SERVICE (a host: CLUSTER/@/HOST), out of the answers',
    ],
    ['undrain', 'back', 'lets it back into the answers'],
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
  const call = `POST /drain?to=${to}&subject=${encodeURIComponent(subject)}`;
  const said = await askServer(flags, call);
  const { services, ttlSeconds } = DRAINED.parse(said);
  const seconds = ttlSeconds + PUBLISH_SECONDS;
  const clients = to === 'drained' ? 'clients have left' : 'clients may be back';
  print(`${subject} ${to}: ${services} services; ${clients} in ${seconds} s (TTL ${ttlSeconds} s)`);
}
