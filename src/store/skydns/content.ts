/**
 * Entries that answer at one owner name -> its RRsets. Source: CoreDNS plugin/etcd (msg/group.go,
 * etcd.go) and plugin/backend_lookup.go, with the corrections of issue 3 section 4: text beside a
 * host is served, a name beside addresses yields, a lone name is the CNAME and lets data answer.
 */

import { RRType } from '../../dns/codes.ts';
import { type DomainName, labelCount, stripLabels } from '../../dns/name.ts';
import { makeCname, makeMx, makeNs, makePtr, makeSrv, makeTxt } from '../../dns/rdata/index.ts';
import { makeRRset, type Rdata, type RRset } from '../../dns/rrset.ts';
import { PRIORITY_DEFAULT, WEIGHT_DEFAULT } from '../limits.ts';
import { type SkydnsEntry, unescapeText } from './entry.ts';

/** One entry as it answers at an owner: `target` is what SRV and MX name for an IP host. */
export interface AnsweringEntry {
  readonly key: string;
  readonly entry: SkydnsEntry;
  /** The key's name without its targetstrip labels: it holds the entry's address. */
  readonly base: DomainName;
  /** Served TTL, lease and clamp included. */
  readonly ttlSeconds: number;
  /** Written by FedNS, told by its leaf: read exactly as it was written. */
  readonly isExact: boolean;
}

export interface ContentSource {
  readonly owner: DomainName;
  /** In key order. */
  readonly entries: readonly AnsweringEntry[];
  readonly isReverse: boolean;
  /** The apex: `apex` entries (dns/apex) give its addresses, `ns` entries (dns/ns) its NS. */
  readonly apex?: {
    readonly apex: readonly AnsweringEntry[];
    readonly ns: readonly AnsweringEntry[];
  };
}

/** What was answered otherwise than a plain reading of the entries would have it. */
export type ContentNote =
  | 'name-beside-addresses'
  | 'several-names'
  | 'name-at-apex'
  /** We failed to put its content together: its last word stands. */
  | 'fault';

export interface Content {
  readonly rrsets: readonly RRset[];
  readonly notes: readonly ContentNote[];
}

export function contentOf(source: ContentSource): Content {
  const { owner, apex } = source;
  const draft = new Draft(owner);
  if (apex === undefined && source.entries.every(isPlainAddress)) {
    addAddresses(draft, source.entries);
    return draft.finish();
  }
  const all = apex === undefined ? source.entries : [...apex.apex, ...source.entries];
  const hosts = inGroup(all.filter(({ entry }) => entry.target !== undefined));
  // At the apex dns/apex answers for addresses, and the rest of the zone only without it.
  const apexHosts = apex?.apex.filter(({ entry }) => entry.target !== undefined) ?? [];
  addAddresses(draft, apexHosts.length > 0 ? inGroup(apexHosts) : hosts);
  addNames(draft, hosts, source);
  for (const each of hosts) addRecord(draft, each);
  addServices(draft, hosts, source.isReverse);
  addMail(draft, hosts);
  const texts = all.filter(({ entry }) => entry.target !== undefined || entry.text !== undefined);
  for (const { entry, ttlSeconds } of inGroup(texts)) {
    if (entry.text === undefined) continue;
    draft.add(RRType.TXT, makeTxt(entry.strings ?? cutText(entry.text)), ttlSeconds);
  }
  for (const each of apex?.ns ?? []) addNameServer(draft, each);
  return draft.finish();
}

/** As we write it, and nothing beside: nearly all there is. */
function isPlainAddress({ entry, isExact }: AnsweringEntry): boolean {
  const { target, group, text, port, mail } = entry;
  const isBare = group === '' && text === undefined && port === undefined && !mail;
  return isExact && isBare && target?.kind === 'address';
}

/**
 * CoreDNS plugin/etcd (split255): cut every 255 octets, and a length divisible by 255 ends in an
 * empty string. Each piece is read as a zone file's.
 */
export function cutText(text: string): string[] {
  const strings: string[] = [];
  let offset = 0;
  for (; text.length - offset >= 255; offset += 255) strings.push(text.slice(offset, offset + 255));
  strings.push(text.slice(offset));
  return strings.map(unescapeText);
}

/** CoreDNS plugin/etcd/msg: Group. */
function inGroup(entries: readonly AnsweringEntry[]): readonly AnsweringEntry[] {
  if (!entries.some(({ entry }) => entry.group !== '')) return entries;
  const depths = entries.map(({ key }) => key.split('/').length);
  const least = Math.min(...depths);
  const chosen = entries[depths.indexOf(least)]?.entry.group ?? '';
  if (chosen === '') return entries;
  const isDisputed = entries.some(
    ({ entry }, index) => depths[index] === least && entry.group !== '' && entry.group !== chosen,
  );
  if (isDisputed) return entries;
  return entries.filter(({ entry }) => entry.group === '' || entry.group === chosen);
}

class Draft {
  readonly owner: DomainName;
  readonly notes: ContentNote[] = [];
  /** A handful of types at most: an array is smaller and faster than a Map. */
  readonly #sets: { readonly type: number; ttlSeconds: number; readonly rdatas: Rdata[] }[] = [];

  constructor(owner: DomainName) {
    this.owner = owner;
  }

  has(type: number): boolean {
    return this.#sets.some((set) => set.type === type);
  }

