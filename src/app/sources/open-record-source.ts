/** The configured source of records: the shards file, or the member clusters. */

import { InputError } from '../../dns/errors.ts';
import { type DomainName, parseName } from '../../dns/name.ts';
import type { Alarms } from '../../runtime/alarms.ts';
import type { Logger } from '../../runtime/logger.ts';
import { watchesMembers } from '../config/config-schema.ts';
import type { ReadConfig } from '../config/read-config.ts';
import type { Answering } from './members-publishing.ts';
import type { RecordSource } from './record-source.ts';
import { readShardsDomain, ShardsPublishing } from './shards-publishing.ts';

export interface OpenRecordSourceOptions {
  readonly logger: Logger;
  readonly alarms: Alarms;
  /** The server that answers in this process. */
  readonly answering?: Answering;
}

/**
 * undefined: none is configured. Throws InputError. What costs memory is loaded by whoever uses
 * it: a replica that only answers reads no cluster.
 */
export async function openRecordSource(
  read: ReadConfig,
  { logger, alarms, answering }: OpenRecordSourceOptions,
): Promise<RecordSource | undefined> {
  const { shardsFile, members, federation } = read.config;
  const hasMembers = watchesMembers(read.config);
  if (hasMembers && shardsFile !== undefined) {
    throw new InputError('CONFIG', 'shardsFile and members: one of them says what is published');
  }
  if (shardsFile !== undefined) return new ShardsPublishing({ read, logger });
  if (!hasMembers) return undefined;
  if (federation.contributor !== undefined) {
    if (members.contributors.length > 0) {
      const why = 'federation.contributor and members.contributors: shards are passed on once only';
      throw new InputError('CONFIG', why);
    }
    const { MembersContributing } = await import('./members-contributing.ts');
    return new MembersContributing({ read, alarms, logger });
  }
  const { MembersPublishing } = await import('./members-publishing.ts');
  return new MembersPublishing({ read, alarms, logger, ...(answering && { answering }) });
}

/** Below it the configured source publishes; undefined without one. Throws InputError. */
export function readPublishedDomain(read: ReadConfig): DomainName | undefined {
  if (!watchesMembers(read.config)) return readShardsDomain(read);
  const { domain, contributor } = read.config.federation;
  if (contributor !== undefined) return undefined;
  if (domain !== undefined) return parseName(domain);
  throw new InputError('CONFIG', 'federation.domain: needed where members are configured');
}
