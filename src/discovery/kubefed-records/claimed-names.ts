/**
 * The records of a federation among each other: which domain each has, which names it wants, which of
 * them a Domain does not let it have, and which an older record has. Told incrementally; whoever makes anything of records asks here, so all
 * say the same. Pure, and never throws: a record that can have no names wants none.
 */

import type { DnsRecord, DomainObject } from '../../api/kubefed/dns-record-objects.ts';
import { InputError } from '../../dns/errors.ts';
import { type DeniedNames, DomainTenancy } from './domain-tenancy.ts';
import { type Claimant, describeRecord, NameClaims, type RecordId } from './name-claims.ts';
import { ownNames, type PlannedRecord, planRecord } from './plan-record.ts';
import { foreignNames, NO_CONFLICT, type RecordConflict } from './record-conflict.ts';
import { domainOfRecord, type RecordDomain } from './record-domain.ts';

/** Hosts refer to no Domain; whether they may be is asked of each. */
const OF_NO_DOMAIN: RecordDomain = { domain: undefined, problem: undefined };

/** Whether a host name resolves decides what a name holds, not whose it is: here each does. */
const OPTIONS = { resolve: () => ['192.0.2.0'], ttlSeconds: 1 };

/** Domains of the control plane, by name. */
export interface DomainsByName {
  get(name: string): DomainObject | undefined;
  values(): Iterable<DomainObject>;
}

export class ClaimedNames {
  readonly #domains: () => DomainsByName;
  readonly #claims = new NameClaims();
  /** By record; without those that are denied nothing. */
  readonly #denied = new Map<string, DeniedNames>();
  #tenancy = new DomainTenancy([]);

  constructor(domains: () => DomainsByName) {
    this.#domains = domains;
  }

  /** Also to be told of the first ones. True: which names may be whose is another matter now, so all records are to be put again. */
  domainsChanged(): boolean {
    const before = this.#tenancy;
    this.#tenancy = new DomainTenancy(this.#domains().values());
    return this.#tenancy.rules !== before.rules;
  }

  /** It came or changed, or its Domain did. Answers with the others for whom a name changed hands. */
  put(record: DnsRecord): readonly Claimant[] {
    // Addresses decide what names hold, not which they are; without them it is quicker.
    const entries = record.entries.map((entry) => ({ ...entry, loadBalancer: [] }));
    const names = new Set(this.#plan({ ...record, entries })?.owners.keys());
    const denied = this.#tenancy.deniedTo(record.namespace, names);
    for (const name of denied.keys()) names.delete(name);
    if (denied.size > 0) this.#denied.set(describeRecord(record), denied);
    else this.#denied.delete(describeRecord(record));
    return this.#claims.put(record, names);
  }

  remove(record: RecordId): readonly Claimant[] {
    this.#denied.delete(describeRecord(record));
    return this.#claims.remove(record);
  }

  domainOf(record: DnsRecord): RecordDomain {
    if (record.kind === 'IngressDNSRecord') return OF_NO_DOMAIN;
    return domainOfRecord(record, this.#domains().get(record.domainRef));
  }

  /** Of a record that was put. */
  conflictOf(record: DnsRecord): RecordConflict {
    const lost = this.#claims.lostBy(record);
    const denied = this.#denied.get(describeRecord(record)) ?? NO_CONFLICT.denied;
    const planned = lost.size + denied.size === 0 ? undefined : this.#plan(record);
    if (planned === undefined) return NO_CONFLICT;
    const conflict = { lost, denied, keepsNone: false };
    const own = ownNames(planned, foreignNames(conflict)).owners;
    return { ...conflict, keepsNone: own.size === 0 };
  }

  #plan(record: DnsRecord): PlannedRecord | undefined {
    try {
      return planRecord(record, this.domainOf(record).domain, OPTIONS);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return undefined;
    }
  }
}
