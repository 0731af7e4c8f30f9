/** What is news and what is past, rule by rule: events and lists as text, what the sink was told. */

import { describe, expect, it } from 'vitest';
import { Collection } from '../../src/kubernetes/collection.ts';
import type { WatchEvent } from '../../src/kubernetes/following/watch-event.ts';

/** `a#1@50`: name, uid, version. */
function objectOf(text: string): { metadata: Record<string, string> } {
  const [, name = '', uid = '', resourceVersion = ''] = /^(\w+)#(\w+)@(\w+)$/.exec(text) ?? [];
  return { metadata: { name, uid, resourceVersion } };
}

/** `put a#1@50`, `gone a#1@51`, `mark 52`. */
function eventOf(text: string): WatchEvent {
  const [kind = '', what = ''] = text.split(' ');
  if (kind === 'mark') return { kind: 'bookmark', version: what, endsInitial: false };
  const object = objectOf(what);
  const version = object.metadata['resourceVersion'] ?? '';
  return { kind: kind === 'put' ? 'put' : 'gone', object, version };
}

class Told {
  readonly told: string[] = [];
  readonly collection: Collection<string>;

  constructor({ hasSelectors = false, objectsMax = 100 } = {}) {
    this.collection = new Collection<string>({
      project: (object) => (object as ReturnType<typeof objectOf>).metadata['resourceVersion'],
      sink: {
        replace: (objects) => this.told.push(`replace ${[...objects.keys()].join(' ')}`),
        put: (key, version) => this.told.push(`put ${key}@${version}`),
        remove: (key) => this.told.push(`remove ${key}`),
      },
      onSkipped: undefined,
      objectsMax,
      historyMax: 1000,
      hasSelectors,
    });
  }

  /** Gives whether it was old; an old one is not taken. */
  list(version: string, ...objects: readonly string[]): boolean {
    const draft = this.collection.beginList();
    for (const object of objects) draft.put(objectOf(object));
    const isOld = this.collection.isOld(draft, version);
    if (!isOld) this.collection.takeList(draft, version);
    return isOld;
  }

  watch(...events: readonly string[]): boolean {
    this.collection.beginWatch();
    this.told.length = 0;
    return events.map((event) => this.collection.takeEvent(eventOf(event))).every(Boolean);
  }
}

describe('events', () => {
  const rows: readonly (readonly [string, readonly string[], readonly string[], string])[] = [
    [
      'news',
      ['put a#1@101', 'put c#3@102', 'gone b#2@103'],
      ['put a@101', 'put c@102', 'remove b'],
      '103',
    ],
    ['the latest again', ['put a#1@101', 'put a#1@101'], ['put a@101'], '101'],
    ['what a list showed, again', ['put a#1@50'], [], '100'],
    [
      'what a list showed, once it changed',
      ['put a#1@101', 'put b#2@102', 'put a#1@50'],
      ['put a@101', 'put b@102'],
      '100',
    ],
    ['a deletion again', ['gone a#1@101', 'gone a#1@101'], ['remove a'], '101'],
    ['an unknown state of a deleted one', ['gone a#1@101', 'put a#1@77'], ['remove a'], '100'],
    [
      'the namesake of a deleted one',
      ['gone a#1@101', 'put a#9@102'],
      ['remove a', 'put a@102'],
      '102',
    ],
    ['the deletion of an earlier namesake', ['gone a#0@77'], [], '100'],
    ['a bookmark', ['mark 105'], [], '105'],
    ['a bookmark of the past', ['mark 105', 'mark 100'], [], '105'],
    ['two that share a version', ['put a#1@101', 'put b#2@101'], ['put a@101', 'put b@101'], '101'],
    [
      'a version that went by, of an unknown state',
      ['mark 101', 'mark 102', 'put c#3@101'],
      [],
      '102',
    ],
  ];
  it.each(rows)('%s', (_name, events, told, position) => {
    const world = new Told();
    world.list('100', 'a#1@50', 'b#2@60');
    world.watch(...events);
    expect(world.told).toEqual(told);
    expect(world.collection.position).toBe(position);
  });

  it('a selection may be left and entered again', () => {
    const world = new Told({ hasSelectors: true });
    world.list('100', 'a#1@50');
    world.watch('gone a#1@101', 'put a#1@102');
    expect(world.told).toEqual(['remove a', 'put a@102']);
  });

  it('what was known before the watch, after news of it: withdrawn, and a list may say so', () => {
    const world = new Told();
    world.list('100', 'a#1@50', 'b#2@60');
    expect(world.watch('put b#2@101')).toBe(true);
    expect(world.watch('put a#1@40', 'put a#1@50')).toBe(false);
    expect(world.collection.position).toBe('101');
    // Not refused, though a@50 was held, and left for a@40.
    expect(world.list('102', 'a#1@50', 'b#2@101')).toBe(false);
    expect(world.list('103', 'a#1@50', 'b#2@60')).toBe(true);
  });

  it('repeated within one watch is no such thing', () => {
    const world = new Told();
    world.list('100', 'a#1@50');
    expect(world.watch('put a#1@101', 'put b#2@102', 'put a#1@101', 'put b#2@102')).toBe(true);
    expect(world.collection.ignoredCount).toBe(2);
  });
});

describe('lists', () => {
  const rows: readonly (readonly [string, string, readonly string[], boolean])[] = [
    ['news', '104', ['a#1@101', 'c#3@104'], false],
    ['the same again', '103', ['a#1@101'], false],
    ['of a version that went by', '100', ['a#1@101'], true],
    ['of an unknown version, with a state left behind', '999', ['a#1@50'], true],
    ['with one that was deleted', '999', ['a#1@101', 'b#2@60'], true],
    ['with an unknown state of a deleted one', '999', ['b#2@70'], true],
  ];
  it.each(rows)('%s', (_name, version, objects, isOld) => {
    const world = new Told();
    world.list('100', 'a#1@50', 'b#2@60');
    world.watch('put a#1@101', 'gone b#2@102', 'mark 103');
    expect(world.list(version, ...objects)).toBe(isOld);
  });

  it('what a list does not show is gone for good', () => {
    const world = new Told();
    world.list('100', 'a#1@50', 'b#2@60');
    world.list('101', 'a#1@50');
    world.watch('put b#2@77');
    expect(world.told).toEqual([]);
  });

  it('but not what a full one left out', () => {
    const world = new Told({ objectsMax: 2 });
    world.list('100', 'a#1@50', 'b#2@60');
    // Its reading ended with a: nobody knows of b.
    world.list('101', 'c#3@70', 'd#4@71', 'a#1@50');
    world.watch('gone c#3@102', 'put b#2@103');
    expect(world.told).toEqual(['remove c', 'put b@103']);
  });

  it('of another history: names of the old one mean nothing', () => {
    const world = new Told();
    world.list('100', 'a#1@50');
    world.watch('put a#1@101');
    world.collection.takeList(world.collection.beginList(), '90');
    world.collection.forgetHistory();
    world.watch('put a#1@101');
    expect(world.told).toEqual(['put a@101']);
  });
});
