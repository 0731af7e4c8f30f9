/**
 * Threads read while one writes, and what is given back is overwritten at once: an answer that was
 * made of two publications, or of freed memory, would be seen.
 */

import { Worker } from 'node:worker_threads';
import { afterAll, expect, it } from 'vitest';
import { type DomainName, parseName } from '../../src/dns/name.ts';
import { makeRRset, type Rdata } from '../../src/dns/rrset.ts';
import type { RRsetChange } from '../../src/dns/rrset-change.ts';
import { ImageFeed } from '../../src/serve/images/image-feed.ts';
import { readerWord } from '../../src/serve/images/image-readers.ts';
import { SharedImages } from '../../src/serve/images/shared-images.ts';
import { ANSWERING_THREADS_MAX } from '../../src/serve/limits.ts';
import { BlockSpace } from '../../src/zone/content/block-space.ts';
import { HEAD_WORDS } from '../../src/zone/content/image-memory.ts';
import { APEX, soaOf } from './fed-zones.ts';
import type { ReadingReport, ReadingStart } from './reading-thread.ts';

const RUN_MS = Number(process.env['SHARED_IMAGES_MS'] ?? 4000);
const workers: Worker[] = [];
afterAll(() => Promise.all(workers.map((worker) => worker.terminate())));

/** What is free is full of nonsense, so that reading it shows. */
class PoisonedSpace extends BlockSpace {
  override free(block: number): void {
    this.memory.words.fill(0x7f7f7f7f, block, block + this.roomOf(block));
    super.free(block);
  }
}

function address(owner: DomainName, value: number, count = 1): RRsetChange {
  const rdata = (at: number) =>
    String.fromCharCode(
      (value >>> 24) & 255,
      (value >>> 16) & 255,
      (value >>> 8) & 255,
      value & 255,
    ) + (at === 0 ? '' : String(at));
  const rdatas = Array.from({ length: count }, (_, at) => rdata(at) as Rdata);
  // A type of no meaning: records of any length.
  return { owner, rrsets: [makeRRset(owner, 65_280, { ttlSeconds: 30, rdatas })] };
}

function startReader(feed: ImageFeed, reader: number): () => ReadingReport {
  const start: ReadingStart = { buffer: feed.images.buffer, reader, apex: APEX, nameHashSeed: 0 };
  const worker = new Worker(new URL('./reading-thread.ts', import.meta.url), { workerData: start });
  let report: ReadingReport = { readCount: 0, serials: 0, fault: undefined };
  worker.on('message', (told: ReadingReport) => {
    report = told;
  });
  worker.on('error', (error) => {
    report = { ...report, fault: String(error) };
  });
  workers.push(worker);
  return () => report;
}

it('no answer of two publications or of freed memory, while names come, go and reload', async () => {
  const feed = new ImageFeed(
    [{ apex: APEX, hasQueryWildcards: false }],
    new SharedImages(1, new PoisonedSpace()),
  );
  const filler = Array.from({ length: 3000 }, (_, at) => address(parseName(`f${at}`, APEX), at));
  const all = parseName('all', APEX);
  const contentAt = (serial: number) => [
    address(all, serial, 1 + (serial % 5)),
    address(parseName(`n${serial % 500}`, APEX), serial),
  ];
  await feed.reload(APEX, [soaOf(APEX), ...filler, ...contentAt(1)], 1);
  const readers = [startReader(feed, 0), startReader(feed, 1)];
  const until = performance.now() + RUN_MS;
  let serial = 1;
  while (performance.now() < until) {
    for (let turn = 0; turn < 20; turn++) {
      serial++;
      const gone = { owner: parseName(`f${(serial * 7919) % 3000}`, APEX), rrsets: undefined };
      const back = address(parseName(`f${(serial * 104_729) % 3000}.x${serial % 9}`, APEX), serial);
      if (serial % 1500 === 0)
        await feed.reload(APEX, [soaOf(APEX), ...filler, ...contentAt(serial)], serial);
      else await feed.apply(APEX, [...contentAt(serial), gone, back], serial);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => readers.every((report) => report().readCount > 100)).toBe(true);
  for (const report of readers) expect(report().fault).toBeUndefined();
  const seen = readers.map(
    (report) => `${report().readCount} reads of ${report().serials} serials`,
  );
  process.stdout.write(`\nshared images: ${serial} publications; ${seen.join(', ')}\n`);
}, 60_000);

it('the head of the memory holds a word of their own for as many readers as there may be', () => {
  expect(readerWord(ANSWERING_THREADS_MAX)).toBeLessThanOrEqual(HEAD_WORDS);
});
