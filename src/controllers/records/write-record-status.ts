/**
 * What a loop has found about a record, into its status: its fields and its conditions, where they
 * differ. Another loop's conditions stay: every write is under the version that was read.
 */

import { type SaidCondition, timeText, withConditions } from '../../api/conditions.ts';
import { type ApiResource, objectPath } from '../../api/kubefed/api-resource.ts';
import { DNS_GROUP, type DnsRecord } from '../../api/kubefed/dns-record-objects.ts';
import { isJsonObject } from '../../api/kubefed/federated-object.ts';
import { canonicalJson } from '../../federation/canonical-json.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import { DONE, type Outcome } from '../../kubernetes/reconciling/work-queue.ts';
import { CONFLICT_RETRY_MS } from '../limits.ts';

const API = { group: DNS_GROUP, version: 'v1alpha1', isNamespaced: true } as const;

export const RECORD_RESOURCES: Readonly<Record<DnsRecord['kind'], ApiResource>> = {
  ServiceDNSRecord: { ...API, kind: 'ServiceDNSRecord', plural: 'servicednsrecords' },
  IngressDNSRecord: { ...API, kind: 'IngressDNSRecord', plural: 'ingressdnsrecords' },
};

export const DOMAINS: ApiResource = { ...API, kind: 'Domain', plural: 'domains' };

export interface FoundOfRecord {
  /** Of the status, each whole; what is not in it stays. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly conditions: readonly SaidCondition[];
}

/** Throws ApiError for what is to be tried again. */
export async function writeRecordStatus(
  host: PacedClient,
  record: DnsRecord,
  { fields, conditions }: FoundOfRecord,
): Promise<void> {
  const { generation, resourceVersion, uid } = record;
  const facts = { generation, now: timeText(new Date()) };
  const before = isJsonObject(record.status) ? record.status : {};
  const status = {
    ...fields,
    conditions: withConditions(before, conditions, facts),
  };
  if (canonicalJson({ ...before, ...status }) === canonicalJson(before)) return;
  const path = objectPath(RECORD_RESOURCES[record.kind], record);
  await host.patch(`${path}/status`, { metadata: { resourceVersion, uid }, status });
}

/** What is done, or when it is tried again. */
export async function outcomeOf(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Gone meanwhile; or changed, and its watch says so.
    if (error.status === 404) return DONE;
    if (error.status === 409) return { kind: 'again', afterMs: CONFLICT_RETRY_MS };
    return { kind: 'failed', atLeastMs: error.retryAfterMs };
  }
}