  /** The smallest TTL of a set is the set's. */
  add(type: number, rdata: Rdata, ttlSeconds: number): void {
    const set = this.#sets.find((each) => each.type === type);
    if (set === undefined) {
      this.#sets.push({ type, ttlSeconds, rdatas: [rdata] });
      return;
    }
    set.ttlSeconds = Math.min(set.ttlSeconds, ttlSeconds);
    set.rdatas.push(rdata);
  }

  finish(): Content {
    const sets = this.#sets.sort((left, right) => left.type - right.type);
    const rrsets = sets.map((set) => makeRRset(this.owner, set.type, set));
    return { rrsets, notes: this.notes };
  }
}

function addAddresses(draft: Draft, hosts: readonly AnsweringEntry[]): void {
  for (const { entry, ttlSeconds } of hosts) {
    const { target } = entry;
    if (target?.kind === 'address') draft.add(target.type, target.rdata, ttlSeconds);
  }
}

function addNames(draft: Draft, hosts: readonly AnsweringEntry[], source: ContentSource): void {
  const named = hosts.filter((each) => each.entry.target?.kind === 'name');
  // What we wrote as SRV or MX is just that; a foreign entry's name is also an alias.
  const aliases = named.filter(
    ({ isExact, entry }) => !isExact || (entry.port === undefined && !entry.mail),
  );
  const first = aliases[0];
  if (first === undefined) return;
  if (source.isReverse) {
    for (const { entry, ttlSeconds } of aliases) {
      if (entry.target?.kind !== 'name') continue;
      draft.add(RRType.PTR, makePtr(entry.target.name), ttlSeconds);
    }
    return;
  }
  if (source.apex !== undefined) {
    draft.notes.push('name-at-apex');
    return;
  }
  if (draft.has(RRType.A) || draft.has(RRType.AAAA)) {
    draft.notes.push('name-beside-addresses');
    return;
  }
  if (first.entry.target?.kind !== 'name') return;
  const { name } = first.entry.target;
  const isSeveral = aliases.some(
    ({ entry }) => entry.target?.kind === 'name' && entry.target.name !== name,
  );
  if (isSeveral) draft.notes.push('several-names');
  draft.add(RRType.CNAME, makeCname(name), first.ttlSeconds);
}

function addRecord(draft: Draft, { entry, ttlSeconds }: AnsweringEntry): void {
  if (entry.target?.kind === 'record') draft.add(entry.target.type, entry.target.rdata, ttlSeconds);
}

/**
 * CoreDNS plugin/backend_lookup.go SRV: weights are shares of 100 within a priority, at least 1;
 * the same target and port once. Our own SRV entries carry exact figures. Our choice: in reverse
 * zones only an entry that names a port is a service.
 */
function addServices(draft: Draft, hosts: readonly AnsweringEntry[], isReverse: boolean): void {
  const services = hosts.filter(({ entry, isExact }) => {
    if (entry.target?.kind === 'record' || entry.port === -1) return false;
    return entry.port !== undefined || !(isExact || isReverse);
  });
  if (services.length === 0) return;
  const sums = new Map<number, number>();
  for (const { entry } of services) {
    const priority = entry.priority || PRIORITY_DEFAULT;
    sums.set(priority, (sums.get(priority) ?? 0) + (entry.weight || WEIGHT_DEFAULT));
  }
  const seen = new Set<string>();
  for (const each of services) {
    const { entry, isExact, ttlSeconds } = each;
    const target = targetOf(each);
    const port = entry.port ?? 0;
    const place = `${port} ${target}`;
    if (!isExact && seen.has(place)) continue;
    seen.add(place);
    const priority = entry.priority || PRIORITY_DEFAULT;
    const share = (100 / (sums.get(priority) ?? 1)) * (entry.weight || WEIGHT_DEFAULT);
    const figures = isExact
      ? { priority: entry.priority ?? 0, weight: entry.weight ?? 0 }
      : { priority, weight: Math.max(1, Math.floor(share)) };
    draft.add(RRType.SRV, makeSrv({ ...figures, port, target }), ttlSeconds);
  }
}

function addMail(draft: Draft, hosts: readonly AnsweringEntry[]): void {
  for (const each of hosts) {
    const { entry, isExact, ttlSeconds } = each;
    if (!entry.mail || entry.target?.kind === 'record') continue;
    const preference = isExact ? (entry.priority ?? 0) : entry.priority || PRIORITY_DEFAULT;
    draft.add(RRType.MX, makeMx({ preference, exchange: targetOf(each) }), ttlSeconds);
  }
}

/** A name host at dns/ns is the name server itself (CoreDNS: SERVFAIL). */
function addNameServer(draft: Draft, { entry, base, ttlSeconds }: AnsweringEntry): void {
  if (entry.target?.kind === 'address') draft.add(RRType.NS, makeNs(base), ttlSeconds);
  if (entry.target?.kind === 'name') draft.add(RRType.NS, makeNs(entry.target.name), ttlSeconds);
}

/** SRV and MX target; CoreDNS applies targetstrip to a name host as well (msg/service.go). */
function targetOf({ entry, base, isExact }: AnsweringEntry): DomainName {
  if (entry.target?.kind !== 'name') return base;
  const { name } = entry.target;
  const strip = entry.targetstrip;
  return isExact || strip >= labelCount(name) ? name : stripLabels(name, strip);
}
