/**
 * The naive lookup: RFC 1034 section 4.3.2 and RFC 4592 read aloud over a plain list of RRsets.
 * No tables, no flags, no bytes. What the fast path says is held against this.
 */

import { RRType } from '../../src/dns/codes.ts';
import {
  childName,
  type DomainName,
  isAtOrBelow,
  labelCount,
  parentName,
  stripLabels,
} from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';

export interface OracleZone {
  readonly apex: DomainName;
  readonly rrsets: readonly RRset[];
  /** Names that exist and hold nothing. */
  readonly empty?: readonly DomainName[];
}

export interface OracleAnswer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'REFUSED';
  readonly isAuthoritative: boolean;
  readonly answer: readonly RRset[];
  readonly authority: readonly RRset[];
  /** Addresses without which a referral leads nowhere (RFC 9471). */
  readonly glue: readonly RRset[];
}

/** Of the ANY type only the owner's sets are known: any one of them is right (RFC 8482). */
export function consult(
  zones: readonly OracleZone[],
  asked: { readonly name: DomainName; readonly type: number },
): OracleAnswer {
  const answer: RRset[] = [];
  let { name } = asked;
  for (;;) {
    const zone = closestZone(zones, name);
    if (zone === undefined) {
      const rcode = answer.length === 0 ? 'REFUSED' : 'NOERROR';
      return { rcode, isAuthoritative: rcode === 'NOERROR', answer, authority: [], glue: [] };
    }
    const end = (authority: readonly RRset[], rcode: OracleAnswer['rcode'] = 'NOERROR') =>
      ({ rcode, isAuthoritative: true, answer, authority, glue: [] }) as const;
    const cut = highestCut(zone, name, asked.type);
    if (cut !== undefined) {
      const authority = setsAt(zone, cut).filter((rrset) => rrset.type === RRType.NS);
      const glue = zone.rrsets.filter(
        ({ owner, type }) =>
          (type === RRType.A || type === RRType.AAAA) &&
          highestCut(zone, owner, type) === cut &&
          authority[0]?.rdatas.some((target) => (target as string) === owner),
      );
      return { rcode: 'NOERROR', isAuthoritative: answer.length > 0, answer, authority, glue };
    }
    const soa = negativeSoa(zone);
    const source = sourceOf(zone, name);
    if (source === undefined) return end([soa], 'NXDOMAIN');
    const sets = setsAt(zone, source).map((rrset) => ({ ...rrset, owner: name }));
    const exact = sets.filter((rrset) => rrset.type === asked.type);
    if (exact[0] !== undefined) {
      answer.push(exact[0]);
      return end([]);
    }
    const isCut = source !== zone.apex && sets.some((rrset) => rrset.type === RRType.NS);
    const alias = isCut ? undefined : sets.find((rrset) => rrset.type === RRType.CNAME);
    if (alias === undefined) return end([soa]);
    const isLoop = answer.some((rrset) => rrset.owner === alias.owner);
    if (isLoop || answer.length === 16) return end([]);
    answer.push(alias);
    name = alias.rdatas[0] as string as DomainName;
  }
}

function closestZone(zones: readonly OracleZone[], name: DomainName): OracleZone | undefined {
  return zones
    .filter((zone) => isAtOrBelow(name, zone.apex))
    .sort((left, right) => labelCount(right.apex) - labelCount(left.apex))[0];
}

function highestCut(zone: OracleZone, name: DomainName, type: number): DomainName | undefined {
  for (let depth = labelCount(zone.apex) + 1; depth <= labelCount(name); depth++) {
    const ancestor = stripLabels(name, labelCount(name) - depth);
    if (ancestor === name && type === RRType.DS) return undefined;
    const sets = zone.rrsets.filter((rrset) => rrset.owner === ancestor);
    if (sets.some((rrset) => rrset.type === RRType.NS)) return ancestor;
  }
  return undefined;
}

/** The name itself if it exists, else the wildcard of its closest encloser. */
function sourceOf(zone: OracleZone, name: DomainName): DomainName | undefined {
  if (doesExist(zone, name)) return name;
  let encloser = parentName(name) as DomainName;
  while (!doesExist(zone, encloser)) encloser = parentName(encloser) as DomainName;
  const wildcard = childName('*', encloser);
  return doesExist(zone, wildcard) ? wildcard : undefined;
}

function doesExist(zone: OracleZone, name: DomainName): boolean {
  if (name === zone.apex) return true;
  const owners = [...zone.rrsets.map((rrset) => rrset.owner), ...(zone.empty ?? [])];
  return owners.some((owner) => isAtOrBelow(owner, name));
}

/** Foreign data: beside addresses a CNAME is left out. */
function setsAt(zone: OracleZone, owner: DomainName): readonly RRset[] {
  const sets = zone.rrsets.filter((rrset) => rrset.owner === owner);
  const hasAddress = sets.some(({ type }) => type === RRType.A || type === RRType.AAAA);
  return sets.filter((rrset) => !(hasAddress && rrset.type === RRType.CNAME));
}

function negativeSoa(zone: OracleZone): RRset {
  const soa = zone.rrsets.find((rrset) => rrset.type === RRType.SOA) as RRset;
  const minimum = [...(soa.rdatas[0] as string).slice(-4)].reduce(
    (value, octet) => value * 256 + octet.charCodeAt(0),
    0,
  );
  return { ...soa, ttlSeconds: Math.max(5, Math.min(soa.ttlSeconds, minimum)) };
}
