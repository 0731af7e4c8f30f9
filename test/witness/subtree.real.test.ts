/**
 * Subtree mode is CoreDNS's reading: random hand-written SkyDNS trees, every name asked of both.
 * Left out of the trees is what we do right instead (text beside an address, CNAME queries).
 * Questions with `*` and `any` are asked of trees without groups in which no key lies above
 * another: elsewhere CoreDNS's union takes entries that it hides from every other question, and
 * filters groups over all of it; ours is the union of the names' answers (src/zone/README.md).
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCoredns } from '../lab/coredns.ts';
import type { DnsServer } from '../lab/dns-server.ts';
import { type Etcd, startEtcd } from '../lab/etcd.ts';
import { putAll, type ServingEtcd, serveFromEtcd } from '../scenario/etcd/serving-etcd.ts';
import type { AskedType } from '../scenario/running-fedns.ts';
import { outcome } from './answer-text.ts';

const LABELS = ['a', 'b', 'c', 'd'];
const TREES = 12;
const KEYS_PER_TREE = 10;
const TYPES: readonly AskedType[] = ['A', 'AAAA', 'TXT'];
const SEED = 20261122;

/** mulberry32: the same trees in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const random = randomOf(SEED);
const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;

function entry(index: number, hasGroups: boolean): object {
  const ttl = 30 + random(100);
  const group = hasGroups && random(4) === 0 ? { group: pick(['g1', 'g2']) } : {};
  switch (random(4)) {
    case 0:
      return { host: `2001:db8::${index + 1}`, ttl, ...group };
    case 1:
      return { text: `text ${index}`, ttl, ...group };
    default:
      return { host: `192.0.2.${index + 1}`, ttl, ...group };
  }
}

/** Path below a tree -> entry. Any depth up to four labels, or, for wildcards, all equally deep. */
function tree(isForWildcards: boolean): Map<string, object> {
  const keys = new Map<string, object>();
  for (let index = 0; index < KEYS_PER_TREE; index++) {
    const depth = isForWildcards ? 3 : 1 + random(4);
    const path = Array.from({ length: depth }, () => pick(LABELS)).join('/');
    keys.set(path, entry(index, !isForWildcards));
  }
  return keys;
}

let etcd: Etcd;
let serving: ServingEtcd;
let coredns: DnsServer;
const trees = Array.from({ length: TREES }, (_, index) => {
  const hasWildcards = index % 2 === 1;
  const name = hasWildcards ? `wildcards${index}` : `plain${index}`;
  return { name, hasWildcards, keys: tree(hasWildcards) };
});

beforeAll(async () => {
  etcd = await startEtcd({ version: '3.7' });
  const pairs = trees.flatMap(({ name, keys }) =>
    [...keys].map(([path, value]) => [`/skydns/com/example/${name}/${path}`, value] as const),
  );
  await putAll(etcd, [...pairs, ['/skydns/com/example/ready', { host: '192.0.2.250' }]]);
  serving = await serveFromEtcd({
    urls: [etcd.endpoint],
    readyName: 'ready.example.com',
    more: { zones: [{ apex: 'example.com', mode: 'subtree' }] },
  });
  coredns = await startCoredns({
    corefile: `example.com:PORT {
      bind 127.0.0.1
      etcd {
        path /skydns
        endpoint ${etcd.endpoint}
      }
    }`,
  });
});
afterAll(async () => {
  for (const one of [serving?.server, coredns, etcd]) await one?.kill9();
});

it.each(trees)('tree $name', async ({ name, hasWildcards, keys }) => {
  const differences: string[] = [];
  for (const asked of questions(name, keys, hasWildcards)) {
    for (const type of TYPES) {
      const [ours, theirs] = await Promise.all([
        outcome(serving.place.port, asked, type),
        outcome(coredns.port, asked, type),
      ]);
      if (ours !== theirs) differences.push(`${asked} ${type}: ${ours} | CoreDNS ${theirs}`);
    }
  }
  const shown = [...keys].map(([path, value]) => `${path} ${JSON.stringify(value)}`).join('\n');
  expect(differences, shown).toEqual([]);
});

/** Every name of the tree and its ancestors, absent siblings, and the same with wildcards in. */
function questions(
  name: string,
  keys: ReadonlyMap<string, object>,
  hasWildcards: boolean,
): Set<string> {
  const asked = new Set<string>();
  for (const path of keys.keys()) {
    const labels = [name, ...path.split('/')];
    for (let length = 1; length <= labels.length; length++) {
      const part = labels.slice(0, length);
      asked.add(nameOf(part));
      asked.add(nameOf([...part, pick(LABELS)]));
      if (length < 2 || !hasWildcards) continue;
      const at = 1 + random(length - 1);
      asked.add(nameOf(part.with(at, pick(['*', 'any']))));
    }
  }
  return asked;
}

function nameOf(labels: readonly string[]): string {
  return `${labels.toReversed().join('.')}.example.com`;
}
