/** What the answering threads start with, from the configuration. */

import { randomBytes } from 'node:crypto';
import { rateLimitTable } from '../../serve/answering/rate-limit.ts';
import type { ThreadsStart } from '../../serve/answering-threads.ts';
import { readCookieSecrets } from './cookie-secrets.ts';
import type { ReadConfig } from './read-config.ts';
import type { ZoneSource } from './zone-sources.ts';

/** What of it the configuration says. Throws InputError COOKIE_SECRETS. */
export function threadsStart(
  read: ReadConfig,
  zones: readonly ZoneSource[],
): Omit<ThreadsStart, 'images' | 'nameHashSeed'> {
  const { config } = read;
  const perThread = (count: number) => Math.max(1, Math.ceil(count / config.answers.threads));
  return {
    apexes: zones.map(({ apex }) => apex),
    rateLimitTable: rateLimitTable(),
    rateLimit: config.rateLimit,
    rateLimitSeed: randomBytes(4).readInt32LE(),
    exemptNetworks: config.rateLimit.exempt,
    whyNetworks: config.answers.whyClients,
    cookieSecrets: readCookieSecrets(read) ?? [randomBytes(16)],
    order: config.answers.order,
    nsid: new TextEncoder().encode(config.answers.nsid),
    udpOctetsMax: config.answers.udpOctetsMax,
    tcp: {
      connectionsMax: perThread(config.tcp.connectionsMax),
      connectionsPerAddressMax: perThread(config.tcp.connectionsPerAddressMax),
      idleMs: config.tcp.idleMs,
    },
  };
}
