/**
 * R14: values and keys that have taken other readers down, put into the real etcd while we serve
 * from it. Each harms only itself, is counted, named in the log, and shown by `records check`.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEtcdStore } from '../../../src/store/etcd/etcd-store.ts';
import { octetsOfText } from '../../../src/store/skydns/entry.ts';
import type { Etcd } from '../../lab/etcd.ts';
import { POISON } from '../../store/skydns/poison.ts';
import { type Keys, storedText } from '../../store/skydns/view-text.ts';
import { answerText, outcome } from '../../witness/answer-text.ts';
import { ends, eventLoopDelay, fedns, metrics, until } from '../running-fedns.ts';
import { tell, UNDISTURBED } from '../steady-asker.ts';
import {
  HOSTS,
  PREFIX,
  put,
  type ServingEtcd,
  serveFromEtcd,
  standardLoad,
  startFilledEtcd,
} from './serving-etcd.ts';

/** Readable, and yet a trap: loops, odd wildcards, CNAME beside A, TTLs, keys of others. */
const TRAPS: Keys = {
  '/skydns/com/example/loop-a/x': { host: 'loop-b.example.com', targetstrip: 1 },
  '/skydns/com/example/loop-b/x': { host: 'loop-a.example.com', targetstrip: 1 },
  ...Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [
      `/skydns/com/example/ring${index}/x`,
      { host: `ring${(index + 1) % 100}.example.com`, targetstrip: 1 },
    ]),
  ),
  '/skydns/com/example/mixed/a': { host: '192.0.2.200', targetstrip: 1 },
  '/skydns/com/example/mixed/b': { host: 'host1.example.com', targetstrip: 1 },
  '/skydns/com/example/a/*/b/x': { host: '192.0.2.201', targetstrip: 1 },
  '/skydns/com/example/forever/x': { host: '192.0.2.202', ttl: 4_294_967_295, targetstrip: 1 },
  '/skydns/com/example/__proto__/x': { host: '192.0.2.203', targetstrip: 1 },
  '/skydns/com/example/constructor/x': { host: '192.0.2.204', targetstrip: 1 },
  '/skydns/com/elsewhere/x': { host: '192.0.2.205' },
  '/skydns/config': { domain: 'skydns.local.', ttl: 3600 },
};

let etcd: Etcd;
let serving: ServingEtcd;
beforeAll(async () => {
  etcd = await startFilledEtcd('3.7');
  serving = await serveFromEtcd({ urls: [etcd.endpoint], readyName: HOSTS[0] ?? '' });
});
afterAll(async () => {
  await serving?.server.kill9();
  await etcd?.kill9();
});

it('R14: poison under load: nothing lost, each skipped, counted and named', async () => {
  const { place, server } = serving;
  const load = standardLoad(place);
  await eventLoopDelay(place);
  await putRaw(POISON, (key) => key.replace('/skydns/example/', '/skydns/com/example/'));
  await putRaw(TRAPS, (key) => key);
  await put(etcd, `${PREFIX}/p/neighbour/leaf`, { host: '192.0.2.99', targetstrip: 1 });
  const isThere = async () => (await ends(place.port, 'neighbour.p.example.com')) === '192.0.2.99';
  expect(await until(isThere, 3000)).toBe(true);
  const delay = await eventLoopDelay(place);
  const score = await load.stop();
  tell('poison', score);
  console.info(`event loop: longest ${delay.maxMs} ms (target 50)`);
  expect(score).toMatchObject(UNDISTURBED);
  expect(delay.maxMs).toBeLessThan(150);
  const count = Object.keys(POISON).length;
  expect((await metrics(place)).get('fedns_store_skipped_values')).toBe(count);
  const complaints = server.log().match(/"store value skipped"/g) ?? [];
  expect(complaints.length).toBeGreaterThan(0);
  expect(complaints.length).toBeLessThanOrEqual(count);
  expect(server.log()).not.toMatch(/uncaught|"level":"error"|TypeError/i);

  const checked = await fedns(place, ['records', 'check', '--output', 'json']);
  expect(checked.code).toBe(1);
  expect(checked.stdout.match(/"key":/g)).toHaveLength(count);
});

it.each([
  ['a loop of two', 'loop-a', 'NODATA after 2 CNAME'],
  ['a ring of a hundred', 'ring7', 'NODATA after 16 CNAME'],
  ['a CNAME beside an address', 'mixed', '192.0.2.200'],
  // RFC 4592 section 2.2.2: *.a exists as an empty non-terminal, and is what x.a is made of.
  ['a name below a wildcard that holds nothing', 'b.x.a', 'NODATA'],
  ['a wildcard in the middle is text', 'b.*.a', '192.0.2.201'],
  ['__proto__', '__proto__', '192.0.2.203'],
  ['constructor', 'constructor', '192.0.2.204'],
  ['the parent of all poison', 'p', 'NODATA'],
  ['toString, which nobody put there', 'tostring', 'NXDOMAIN'],
])('R14: %s', async (_what, name, want) => {
  expect(await outcome(serving.place.port, `${name}.example.com`, 'A')).toBe(want);
});

it('R14: a TTL of 136 years is served as a day', async () => {
  const { records } = await answerText(serving.place.port, 'forever.example.com', 'A');
  expect(records).toEqual(['forever.example.com 86400 A 192.0.2.202']);
});

/** Any octets: etcdctl could not say them. */
async function putRaw(keys: Keys, keyOf: (key: string) => string): Promise<void> {
  const store = openEtcdStore({ urls: [etcd.endpoint] });
  for (const [key, value] of Object.entries(keys)) {
    // The largest is just below what etcd takes.
    const text = storedText(value).slice(0, 1_350_000);
    const puts = [{ key: octetsOfText(keyOf(key)), value: text }];
    await store.commit({ compares: [], puts, deletes: [] });
  }
  await store.stop();
}
