/** ImageFeed and SharedImages: whole publications, memory given back, and only when nobody reads. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type DomainName, parseName } from '../../src/dns/name.ts';
import type { Rdata, RRset } from '../../src/dns/rrset.ts';
import { ImageFeed } from '../../src/serve/images/image-feed.ts';
import { SharedImages } from '../../src/serve/images/shared-images.ts';
import { BlockSpace, ImageSpaceError } from '../../src/zone/content/block-space.ts';
import { APEX, change, OTHER, reader, soaOf, ZONES } from './fed-zones.ts';

it('a thread sees what is published, a new one too; other zones stay as they are', async () => {
  const feed = new ImageFeed(ZONES);
  const early = reader(feed, 0);
  early.images.enter();
  expect(early.see(APEX)).toBeUndefined();
  early.images.leave();
  const many = Array.from({ length: 5000 }, (_, index) => change(`n${index}`, '192.0.2.1'));
  await feed.reload(OTHER, [soaOf(OTHER), change('a', '192.0.2.3', OTHER)], 1);
  expect(feed.hasAll).toBe(false);
  await feed.reload(APEX, [soaOf(APEX), ...many], 1);
  await feed.apply(APEX, [change('n7', '192.0.2.7'), change('n8', undefined)], 2);
  feed.markStale(true);
  for (const one of [early, reader(feed, 1)]) {
    one.images.enter();
    expect(one.see(parseName('n7', APEX))).toEqual(change('n7', '192.0.2.7').rrsets);
    expect(one.see(parseName('n8', APEX))).toBeUndefined();
    expect(one.see(parseName('a', OTHER), OTHER)).toHaveLength(1);
    expect(one.images.isStale).toBe(true);
    one.images.leave();
  }
  expect([feed.hasAll, feed.ownerCount(APEX), feed.serial(APEX), feed.generation]).toEqual([
    true,
    5000,
    2,
    3,
  ]);
});

it('what a thread reads stays as it was until it leaves, whatever is published meanwhile', async () => {
  const feed = new ImageFeed(ZONES);
  const owner = parseName('a', APEX);
  await feed.reload(APEX, [soaOf(APEX), change('a', '192.0.2.1')], 1);
  const { images, see } = reader(feed, 3);
  images.enter();
  for (let round = 2; round < 200; round++) {
    await feed.apply(APEX, [change('a', `192.0.2.${round}`)], round);
  }
  await feed.reload(APEX, [soaOf(APEX)], 200);
  await feed.apply(APEX, [change('b', '192.0.2.2')], 201);
  expect(see(owner)).toEqual(change('a', '192.0.2.1').rrsets);
  images.leave();
  images.enter();
  expect(see(owner)).toBeUndefined();
  images.leave();
});

it('changes and reloads without end take no more memory; a dead reader keeps none', async () => {
  const feed = new ImageFeed(ZONES);
  const many = Array.from({ length: 2000 }, (_, index) => change(`n${index}`, '192.0.2.1'));
  await feed.reload(APEX, [soaOf(APEX), ...many], 1);
  const { images } = reader(feed, 5);
  const { space } = feed.images;
  const churn = async (from: number) => {
    for (let round = from; round < from + 300; round++) {
      const label = `n${(round * 7919) % 2000}`;
      await feed.apply(APEX, [change(label, round % 3 ? '192.0.2.9' : undefined)], round);
      if (round % 100 === 0) await feed.reload(APEX, [soaOf(APEX), ...many], round);
    }
  };
  await churn(2);
  const taken = space.takenOctets;
  const used = space.usedOctets;
  for (let turn = 1; turn < 10; turn++) await churn(300 * turn + 2);
  expect(space.takenOctets).toBeLessThan(taken * 1.1);
  expect(space.usedOctets).toBeLessThan(used * 1.1);
  images.enter();
  await churn(3002);
  expect(space.usedOctets).toBeGreaterThan(used * 1.5);
  feed.images.forgetReader(5);
  feed.images.reclaim();
  expect(space.usedOctets).toBeLessThan(used * 1.1);
});

it('one RRset that grows record by record takes a few times its size, no more', async () => {
  const feed = new ImageFeed(ZONES);
  await feed.reload(APEX, [soaOf(APEX)], 1);
  const owner = parseName('grows', APEX);
  const { space } = feed.images;
  for (let count = 1; count < 2000; count++) {
    const rdatas = Array.from({ length: count }, (_, at) =>
      String.fromCharCode(10, 0, at >> 8, at & 255),
    ) as Rdata[];
    await feed.apply(
      APEX,
      [{ owner, rrsets: [{ owner, type: 1, ttlSeconds: 1, rdatas }] }],
      count + 1,
    );
  }
  expect(feed.content(APEX, owner)?.[0]?.rdatas).toHaveLength(1999);
  // 32 kB at the end; blocks of the sizes below it stay, eight to each doubling.
  expect(space.takenOctets).toBeLessThan(3e6);
});

it('what a failed change had built is free again', async () => {
  const feed = new ImageFeed(ZONES, new SharedImages(2, new BlockSpace(2e6)));
  await feed.reload(APEX, [soaOf(APEX)], 1);
  const used = feed.images.space.usedOctets;
  const failing = function* () {
    for (let at = 0; at < 3000; at++) yield change(`n${at}`, '192.0.2.1');
    throw new Error('a fault of ours');
  };
  for (let turn = 0; turn < 20; turn++) {
    await expect(feed.reload(APEX, failing(), 2)).rejects.toThrow('a fault of ours');
  }
  expect(feed.images.space.usedOctets).toBe(used);
  await feed.apply(APEX, [change('a', '192.0.2.1')], 3);
  expect(feed.serial(APEX)).toBe(3);
});

it('images that would outgrow their memory throw, and what is served stays', async () => {
  const feed = new ImageFeed(ZONES, new SharedImages(2, new BlockSpace(256 * 1024)));
  await feed.reload(APEX, [soaOf(APEX), change('a', '192.0.2.1')], 1);
  const many = Array.from({ length: 9000 }, (_, index) => change(`n${index}`, '192.0.2.1'));
  await expect(feed.apply(APEX, many, 2)).rejects.toThrow(ImageSpaceError);
  expect(feed.content(APEX, parseName('a', APEX))).toHaveLength(1);
  expect(feed.serial(APEX)).toBe(1);
});

it('law: after any changes and reloads a thread sees what one built at once would show', async () => {
  const label = fc.constantFrom('a', 'b', 'a.b', 'c.a.b', '*');
  const step = fc.record({
    label,
    address: fc.constantFrom(undefined, '192.0.2.1', '192.0.2.2'),
    isReload: fc.constantFrom(false, false, false, true),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const feed = new ImageFeed(ZONES);
      await feed.reload(APEX, [soaOf(APEX)], 1);
      const { images, see } = reader(feed, 0);
      const held = new Map<DomainName, readonly RRset[]>();
      for (const [index, { label: at, address, isReload }] of steps.entries()) {
        const one = change(at, address);
        if (isReload) held.clear();
        if (one.rrsets === undefined) held.delete(one.owner);
        else held.set(one.owner, one.rrsets);
        const all = Array.from(held, ([owner, rrsets]) => ({ owner, rrsets }));
        if (isReload) await feed.reload(APEX, [soaOf(APEX), ...all], index + 2);
        else await feed.apply(APEX, [one], index + 2);
        images.enter();
        for (const name of ['a', 'b', 'a.b', 'c.a.b', '*']) {
          const owner = parseName(name, APEX);
          expect(see(owner)).toEqual(held.get(owner));
        }
        images.leave();
      }
    }),
    { numRuns: 100 },
  );
});
