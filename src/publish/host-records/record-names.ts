/**
 * All records of a host -> the names that they want, and those of which nothing is known now. A record
 * that did not change is planned once.
 *
 * Unknown is not absent. Of a record that nobody has looked at yet (it was made anew, or its host was
 * restored), and of one that names a host whose addresses were never known to this process, what
 * stands stays; the latter not for ever, where its other clusters have addresses: one host name that
 * cannot be resolved blocks nobody.
 */

import type { DnsRecord, DomainObject } from '../../api/kubefed/dns-record-objects.ts';
import { ClaimedNames } from '../../discovery/kubefed-records/claimed-names.ts';
import { byAge, describeRecord } from '../../discovery/kubefed-records/name-claims.ts';
import {
  ownNames,
  type PlannedRecord,
  planRecord,
} from '../../discovery/kubefed-records/plan-record.ts';
import { foreignNames, leftOutRemarks } from '../../discovery/kubefed-records/record-conflict.ts';
import type { PlannedOwner } from '../../discovery/ladder/plan-records.ts';
import { canonicalHost } from '../../discovery/shards-file.ts';
import { InputError } from '../../dns/errors.ts';
import {
  type DomainName,
  formatName,
  isAtOrBelow,
  type NameHead,
  nameHead,
  parseName,
} from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { UNRESOLVED_PATIENCE_MS } from '../limits.ts';

export interface RecordNamesOptions {
  /** Where names may be written. */
  readonly zones: readonly DomainName[];
  /** Where a record says none. Seconds. */
  readonly ttlSeconds: number;
  /** Canonical host name -> addresses, last good ones; undefined: never known. */
  readonly resolve: (host: string) => readonly string[] | undefined;
}

export interface SeenRecords {
  readonly records: Iterable<DnsRecord>;
  /** By name. */
  readonly domains: ReadonlyMap<string, DomainObject>;
}

export interface RecordNames {
  readonly owners: ReadonlyMap<DomainName, PlannedOwner>;
  /** Whether a name that is in `owners` no more stays as it is. */
  readonly keeps: (owner: DomainName, held: readonly RRset[]) => boolean;
  /** Host names whose addresses are wanted, canonical. */
  readonly hosts: ReadonlySet<string>;
  /** What has no name or no address, and why; one line each, the record first. */
  readonly remarks: readonly string[];
  /** Of some something will be known without a word from anybody. */
  readonly isWaiting: boolean;
}

interface PlannedBefore {
  readonly domain: string | undefined;
  /** Host -> addresses in this plan. */
  readonly resolved: ReadonlyMap<string, readonly string[] | undefined>;
  /** A text: it can have no names, for this reason. */
  readonly planned: PlannedRecord | string;
}

interface Claimed {
  readonly record: DnsRecord;
  readonly domain: DomainObject | undefined;
}

interface Gathered {
  readonly owners: Map<DomainName, PlannedOwner>;
  readonly remarks: string[];
}

export class RecordNamesPlanner {
  readonly #options: RecordNamesOptions;
  readonly #claims = new ClaimedNames(() => this.#domains);
  #domains: ReadonlyMap<string, DomainObject> = new Map();
  /** What was claimed last, by kind and key. */
  #claimed: ReadonlyMap<string, Claimed> = new Map();
  readonly #before = new WeakMap<DnsRecord, PlannedBefore>();
  /** Host -> since when it is wanted and was never resolved, monotonic ms. */
  #unresolvedSince = new Map<string, number>();

  constructor(options: RecordNamesOptions) {
    this.#options = options;
  }

