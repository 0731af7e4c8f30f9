/** The configured source of records: the shards file, or the member clusters. */

import { InputError } from '../dns/errors.ts';
import { type DomainName, parseName } from '../dns/name.ts';
import type { Alarms } from '../runtime/alarms.ts';
import type { Logger } from '../runtime/logger.ts';
import { watchesMembers } from './config/config-schema.ts';
import type { ReadConfig } from './config/read-config.ts';
import type { RecordSource } from './record-source.ts';
import { readShardsDomain, ShardsPublishing } from './shards-publishing.ts';

/**
 * undefined: none is configured. Throws InputError. What costs memory is loaded by whoever uses
 * it: a replica that only answers reads no cluster.
 */
export async function openRecordSource(
  read: ReadConfig,
  { logger, alarms }: { readonly logger: Logger; readonly alarms: Alarms },
): Promise<RecordSource | undefined> {
  const { shardsFile } = read.config;
  const hasMembers = watchesMembers(read.config);
  if (hasMembers && shardsFile !== undefined) {
    throw new InputError('CONFIG', 'shardsFile and members: one of them says what is published');
  }
  if (shardsFile !== undefined) return new ShardsPublishing({ read, logger });
  if (!hasMembers) return undefined;
  const { MembersPublishing } = await import('./members-publishing.ts');
  return new MembersPublishing({ read, alarms, logger });
}

/** Below it the configured source publishes; undefined without one. Throws InputError. */
export function readPublishedDomain(read: ReadConfig): DomainName | undefined {
  if (!watchesMembers(read.config)) return readShardsDomain(read);
  const { domain } = read.config.federation;
  if (domain !== undefined) return parseName(domain);
  throw new InputError('CONFIG', 'federation.domain: needed where members are configured');
}
