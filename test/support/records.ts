/**
 * Domain builders: DNS data written as zone text. `rr` one RRset, `rrs` many, `changes` whole
 * owners, `zone` an image, `zones` what `respond` takes.
 */

import { type DomainName, parseName } from '../../src/dns/name.ts';
import { parseZoneFile } from '../../src/dns/presentation.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import type { RRsetChange } from '../../src/dns/rrset-change.ts';
import type { BuiltImage } from '../../src/zone/image.ts';
import { makeZones, type Zones } from '../../src/zone/zones.ts';
import { buildImage } from './images.ts';

export const name = (text: string): DomainName => parseName(text);

/** `rr('web.example. 30 A 192.0.2.1')`; several lines of one owner and type make one RRset. */
export function rr(text: string): RRset {
  const [rrset, ...others] = rrs(text);
  if (rrset === undefined || others.length > 0) throw new Error(`not one RRset: ${text}`);
  return rrset;
}

/** Zone text, names relative to the root, TTL 180 where none is given; indentation is free. */
export function rrs(text: string): RRset[] {
  return parseZoneFile(text.replace(/^[ \t]+/gm, ''), {
    origin: name('.'),
    path: 'test',
    defaultTtlSeconds: 180,
  });
}

/** RRsets as whole owners. */
export function changesOf(rrsets: readonly RRset[]): RRsetChange[] {
  const owners = new Map<DomainName, RRset[]>();
  for (const rrset of rrsets) {
    const held = owners.get(rrset.owner);
    if (held === undefined) owners.set(rrset.owner, [rrset]);
    else held.push(rrset);
  }
  return Array.from(owners, ([owner, held]) => ({
    owner,
    rrsets: held.sort((left, right) => left.type - right.type),
  }));
}

export function soaText(apex: string): string {
  const below = apex === '.' ? '' : apex;
  return `${apex} 300 SOA ns.dns.${below} hostmaster.${below} 1 7200 1800 86400 30\n`;
}

/** An image of `apex` from zone text; a SOA is put in when the text has none. */
export function zone(apex: string, text: string, serial = 7): BuiltImage {
  const whole = /\sSOA\s/.test(text) ? text : soaText(apex) + text;
  return buildImage(name(apex), changesOf(rrs(whole)), serial);
}

/** Zones from the text of each apex. */
export function zones(texts: Readonly<Record<string, string>>): Zones {
  return makeZones(
    Object.entries(texts).map(([apex, text]) => ({ apex: name(apex), image: zone(apex, text) })),
  );
}