  plan({ records, domains }: SeenRecords, nowMs: number): RecordNames {
    const isOther = this.#domains !== domains;
    this.#domains = domains;
    const isOfAll = isOther && this.#claims.domainsChanged();
    const standing = [...records].filter(({ isDeleting }) => !isDeleting).sort(byAge);
    this.#claim(standing, isOfAll);
    const gathered: Gathered = { owners: new Map(), remarks: [] };
    const hosts = new Set<string>();
    const unknown: DnsRecord[] = [];
    const unresolvedSince = new Map<string, number>();
    for (const record of standing) {
      const planned = this.#planOne(record);
      if (typeof planned === 'string') {
        gathered.remarks.push(`${describeRecord(record)}: ${planned}`);
        if (isUnread(record)) unknown.push(record);
        continue;
      }
      const wanted = [...planned.hosts].map(canonicalHost);
      for (const host of wanted) hosts.add(host);
      const unresolved = wanted.filter((host) => this.#options.resolve(host) === undefined);
      const since = unresolved.map((host) => this.#unresolvedSince.get(host) ?? nowMs);
      for (const [at, host] of unresolved.entries()) unresolvedSince.set(host, since[at] ?? nowMs);
      const isAwaited = since.some((one) => nowMs - one < UNRESOLVED_PATIENCE_MS);
      const lacksAll = ![...planned.owners.values()].some(hasAddresses);
      const isUnknown = isUnread(record) || (unresolved.length > 0 && (isAwaited || lacksAll));
      if (isUnknown) unknown.push(record);
      else this.#take(record, planned, gathered);
    }
    this.#unresolvedSince = unresolvedSince;
    const isWaiting = unresolvedSince.size > 0;
    return { ...gathered, keeps: keptBy(unknown), hosts, isWaiting };
  }

  /** Its own names, as far as they are in our zones. */
  #take(record: DnsRecord, planned: PlannedRecord, { owners, remarks }: Gathered): void {
    const tell = (remark: string) => remarks.push(`${describeRecord(record)}: ${remark}`);
    for (const remark of planned.remarks) tell(remark);
    const conflict = this.#claims.conflictOf(record);
    for (const remark of leftOutRemarks(conflict)) tell(remark);
    const outside: string[] = [];
    for (const [owner, content] of ownNames(planned, foreignNames(conflict)).owners) {
      if (this.#options.zones.some((apex) => isAtOrBelow(owner, apex))) owners.set(owner, content);
      else outside.push(formatName(owner));
    }
    const [first, ...more] = outside;
    if (first === undefined) return;
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    tell(`${first}${others}: in none of our zones, left out`);
  }

  /** `isOfAll`: what may be whose is decided anew of each. */
  #claim(records: readonly DnsRecord[], isOfAll: boolean): void {
    const claimed = new Map<string, Claimed>();
    for (const record of records) {
      const id = describeRecord(record);
      const domain =
        record.kind === 'ServiceDNSRecord' ? this.#domains.get(record.domainRef) : undefined;
      const before = this.#claimed.get(id);
      claimed.set(id, { record, domain });
      const isAsBefore = !isOfAll && before?.record === record && before.domain === domain;
      if (!isAsBefore) this.#claims.put(record);
    }
    for (const [id, { record }] of this.#claimed) {
      if (!claimed.has(id)) this.#claims.remove(record);
    }
    this.#claimed = claimed;
  }

  #planOne(record: DnsRecord): PlannedRecord | string {
    const { resolve, ttlSeconds } = this.#options;
    const { domain, problem } = this.#claims.domainOf(record);
    const before = this.#before.get(record);
    const isAsBefore =
      before !== undefined &&
      before.domain === domain &&
      [...before.resolved].every(([host, addresses]) => resolve(host) === addresses);
    if (isAsBefore) return before.planned;
    const resolved = new Map<string, readonly string[] | undefined>();
    const asked = (host: string) => {
      const addresses = resolve(host);
      resolved.set(host, addresses);
      return addresses;
    };
    const none = problem === undefined ? 'no names' : `${problem.reason}: ${problem.message}`;
    const planned = orProblem(
      () => planRecord(record, domain, { resolve: asked, ttlSeconds }) ?? none,
    );
    this.#before.set(record, { domain, resolved, planned });
    return planned;
  }
}

function orProblem<T>(make: () => T): T | string {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message;
  }
}

function hasAddresses({ level, rrsets }: PlannedOwner): boolean {
  return level.outcome.kind !== 'alias' && rrsets.length > 0;
}

/** Nobody has looked at its clusters yet. */
function isUnread({ status }: DnsRecord): boolean {
  return status === undefined;
}

/** Names of these records, whatever their domain, and aliases that lead to them. */
function keptBy(unknown: readonly DnsRecord[]): RecordNames['keeps'] {
  const heads: string[] = [];
  const exact = new Set<string>();
  for (const record of unknown) {
    if (record.kind === 'ServiceDNSRecord') {
      heads.push(...orNone(() => headOf(record)));
    } else {
      for (const host of record.hosts) {
        for (const name of orNone(() => parseName(host))) exact.add(name);
      }
    }
  }
  const isOurs = (text: string) => exact.has(text) || heads.some((head) => text.startsWith(head));
  return (owner, held) =>
    isOurs(owner) || held.some(({ rdatas }) => rdatas.some((rdata) => isOurs(rdata)));
}

function headOf(record: Extract<DnsRecord, { kind: 'ServiceDNSRecord' }>): NameHead {
  const { externalName, name, namespace, domainRef } = record;
  const text = `${externalName || name}.${namespace}.${domainRef}.svc`;
  return nameHead(text.split('.'));
}

/** A name that cannot be is none. */
function orNone<T>(make: () => T): readonly T[] {
  try {
    return [make()];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [];
  }
}
