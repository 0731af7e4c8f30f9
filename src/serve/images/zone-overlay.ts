/**
 * Static records laid over the store's: a static RRset replaces the store's of the same owner and
 * type. Also the records a zone has of itself when nobody gave them: SOA, NS, their addresses.
 * Takes zone-file RRsets and store changes, gives the changes to serve. Pure.
 */

import { formatType, RRType } from '../../dns/codes.ts';
import { InputError } from '../../dns/errors.ts';
import { childName, type DomainName, formatName, isAtOrBelow } from '../../dns/name.ts';
import { makeA, makeAaaa, makeNs, makeSoa, readSoa } from '../../dns/rdata/index.ts';
import { makeRRset, type RRset } from '../../dns/rrset.ts';
import { isSameContent, type RRsetChange } from '../../dns/rrset-change.ts';

/** CoreDNS's etcd plugin: SOA 7200 1800 86400 30, TTL 30. */
const SOA_TIMES = { refresh: 7200, retry: 1800, expire: 86_400, minimum: 30 } as const;
const APEX_TTL_SECONDS = 30;

export interface OverlaySource {
  readonly apex: DomainName;
  /** RRsets of the zone's file, all at or below the apex. */
  readonly records: readonly RRset[];
  /** Our own addresses, literals: what `ns.dns.ZONE` resolves to. */
  readonly advertise: readonly string[];
}

export class ZoneOverlay {
  readonly apex: DomainName;
  /** Serial of the zone file's SOA, 0 without one: the base of ours. */
  readonly baseSerial: number;
  /** What the operator should know, one line each. */
  readonly warnings: readonly string[];
  readonly #records = new Map<DomainName, RRset[]>();
  /** Cut -> names of the store that it would hide. A cut that hides one is refused. */
  readonly #hidden = new Map<DomainName, Set<DomainName>>();

