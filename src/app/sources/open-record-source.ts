/** The configured source of records: the shards file or the member clusters, and records of the host. */

import { InputError } from '../../dns/errors.ts';
import { type DomainName, parseName } from '../../dns/name.ts';
import type { Alarms } from '../../runtime/alarms.ts';
import type { Logger } from '../../runtime/logger.ts';
import { watchesMembers } from '../config/config-schema.ts';
import { readControlPlaneHost } from '../config/members/member-specs.ts';
import type { ReadConfig } from '../config/read-config.ts';
import type { Answering } from './members-publishing.ts';
import type { RecordSource } from './record-source.ts';
import { readShardsDomain, ShardsPublishing } from './shards-publishing.ts';
import { TwoSources } from './two-sources.ts';

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
  options: OpenRecordSourceOptions,
): Promise<RecordSource | undefined> {
  const shards = await openShardsSource(read, options);
  const records = await openHostRecords(read, options);
  if (shards === undefined || records === undefined) return shards ?? records;
  return new TwoSources(shards, records);
}

/** undefined: records of the host are not published. Throws InputError. */
async function openHostRecords(
  read: ReadConfig,
  { logger }: OpenRecordSourceOptions,
): Promise<RecordSource | undefined> {
  if (!read.config.controlPlane.publishRecords) return undefined;
  const host = await readControlPlaneHost(read);
  if (host === undefined) {
    const why = 'controlPlane.host: needed where controlPlane.publishRecords is set';
    throw new InputError('CONFIG', why);
  }
  if (read.config.federation.contributor !== undefined) {
    const why =
      'federation.contributor and controlPlane.publishRecords: it publishes nothing itself';
    throw new InputError('CONFIG', why);
  }
  const { HostRecordsPublishing } = await import('./host-records-publishing.ts');
  return new HostRecordsPublishing({ read, host, logger });
}

async function openShardsSource(
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
  const { domain, contributor } = read.config.federation;
  const hasHost = read.config.controlPlane.publishRecords;
  if (!watchesMembers(read.config) && !(hasHost && read.config.shardsFile === undefined)) {
    return readShardsDomain(read);
  }
  if (contributor !== undefined) return undefined;
  if (domain !== undefined) return parseName(domain);
  throw new InputError(
    'CONFIG',
    'federation.domain: needed where members are configured, or controlPlane.publishRecords is set',
  );
}
