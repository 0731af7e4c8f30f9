/**
 * The records of a federation among each other: which domain each has, which names it wants, and which
 * of them an older record has. Told incrementally; whoever makes anything of records asks here, so all
 * say the same. Pure, and never throws: a record that can have no names wants none.
 */

import type { DnsRecord, DomainObject } from '../../api/kubefed/dns-record-objects.ts';
import { InputError } from '../../dns/errors.ts';
import { type Claimant, NameClaims, type RecordId } from './name-claims.ts';
import { ownNames, type PlannedRecord, planRecord } from './plan-record.ts';
import { NO_CONFLICT, type RecordConflict } from './record-conflict.ts';
import { domainOfRecord, type RecordDomain } from './record-domain.ts';

/** Hosts are tied to no Domain. */
const OF_NO_DOMAIN: RecordDomain = { domain: undefined, problem: undefined };

/** Whether a host name resolves decides what a name holds, not whose it is: here each does. */
const OPTIONS = { resolve: () => ['192.0.2.0'], ttlSeconds: 1 };

export class ClaimedNames {
  readonly #domainNamed: (name: string) => DomainObject | undefined;
  readonly #claims = new NameClaims();

  constructor(domainNamed: (name: string) => DomainObject | undefined) {
    this.#domainNamed = domainNamed;
  }

  /** It came or changed, or its Domain did. Answers with the others for whom a name changed hands. */
  put(record: DnsRecord): readonly Claimant[] {
    // Addresses decide what names hold, not which they are; without them it is quicker.
    const entries = record.entries.map((entry) => ({ ...entry, loadBalancer: [] }));
    const planned = this.#plan({ ...record, entries });
    return this.#claims.put(record, new Set(planned?.owners.keys()));
  }

  remove(record: RecordId): readonly Claimant[] {
    return this.#claims.remove(record);
  }

  domainOf(record: DnsRecord): RecordDomain {
    if (record.kind === 'IngressDNSRecord') return OF_NO_DOMAIN;
    return domainOfRecord(record, this.#domainNamed(record.domainRef));
  }

  /** Of a record that was put. */
  conflictOf(record: DnsRecord): RecordConflict {
    const lost = this.#claims.lostBy(record);
    const planned = lost.size === 0 ? undefined : this.#plan(record);
    if (planned === undefined) return NO_CONFLICT;
    return { lost, keepsNone: ownNames(planned, lost).owners.size === 0 };
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
