/** Two small zones in a feed, and what an answering thread sees of them. */

import { type DomainName, parseName } from '../../src/dns/name.ts';
import { makeSoa } from '../../src/dns/rdata/index.ts';
import { makeRRset, type Rdata, type RRset } from '../../src/dns/rrset.ts';
import type { RRsetChange } from '../../src/dns/rrset-change.ts';
import { ServedImages } from '../../src/serve/answering/served-images.ts';
import type { ImageFeed } from '../../src/serve/images/image-feed.ts';
import { ImageMemory } from '../../src/zone/content/image-memory.ts';
import { readRRsets } from '../../src/zone/image.ts';
import { makeZones } from '../../src/zone/zones.ts';

export const APEX = parseName('example.');
export const OTHER = parseName('example.net.');
export const ZONES = [APEX, OTHER].map((apex) => ({ apex, hasQueryWildcards: false }));

export function change(label: string, address: string | undefined, apex = APEX): RRsetChange {
  const owner = parseName(label, apex);
  if (address === undefined) return { owner, rrsets: undefined };
  const rdata = String.fromCharCode(...address.split('.').map(Number)) as Rdata;
  return { owner, rrsets: [makeRRset(owner, 1, { ttlSeconds: 30, rdatas: [rdata] })] };
}

export function soaOf(apex: DomainName): RRsetChange {
  const times = { refresh: 1, retry: 1, expire: 1, minimum: 30 };
  const rdatas = [makeSoa({ mname: apex, rname: apex, serial: 0, ...times })];
  return { owner: apex, rrsets: [makeRRset(apex, 6, { ttlSeconds: 30, rdatas })] };
}

/** What an answering thread sees; between `enter` and `leave`. */
export function reader(feed: ImageFeed, number: number) {
  const zones = makeZones(ZONES.map(({ apex }) => ({ apex, image: undefined })));
  const images = new ServedImages(new ImageMemory(feed.images.buffer), number, zones);
  const see = (owner: DomainName, apex = APEX): readonly RRset[] | undefined => {
    const { image } = zones.entries.find((zone) => zone.apex === apex) ?? {};
    return image && readRRsets(image, owner);
  };
  return { images, see };
}
