/**
 * Whether these are still the data we followed. The cluster id alone does not tell: with the data
 * folder removed and the same flags etcd keeps it. So a sentinel key with a random value, made by
 * who comes first, and its create revision are compared too, and the revision must not go back.
 */

import { randomUUID } from 'node:crypto';
import { StoreError } from '../store-error.ts';
import type { EtcdSettings } from './etcd-options.ts';
import { etcdKey } from './etcd-range.ts';
import type { EtcdSession } from './etcd-session.ts';

export interface EtcdIdentity {
  readonly clusterId: string;
  /** Create revision and value of the sentinel; empty where it cannot be read or made. */
  readonly sentinel: string;
  /** Of the store, when it was asked. */
  readonly revision: number;
}

/** Makes the sentinel where there is none and we may. Throws StoreError. */
export async function askIdentity(
  session: EtcdSession,
  settings: EtcdSettings,
): Promise<EtcdIdentity> {
  const found = await readSentinel(session, settings);
  if (found.sentinel !== '') return found;
  const key = etcdKey(settings, settings.sentinelKey);
  try {
    await session.call((client, options) =>
      client.kv.txn(
        {
          compare: [{ key, target: 'Create', result: 'Equal', create_revision: 0 }],
          success: [{ request_put: { key, value: Buffer.from(randomUUID()) } }],
        },
        options,
      ),
    );
  } catch (error) {
    // A reader without the right to write lives with the cluster id and the revision.
    if (error instanceof StoreError && error.code === 'STORE_DENIED') return found;
    throw error;
  }
  return readSentinel(session, settings);
}

/** undefined: the same data. `last.revision`: the newest that we saw. */
export function replacedBy(last: EtcdIdentity, now: EtcdIdentity): string | undefined {
  if (now.clusterId !== last.clusterId) {
    return `cluster id ${last.clusterId} is now ${now.clusterId}`;
  }
  if (now.revision < last.revision) return `revision went back to ${now.revision}`;
  if (last.sentinel !== '' && now.sentinel !== last.sentinel) return 'another sentinel key';
  return undefined;
}

async function readSentinel(session: EtcdSession, settings: EtcdSettings): Promise<EtcdIdentity> {
  const key = etcdKey(settings, settings.sentinelKey);
  try {
    const { header, kvs } = await session.call((client, options) =>
      client.kv.range({ key }, options),
    );
    const kv = kvs[0];
    return {
      clusterId: header.cluster_id,
      sentinel: kv === undefined ? '' : `${kv.create_revision} ${kv.value.toString('latin1')}`,
      revision: Number(header.revision),
    };
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'STORE_DENIED') throw error;
    return deniedIdentity(session, error);
  }
}

/** May not read the sentinel: the status call, open to all users, names the cluster as well. */
async function deniedIdentity(session: EtcdSession, denied: StoreError): Promise<EtcdIdentity> {
  try {
    const { header } = await session.call((client, options) => client.maintenance.status(options));
    return {
      clusterId: header.cluster_id,
      sentinel: '',
      revision: Number(header.revision),
    };
  } catch {
    throw denied;
  }
}