  /** Throws InputError OVERLAY_OUTSIDE_ZONE, OVERLAY_CNAME. */
  constructor(source: OverlaySource) {
    this.apex = source.apex;
    for (const rrset of source.records) this.#add(rrset);
    this.baseSerial = this.#baseSerial();
    const warnings: string[] = [];
    if (!this.#has(source.apex, RRType.SOA)) this.#add(defaultSoa(source.apex));
    if (!this.#has(source.apex, RRType.NS)) this.#addDefaultNs(source, warnings);
    this.warnings = warnings;
    for (const { owner, type } of source.records) {
      if (type === RRType.NS && owner !== source.apex) this.#hidden.set(owner, new Set());
    }
    this.#checkAliases();
  }

  /** What to serve at an owner that the store holds `stored` for. */
  merged(owner: DomainName, stored: readonly RRset[] | undefined): readonly RRset[] | undefined {
    const own = this.#served(owner);
    if (own === undefined) return stored;
    if (stored === undefined) return own;
    const types = new Set(own.map((rrset) => rrset.type));
    const isAlias = types.has(RRType.CNAME);
    const kept = stored.filter((rrset) => !isAlias && !types.has(rrset.type));
    return [...own, ...kept].sort((left, right) => left.type - right.type);
  }

  /** Tells these static records from any others. */
  get fingerprint(): string {
    const rrsets = [...this.#records.values()].flat();
    return JSON.stringify([this.apex, ...rrsets.map((rrset) => Object.values(rrset))]);
  }

  /** Cuts refused because the store has names at or below them. */
  get refusedCuts(): readonly DomainName[] {
    return [...this.#hidden].filter(([, names]) => names.size > 0).map(([cut]) => cut);
  }

  /** What a zone serves of which `stored` is all the store says; made while it is read. */
  *reload(stored: Iterable<RRsetChange>): Generator<RRsetChange, void, undefined> {
    for (const names of this.#hidden.values()) names.clear();
    const beneath = new Map<DomainName, RRsetChange>();
    for (const change of stored) {
      this.#noteHidden(change);
      if (this.#records.has(change.owner)) beneath.set(change.owner, change);
      else yield change;
    }
    // Last: only now is it known which cuts would hide a name.
    for (const owner of this.#records.keys()) {
      yield this.#laidOver(beneath.get(owner) ?? { owner, rrsets: undefined });
    }
  }

  /**
   * What changes when this takes the place of `before`: static names only. `storedNames`: all that
   * the store holds anything at.
   */
  replacing(
    before: ZoneOverlay,
    storedNames: () => Iterable<DomainName>,
    storedAt: (owner: DomainName) => readonly RRset[] | undefined,
  ): RRsetChange[] {
    if (this.#hidden.size > 0) {
      for (const owner of storedNames()) this.#noteHidden({ owner, rrsets: [] });
    }
    const owners = new Set([...before.#records.keys(), ...this.#records.keys()]);
    return [...owners].flatMap((owner) => {
      const stored = storedAt(owner);
      const rrsets = this.merged(owner, stored);
      return isSame(before.merged(owner, stored), rrsets) ? [] : [{ owner, rrsets }];
    });
  }

  /**
   * Store changes with the static records laid over. A cut that begins or ceases to hide names
   * changes too; `storedAt` tells what the store holds there.
   */
  changes(
    stored: readonly RRsetChange[],
    storedAt: (owner: DomainName) => readonly RRset[] | undefined,
  ): RRsetChange[] {
    const before = new Set(this.refusedCuts);
    for (const change of stored) this.#noteHidden(change);
    const after = new Set(this.refusedCuts);
    const turned = [...this.#hidden.keys()].filter((cut) => before.has(cut) !== after.has(cut));
    const isTold = new Set(stored.map(({ owner }) => owner));
    const cuts = turned.filter((cut) => !isTold.has(cut));
    return [
      ...stored.map((change) => this.#laidOver(change)),
      ...cuts.map((owner) => this.#laidOver({ owner, rrsets: storedAt(owner) })),
    ];
  }

  #laidOver({ owner, rrsets }: RRsetChange): RRsetChange {
    return { owner, rrsets: this.merged(owner, rrsets) };
  }

  #noteHidden({ owner, rrsets }: RRsetChange): void {
    for (const [cut, names] of this.#hidden) {
      if (!isAtOrBelow(owner, cut)) continue;
      if (rrsets === undefined) names.delete(owner);
      else names.add(owner);
    }
  }

  /** The static records of an owner, without the NS of a refused cut. */
  #served(owner: DomainName): readonly RRset[] | undefined {
    const own = this.#records.get(owner);
    const isRefused = (this.#hidden.get(owner)?.size ?? 0) > 0;
    if (own === undefined || !isRefused) return own;
    const rest = own.filter((rrset) => rrset.type !== RRType.NS);
    return rest.length > 0 ? rest : undefined;
  }

  #add(rrset: RRset): void {
    if (!isAtOrBelow(rrset.owner, this.apex)) {
      const what = `${formatName(rrset.owner)} ${formatType(rrset.type)}`;
      throw new InputError(
        'OVERLAY_OUTSIDE_ZONE',
        `${what}: outside zone ${formatName(this.apex)}`,
      );
    }
    const held = this.#records.get(rrset.owner) ?? [];
    held.push(rrset);
    this.#records.set(
      rrset.owner,
      held.sort((left, right) => left.type - right.type),
    );
  }

  #has(owner: DomainName, type: number): boolean {
    return this.#records.get(owner)?.some((rrset) => rrset.type === type) ?? false;
  }

  #baseSerial(): number {
    const soa = this.#records.get(this.apex)?.find((rrset) => rrset.type === RRType.SOA)?.rdatas[0];
    return soa === undefined ? 0 : readSoa(soa).serial;
  }

  #addDefaultNs(source: OverlaySource, warnings: string[]): void {
    if (source.advertise.length === 0) {
      warnings.push(
        `zone ${formatName(source.apex)} has no NS and nothing to advertise: NS is NODATA`,
      );
      return;
    }
    const server = nameServerName(source.apex);
    const ttlSeconds = APEX_TTL_SECONDS;
    this.#add(makeRRset(source.apex, RRType.NS, { ttlSeconds, rdatas: [makeNs(server)] }));
    const ipv4 = source.advertise
      .filter((address) => !address.includes(':'))
      .map((ip) => makeA(ip));
    const ipv6 = source.advertise
      .filter((address) => address.includes(':'))
      .map((ip) => makeAaaa(ip));
    if (ipv4.length > 0) this.#add(makeRRset(server, RRType.A, { ttlSeconds, rdatas: ipv4 }));
    if (ipv6.length > 0) this.#add(makeRRset(server, RRType.AAAA, { ttlSeconds, rdatas: ipv6 }));
  }

  /** RFC 1034 section 3.6.2: a CNAME is alone at its owner. */
  #checkAliases(): void {
    for (const [owner, rrsets] of this.#records) {
      if (rrsets.length > 1 && rrsets.some((rrset) => rrset.type === RRType.CNAME)) {
        throw new InputError('OVERLAY_CNAME', `${formatName(owner)}: CNAME beside other records`);
      }
    }
  }
}

function isSame(left: readonly RRset[] | undefined, right: readonly RRset[] | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return isSameContent(left, right);
}

function nameServerName(apex: DomainName): DomainName {
  return childName('ns', childName('dns', apex));
}

function defaultSoa(apex: DomainName): RRset {
  const rdata = makeSoa({
    mname: nameServerName(apex),
    rname: childName('hostmaster', apex),
    serial: 0,
    ...SOA_TIMES,
  });
  return makeRRset(apex, RRType.SOA, { ttlSeconds: APEX_TTL_SECONDS, rdatas: [rdata] });
}
