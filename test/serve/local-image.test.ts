/** Images on disk: taken over whole by the next process, or not at all; given back once of no use. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { ImageFeed, type PinnedFeed } from '../../src/serve/images/image-feed.ts';
import {
  ImageWriting,
  readLocalImage,
  storedHashSeed,
} from '../../src/serve/images/local-image.ts';
import { temporaryFolder } from '../lab/process.ts';
import { APEX, change, OTHER, reader, soaOf, ZONES } from './fed-zones.ts';

const ORIGIN = { snapshot: 'digest', meaning: 'all of it', nameHashSeed: 0 };
const NAMES = Array.from({ length: 3000 }, (_, at) => `n${at}`);

/** A feed that has served and changed; its images on disk. */
async function stored(): Promise<{ feed: ImageFeed; path: string }> {
  const feed = new ImageFeed(ZONES);
  const many = NAMES.map((label) => change(label, '192.0.2.1'));
  await feed.reload(APEX, [soaOf(APEX), ...many], 7);
  expect(feed.pin()).toBeUndefined();
  await feed.reload(OTHER, [soaOf(OTHER), change('a', '192.0.2.3', OTHER)], 9);
  for (let at = 0; at < 500; at++) await feed.apply(APEX, [change(`n${at}`, '192.0.2.2')], 8 + at);
  const path = join(temporaryFolder('image'), 'image');
  const writing = await ImageWriting.open(path, pinned(feed));
  await writing.finish(ORIGIN);
  return { feed, path };
}

function pinned(feed: ImageFeed): PinnedFeed {
  const images = feed.pin();
  if (images === undefined) throw new Error('nothing to pin');
  return images;
}

it('another process answers from it at once; its own images take its place and its memory', async () => {
  const { feed, path } = await stored();
  const images = readLocalImage(path, ORIGIN);
  if (images === undefined) throw new Error('not read');
  expect([...images.serials]).toEqual([
    [APEX, 507],
    [OTHER, 9],
  ]);
  const next = new ImageFeed(ZONES);
  next.adopt(images);
  expect(next.hasAll).toBe(true);
  const { images: served, see } = reader(next, 0);
  served.enter();
  for (const label of ['n0', 'n499', 'n500', 'n2999']) {
    const owner = parseName(label, APEX);
    expect(see(owner)).toEqual(feed.content(APEX, owner));
  }
  expect(see(parseName('a', OTHER), OTHER)).toHaveLength(1);
  // One zone's own image leaves the other zone's as it was taken over.
  const many = NAMES.map((label) => change(label, '192.0.2.9'));
  await next.reload(APEX, [soaOf(APEX), ...many], 600);
  served.leave();
  served.enter();
  expect(see(parseName('n0', APEX))).toEqual(change('n0', '192.0.2.9').rrsets);
  expect(see(parseName('a', OTHER), OTHER)).toHaveLength(1);
  served.leave();
  const { space } = next.images;
  const usedWithBoth = space.usedOctets;
  await next.reload(OTHER, [soaOf(OTHER)], 10);
  next.images.reclaim();
  expect(space.usedOctets).toBeLessThan(usedWithBoth * 0.7);
  const taken = space.takenOctets;
  await next.reload(APEX, [soaOf(APEX), ...many], 601);
  expect(space.takenOctets).toBeLessThan(taken * 1.2);
  served.enter();
  expect(see(parseName('n2999', APEX))).toEqual(change('n2999', '192.0.2.9').rrsets);
  expect(see(parseName('a', OTHER), OTHER)).toBeUndefined();
  served.leave();
});

it('what is published while it is written is not in it, and costs no memory afterwards', async () => {
  const { feed, path } = await stored();
  const before = NAMES.map((label) => feed.content(APEX, parseName(label, APEX)));
  let serial = 700;
  const changeAll = async (address: string) => {
    for (const label of NAMES) await feed.apply(APEX, [change(label, address)], serial++);
  };
  const images = pinned(feed);
  await changeAll('192.0.2.77');
  await changeAll('192.0.2.78');
  const writing = await ImageWriting.open(path, images);
  await writing.finish(ORIGIN);
  const read = readLocalImage(path, ORIGIN);
  if (read === undefined) throw new Error('not read');
  expect(read.serials.get(APEX)).toBe(507);
  const next = new ImageFeed(ZONES);
  next.adopt(read);
  const { images: served, see } = reader(next, 0);
  served.enter();
  expect(NAMES.map((label) => see(parseName(label, APEX)))).toEqual(before);
  served.leave();
  const taken = feed.images.space.takenOctets;
  await changeAll('192.0.2.79');
  await changeAll('192.0.2.80');
  expect(feed.images.space.takenOctets).toBeLessThan(taken * 1.01);
});

it('of another snapshot, meaning or seed, or damaged anywhere, it is left aside', async () => {
  const { path } = await stored();
  expect(storedHashSeed(path)).toBe(0);
  for (const other of [{ snapshot: 'x' }, { meaning: 'x' }, { nameHashSeed: 1 }]) {
    expect(readLocalImage(path, { ...ORIGIN, ...other })).toBeUndefined();
  }
  const whole = readFileSync(path);
  for (let at = 0; at < whole.length; at += 4099) {
    const octets = Buffer.from(whole);
    octets[at] = (octets[at] ?? 0) ^ 4;
    writeFileSync(path, octets);
    expect(readLocalImage(path, ORIGIN)).toBeUndefined();
    writeFileSync(path, whole.subarray(0, at));
    expect(readLocalImage(path, ORIGIN)).toBeUndefined();
  }
  expect(storedHashSeed(join(path, 'none'))).toBeUndefined();
  expect(readLocalImage(join(path, 'none'), ORIGIN)).toBeUndefined();
});
