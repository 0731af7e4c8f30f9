/** Who watches one service gets all of it, who watches everything so much and a count of the rest. */

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { type Change, ChangeFeed } from '../../src/publish/change-feed.ts';

const ownersOf = (service: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({
    owner: parseName(`${service}.f.svc.z${at}.example.`),
  }));

function watching(feed: ChangeFeed, service?: string): Change[] {
  const taken: Change[] = [];
  feed.watch({ service, take: (change) => taken.push(change) });
  return taken;
}

function tellAll(feed: ChangeFeed, moves: ReturnType<typeof ownersOf>): void {
  for (const { owner } of moves) {
    feed.tell({ kind: 'name', name: owner, before: '', after: '', reason: '' }, owner);
  }
}

it('nobody watches: nothing is wanted', () => {
  expect(new ChangeFeed().room(ownersOf('s.n', 10))).toEqual([]);
});

it('one service is told whole, and no other', () => {
  const feed = new ChangeFeed();
  const taken = watching(feed, 'n/s');
  const moves = [...ownersOf('other.n', 2000), ...ownersOf('s.n', 2000)];
  const room = feed.room(moves);
  expect(room.length).toBe(2000);
  tellAll(feed, moves as never);
  expect(taken.length).toBe(2000);
  feed.tell({ kind: 'member', cluster: 'c', state: 'lost', reason: '' });
  expect(taken.at(-1)).toMatchObject({ kind: 'member' });
});

it('everything is told in part, with a count of the rest', async () => {
  const feed = new ChangeFeed();
  const all = watching(feed);
  const one = watching(feed, 'n/s');
  const moves = [...ownersOf('other.n', 3000), ...ownersOf('s.n', 10)];
  const room = feed.room(moves);
  tellAll(feed, room as never);
  expect(one.length).toBe(10);
  expect(all.length).toBe(510);
  await sleep(1200);
  expect(all.at(-1)).toEqual({ kind: 'more', count: 2500 });
  expect(one.length).toBe(10);
});

it('who has gone is told nothing', () => {
  const feed = new ChangeFeed();
  const taken: Change[] = [];
  const end = feed.watch({ service: undefined, take: (change) => taken.push(change) });
  end();
  feed.tell({ kind: 'alarm', alarm: 'a', isOn: true });
  expect(taken).toEqual([]);
});
