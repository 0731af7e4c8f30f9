/**
 * What a loop has found about a record or a Domain, into its status: its fields and its conditions,
 * where they differ. Another loop's conditions stay: every write is under the version that was read.
 */

import { type SaidCondition, timeText, withConditions } from '../../api/conditions.ts';
import { objectPath } from '../../api/kubefed/api-resource.ts';
import { isJsonObject } from '../../api/kubefed/federated-object.ts';
import { canonicalJson } from '../../federation/canonical-json.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import type { RecordEvents } from './record-events.ts';
import { type NamedObject, RECORD_RESOURCES } from './record-resources.ts';

export interface FoundOfRecord {
  /** Of the status, each whole; what is not in it stays. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly conditions: readonly SaidCondition[];
}

export interface RecordPlace {
  readonly host: PacedClient;
  readonly events: RecordEvents;
}

/** Throws ApiError for what is to be tried again. */
export async function writeRecordStatus(
  { host, events }: RecordPlace,
  record: NamedObject,
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
  events.turned(record, conditions);
}
