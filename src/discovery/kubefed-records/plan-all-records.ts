/**
 * Domains, ServiceDNSRecords and IngressDNSRecords together -> all their names, each of one record.
 * A name that two records want is the older one's, else the one's that is named first: never the
 * addresses of both, and never an alias beside addresses. Pure.
 */

import type { DnsRecord } from '../../api/kubefed/dns-record-objects.ts';
import { InputError } from '../../dns/errors.ts';
import { type DomainName, formatName } from '../../dns/name.ts';
import type { PlannedOwner, RecordPlan } from '../ladder/plan-records.ts';
import {
  type PlannedRecord,
  planIngressRecord,
  planServiceRecord,
  type RecordPlanOptions,
} from './plan-record.ts';

export interface AllRecords {
  /** Domain's name -> its domain. */
  readonly domains: ReadonlyMap<string, string>;
  readonly records: readonly DnsRecord[];
}

export interface AllRecordsPlan extends RecordPlan {
  /** One line each, the record first: what has no name or no address, and why. */
  readonly remarks: readonly string[];
}

/** Throws InputError DNS_RECORD for a record that can have no names; the record is named. */
export function planAllRecords(
  { domains, records }: AllRecords,
  options: RecordPlanOptions,
): AllRecordsPlan {
  const owners = new Map<DomainName, PlannedOwner>();
  const holders = new Map<DomainName, string>();
  const hosts = new Set<string>();
  const remarks: string[] = [];
  const byAge = [...records].sort((left, right) =>
    left.createdAt === right.createdAt ? 0 : left.createdAt < right.createdAt ? -1 : 1,
  );
  for (const record of byAge) {
    const name = describeRecord(record);
    const planned = planOne(record, { domains, options });
    for (const remark of planned.remarks) remarks.push(`${name}: ${remark}`);
    for (const host of planned.hosts) hosts.add(host);
    for (const [owner, content] of planned.owners) {
      const holder = holders.get(owner);
      if (holder === undefined) {
        holders.set(owner, name);
        owners.set(owner, content);
      } else remarks.push(`${name}: ${formatName(owner)} is of ${holder}, left out`);
    }
  }
  return { owners, byRule: new Set(), rules: [], hosts, remarks };
}

/** `ServiceDNSRecord shop/web`. */
function describeRecord({ kind, key }: Pick<DnsRecord, 'kind' | 'key'>): string {
  return `${kind} ${key}`;
}

function planOne(
  record: DnsRecord,
  { domains, options }: { domains: AllRecords['domains']; options: RecordPlanOptions },
): PlannedRecord {
  try {
    if (record.kind === 'IngressDNSRecord') return planIngressRecord(record, options);
    const domain = domains.get(record.domainRef) ?? record.domain;
    if (domain !== '') return planServiceRecord(record, domain, options);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError('DNS_RECORD', `${describeRecord(record)}: ${error.message}`);
  }
  const missing = `spec.domainRef: no Domain is named "${record.domainRef}", and its status says no domain`;
  throw new InputError('DNS_RECORD', `${describeRecord(record)}: ${missing}`);
}
