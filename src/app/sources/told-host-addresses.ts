/** Host names looked up by the system's resolvers, with failures told in few lines. */

import { HostAddresses, type LookUpHost, resolverLookUp } from '../../probe/host-addresses.ts';
import type { Logger } from '../../runtime/logger.ts';
import { RateLimited } from '../../runtime/rate-limited.ts';

/** Failures of one kind are told this often, ms. */
const HOST_LOG_INTERVAL_MS = 10_000;

export function toldHostAddresses(
  logger: Logger,
  onChange: (host: string) => void,
  lookUp: LookUpHost = resolverLookUp(),
): HostAddresses {
  // Thousands of names may fail for one reason, a resolver that is away: one line tells of it.
  const complaints = new RateLimited(HOST_LOG_INTERVAL_MS);
  return new HostAddresses({
    lookUp,
    onChange,
    onFailure: (host, reason) =>
      complaints.run(reason.replaceAll(host, ''), (others) =>
        logger.warn('host name not resolved, last good addresses stay', {
          address: host,
          reason,
          count: others + 1,
        }),
      ),
  });
}
