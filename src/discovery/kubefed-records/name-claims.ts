/**
 * Which record has a name that several want: the oldest. Told incrementally, and of each change it is
 * said for whom a name is of somebody else now. Nothing here knows what a name holds.
 *
 * Promised: who has a name hangs on the records that want it and on nothing else, least of all on the
 * order in which they came.
 */

import type { DnsRecord } from '../../api/kubefed/dns-record-objects.ts';
import type { DomainName } from '../../dns/name.ts';

/** Of a record as far as it decides. */
export type Claimant = Pick<DnsRecord, 'kind' | 'key' | 'createdAt'>;

export type RecordId = Pick<DnsRecord, 'kind' | 'key'>;

/** Name -> who has it. */
export type LostNames = ReadonlyMap<DomainName, Claimant>;

interface Claim {
  readonly claimant: Claimant;
  readonly names: ReadonlySet<DomainName>;
}

export class NameClaims {
  readonly #claims = new Map<string, Claim>();
  /** The oldest first. */
  readonly #wanted = new Map<DomainName, readonly Claimant[]>();

  /** `names`: all that it wants from now on. Answers with the others for whom one changed hands. */
  put(record: Claimant, names: ReadonlySet<DomainName>): readonly Claimant[] {
    const { kind, key, createdAt } = record;
    const claimant: Claimant = { kind, key, createdAt };
    const id = describeRecord(record);
    const before = this.#claims.get(id);
    // Made anew under its name it is a young one.
    const isSame = before?.claimant.createdAt === createdAt;
    if (names.size === 0) this.#claims.delete(id);
    else this.#claims.set(id, { claimant, names });
    const turned = new Map<string, Claimant>();
    const tell = (others: readonly Claimant[]) => {
      for (const other of others) turned.set(describeRecord(other), other);
    };
    for (const name of before?.names ?? []) {
      if (!isSame || !names.has(name)) tell(this.#giveUp(name, claimant));
    }
    for (const name of names) {
      if (!isSame || before?.names.has(name) !== true) tell(this.#want(name, claimant));
    }
    return [...turned.values()];
  }

  remove(record: RecordId): readonly Claimant[] {
    return this.put({ ...record, createdAt: '' }, new Set());
  }

  /** Names that it wants, and an older one has; in the order in which it wants them. */
  lostBy(record: RecordId): LostNames {
    const lost = new Map<DomainName, Claimant>();
    for (const name of this.#claims.get(describeRecord(record))?.names ?? []) {
      const [holder] = this.#wanted.get(name) ?? [];
      if (holder !== undefined && !isSameRecord(holder, record)) lost.set(name, holder);
    }
    return lost;
  }

  /** Answers with those for whom it is of another now. */
  #giveUp(name: DomainName, record: RecordId): readonly Claimant[] {
    const wanted = this.#wanted.get(name) ?? [];
    const [holder] = wanted;
    const rest = wanted.filter((one) => !isSameRecord(one, record));
    if (rest.length === 0) this.#wanted.delete(name);
    else this.#wanted.set(name, rest);
    return holder !== undefined && isSameRecord(holder, record) ? rest : [];
  }

  #want(name: DomainName, claimant: Claimant): readonly Claimant[] {
    const others = this.#wanted.get(name);
    const wanted = others === undefined ? [claimant] : [...others, claimant].sort(byAge);
    this.#wanted.set(name, wanted);
    return others !== undefined && wanted[0] === claimant ? others : [];
  }
}

function isSameRecord(left: RecordId, right: RecordId): boolean {
  return left.key === right.key && left.kind === right.kind;
}

/** `ServiceDNSRecord shop/web`. */
export function describeRecord({ kind, key }: RecordId): string {
  return `${kind} ${key}`;
}

/**
 * The oldest first; of one second by namespace and name, then by kind. Manifests that nobody has
 * created yet are younger than all.
 */
export function byAge(left: Claimant, right: Claimant): number {
  const sortKey = ({ createdAt, key, kind }: Claimant) => [createdAt || '~', key, kind];
  const others = sortKey(right);
  for (const [at, one] of sortKey(left).entries()) {
    const other = others[at] ?? '';
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}
