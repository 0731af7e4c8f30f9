/**
 * A thread that reads the shared images as fast as it can. Every answer must be of one publication:
 * the SOA's serial, the address of `all` and the end of the chain from `alias` say the same number.
 * Tells what it saw every 50 ms.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { type DomainName, parseName } from '../../src/dns/name.ts';
import { readSoa } from '../../src/dns/rdata/index.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { seedNameHash } from '../../src/dns/wire/name-key.ts';
import { ServedImages } from '../../src/serve/answering/served-images.ts';
import { ImageMemory } from '../../src/zone/content/image-memory.ts';
import { readRRsets } from '../../src/zone/image.ts';
import { makeZones } from '../../src/zone/zones.ts';

export interface ReadingStart {
  readonly buffer: SharedArrayBuffer;
  readonly reader: number;
  readonly apex: DomainName;
  readonly nameHashSeed: number;
}

export interface ReadingReport {
  readonly readCount: number;
  readonly serials: number;
  readonly fault: string | undefined;
}

const start = workerData as ReadingStart;
seedNameHash(start.nameHashSeed);
const zones = makeZones([{ apex: start.apex, image: undefined }]);
const images = new ServedImages(new ImageMemory(start.buffer), start.reader, zones);
const READS_IN_A_ROW = 8;
const ALL = parseName('all', start.apex);
let readCount = 0;
let serials = 0;
let last = 0;
let fault: string | undefined;

setInterval(() => {
  const until = performance.now() + 45;
  while (performance.now() < until && fault === undefined) readOnce();
  parentPort?.postMessage({ readCount, serials, fault } satisfies ReadingReport);
}, 50);

function readOnce(): void {
  images.enter();
  const image = zones.entries[0]?.image;
  if (image !== undefined) {
    const rrsets = (owner: DomainName): readonly RRset[] => readRRsets(image, owner) ?? [];
    const soa = rrsets(start.apex).find((rrset) => rrset.type === 6)?.rdatas[0];
    const serial = soa === undefined ? -1 : readSoa(soa).serial;
    const names = [ALL, parseName(`n${serial % 500}`, start.apex)];
    const said = names.map((owner) => numberOf(rrsets(owner)[0]));
    if (serial !== image.serial || said.some((one) => one !== serial)) {
      fault ??= `serial ${image.serial}, SOA ${serial}, names ${said.join(' ')}`;
    }
    if (serial < last) fault ??= `serial ${serial} after ${last}`;
    if (serial !== last) serials++;
    last = serial;
  }
  readCount++;
  // As an answering thread: several in a row without leaving in between.
  if (readCount % READS_IN_A_ROW === 0) images.leave();
}

/** The number an A record says. */
function numberOf(rrset: RRset | undefined): number {
  let value = 0;
  for (const octet of rrset?.rdatas[0] ?? '\xff') value = value * 256 + octet.charCodeAt(0);
  return value;
}
