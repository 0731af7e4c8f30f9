/**
 * Domains, ServiceDNSRecords and IngressDNSRecords together -> all their names, each of one record.
 * A name that two records want is the older one's: never the addresses of both, and never an alias
 * beside addresses. A record that its Domain does not allow has none. Pure.
 */

import type { DnsRecord, DomainObject } from '../../api/kubefed/dns-record-objects.ts';
import { InputError } from '../../dns/errors.ts';
import { type DomainName, formatName } from '../../dns/name.ts';
import type { PlannedOwner, RecordPlan } from '../ladder/plan-records.ts';
import { ClaimedNames } from './claimed-names.ts';
import { byAge, describeRecord } from './name-claims.ts';
import { ownNames, type PlannedRecord, planRecord, type RecordPlanOptions } from './plan-record.ts';
import { foreignNames, leftOutRemarks } from './record-conflict.ts';
import type { RecordDomain } from './record-domain.ts';

export interface AllRecords {
  /** By name. */
  readonly domains: ReadonlyMap<string, DomainObject>;
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
  const names = new ClaimedNames(() => domains);
  names.domainsChanged();
  for (const record of records) names.put(record);
  const owners = new Map<DomainName, PlannedOwner>();
  const hosts = new Set<string>();
  const remarks: string[] = [];
  for (const record of [...records].sort(byAge)) {
    const tell = (remark: string) => remarks.push(`${describeRecord(record)}: ${remark}`);
    const { domain, problem } = names.domainOf(record);
    if (problem?.reason === 'NamespaceNotAllowed') {
      tell(`${problem.reason}: ${problem.message}, left out`);
      continue;
    }
    const planned = planOne(record, { domain, problem }, options);
    for (const remark of planned.remarks) tell(remark);
    for (const host of planned.hosts) hosts.add(host);
    const conflict = names.conflictOf(record);
    for (const remark of leftOutRemarks(conflict)) tell(remark);
    const foreign = foreignNames(conflict);
    const own = ownNames(planned, foreign).owners;
    for (const [owner, content] of own) owners.set(owner, content);
    for (const name of planned.owners.keys()) {
      const leadsAway = !own.has(name) && !foreign.has(name);
      if (leadsAway) tell(`${formatName(name)} would lead to a name of another, left out`);
    }
  }
  return { owners, byRule: new Set(), rules: [], hosts, remarks };
}

function planOne(
  record: DnsRecord,
  { domain, problem }: RecordDomain,
  options: RecordPlanOptions,
): PlannedRecord {
  try {
    const planned = planRecord(record, domain, options);
    if (planned !== undefined) return planned;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError('DNS_RECORD', `${describeRecord(record)}: ${error.message}`);
  }
  const missing = `${problem?.message}, and its status says no domain`;
  throw new InputError('DNS_RECORD', `${describeRecord(record)}: ${missing}`);
}
