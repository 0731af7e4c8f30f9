/** ImageFeed: what a thread is sent, and that a replaced thread ends with the same. */

import { expect, it } from 'vitest';
import { type DomainName, parseName } from '../../src/dns/name.ts';
import { makeRRset, type Rdata, type RRset } from '../../src/dns/rrset.ts';
import type { RRsetChange } from '../../src/dns/rrset-change.ts';
import { type FeedMessage, ImageFeed } from '../../src/serve/image-feed.ts';

const APEX = parseName('example.');

function change(label: string, address: string | undefined): RRsetChange {
  const owner = parseName(label, APEX);
  if (address === undefined) return { owner, rrsets: undefined };
  const rdata = String.fromCharCode(...address.split('.').map(Number)) as Rdata;
  return { owner, rrsets: [makeRRset(owner, 1, { ttlSeconds: 30, rdatas: [rdata] })] };
}

/** A thread reduced to what it holds. */
function thread() {
  const state = { owners: new Map<DomainName, readonly RRset[]>(), serial: 0, isStale: false };
  let build = new Map<DomainName, readonly RRset[]>();
  const record = (into: Map<DomainName, readonly RRset[]>, changes: readonly RRsetChange[]) => {
    for (const { owner, rrsets } of changes) {
      if (rrsets === undefined) into.delete(owner);
      else into.set(owner, rrsets);
    }
  };
  const hear = (message: FeedMessage): void => {
    if (message.kind === 'begin') build = new Map();
    if (message.kind === 'slice') record(build, message.changes);
    if (message.kind === 'changes') record(state.owners, message.changes);
    if (message.kind === 'publish') state.owners = build;
    if (message.kind === 'publish' || message.kind === 'changes') state.serial = message.serial;
    if (message.kind === 'stale') state.isStale = message.isStale;
  };
  const take = (messages: Iterable<FeedMessage>): void => {
    for (const message of messages) hear(message);
  };
  return { state, take };
}

it('a replaced thread is fed what the others hold', () => {
  const first = thread();
  const feed = new ImageFeed(first.take);
  const many = Array.from({ length: 1234 }, (_, index) => change(`n${index}`, '192.0.2.1'));
  feed.reload(APEX, many, 1);
  feed.apply(
    APEX,
    [change('n7', '192.0.2.7'), change('n8', undefined), change('new', '192.0.2.9')],
    2,
  );
  feed.markStale(true);
  const second = thread();
  second.take(feed.replay());
  expect(second.state).toEqual(first.state);
  expect([second.state.owners.size, second.state.serial]).toEqual([1234, 2]);
});

it('no message holds more changes than a thread applies in its slice', () => {
  const sizes: number[] = [];
  const feed = new ImageFeed((messages) => {
    for (const message of messages) sizes.push('changes' in message ? message.changes.length : 0);
  });
  const many = Array.from({ length: 2001 }, (_, index) => change(`n${index}`, '192.0.2.1'));
  feed.reload(APEX, [], 1);
  feed.apply(APEX, many, 2);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
});

it('a zone that is read late, and more than once, is the zone that was sent', () => {
  const sent: Iterable<FeedMessage>[] = [];
  const feed = new ImageFeed((messages) => sent.push(messages));
  const many = Array.from({ length: 1234 }, (_, index) => change(`n${index}`, '192.0.2.1'));
  feed.reload(APEX, many, 1);
  feed.apply(APEX, [change('n7', '192.0.2.7'), change('n8', undefined)], 2);
  const [one, other] = [thread(), thread()];
  one.take(sent[0] ?? []);
  expect([one.state.owners.size, one.state.serial]).toEqual([1234, 1]);
  for (const messages of sent) other.take(messages);
  one.take(sent[1] ?? []);
  expect(one.state).toEqual(other.state);
  expect(one.state.owners.size).toBe(1233);
});
