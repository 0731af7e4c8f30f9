/** Users, roles, TLS, several URLs, leases, poison and size on real etcd. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import type { EtcdStoreOptions } from '../../../src/store/etcd/etcd-options.ts';
import { type EtcdStore, openEtcdStore } from '../../../src/store/etcd/etcd-store.ts';
import { octetsOfText } from '../../../src/store/skydns/entry.ts';
import { LeaseFollower } from '../../../src/store/skydns/leases/lease-follower.ts';
import { RecordView } from '../../../src/store/skydns/view/record-view.ts';
import { type Etcd, startEtcd } from '../../lab/etcd.ts';
import { freePort } from '../../lab/free-port.ts';
import { POISON } from '../skydns/poison.ts';
import { onlyTypes, storedText, textOf } from '../skydns/view-text.ts';
import { CopyOfStore } from './copy-of-store.ts';
import { RANGES } from './cut-run.ts';

const LIMITS = { retryMinMs: 20, retryMaxMs: 200, progressIntervalMs: 100 };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function started(options: Parameters<typeof startEtcd>[0]): Promise<Etcd> {
  const etcd = await startEtcd(options);
  closing.push(() => etcd.stop());
  return etcd;
}
function opened(etcd: Etcd, options: Partial<EtcdStoreOptions> = {}): EtcdStore {
  const store = openEtcdStore({ urls: [etcd.endpoint], limits: LIMITS, ...options });
  closing.push(() => store.stop());
  return store;
}
function copied(store: EtcdStore, ranges = RANGES): CopyOfStore {
  const copy = new CopyOfStore(store, ranges);
  closing.push(() => copy.stop());
  return copy;
}
const put = (store: EtcdStore, key: string, value = 'x') =>
  store.commit({ compares: [], puts: [{ key, value }], deletes: [] });

describe.each(['3.4', '3.7'] as const)('etcd %s', (version) => {
  test('users: wrong password, role without the range, change of role and expired tokens', async () => {
    const etcd = await started({
      version,
      rootPassword: 'secret',
      extraArgs: ['--auth-token-ttl', '2'],
    });
    await etcd.ctl(['user', 'add', 'dns:dns']);
    await etcd.ctl(['role', 'add', 'records']);
    await etcd.ctl(['user', 'grant-role', 'dns', 'records']);
    const wrong = opened(etcd, { auth: { username: 'dns', password: 'no' } });
    await expect(wrong.read(RANGES)).rejects.toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringMatching(/^etcd http:\S+: wrong user or password \(.*\)$/),
    });
    await expect(opened(etcd).read(RANGES)).rejects.toMatchObject({ code: 'STORE_DENIED' });
    const auth = { username: 'dns', password: 'dns' };
    const store = opened(etcd, { auth });
    await expect(store.read(RANGES)).rejects.toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringMatching(/the user may not read or write these keys/),
    });
    const copy = copied(opened(etcd, { auth }));
    await copy.until('one clear alarm', () => copy.log.length > 0);
    expect(copy.log.join()).toMatch(/the user may not/);
    // Granting a role makes every token stale; both go on by themselves.
    for (const prefix of ['/skydns/', '/fedns/']) {
      await etcd.ctl(['role', 'grant-permission', '--prefix=true', 'records', 'readwrite', prefix]);
    }
    const first = await put(store, '/skydns/example/a');
    await copy.reached(first.revision);
    expect(copy.log).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    const later = await put(store, '/skydns/example/b');
    await copy.reached(later.revision);
    await etcd.ctl(['role', 'add', 'other']);
    const last = await put(store, '/skydns/example/c');
    await copy.reached(last.revision);
    expect(copy.stateReasons).toEqual(['first']);
  }, 60_000);

  test('a reader that may not write lives without a sentinel', async () => {
    const etcd = await started({ version, rootPassword: 'secret' });
    await etcd.ctl(['user', 'add', 'reader:reader']);
    await etcd.ctl(['role', 'add', 'read']);
    await etcd.ctl(['role', 'grant-permission', '--prefix=true', 'read', 'read', '/skydns/']);
    await etcd.ctl(['user', 'grant-role', 'reader', 'read']);
    const store = opened(etcd, { auth: { username: 'reader', password: 'reader' } });
    const ranges = RANGES.slice(0, 1);
    const copy = copied(store, ranges);
    await copy.until('a first state', () => copy.stateReasons.length > 0);
    await etcd.ctl(['put', '/skydns/example/a', 'x']);
    await copy.until('a', () => copy.values.size === 1);
    await expect(put(store, '/skydns/example/b')).rejects.toMatchObject({ code: 'STORE_DENIED' });
  }, 60_000);

  test('TLS with client certificates; without one a clear error', async () => {
    const etcd = await started({ version, tls: true });
    const { ca, clientCert, clientKey } = etcd.certificates!;
    const text = (path: string) => readFileSync(path, 'utf8');
    const tls = { ca: text(ca), certificate: text(clientCert), key: text(clientKey) };
    const store = opened(etcd, { tls });
    const copy = copied(store);
    await copy.until('a first state', () => copy.stateReasons.length > 0);
    const { revision } = await put(store, '/skydns/example/a');
    await copy.reached(revision);
    for (const less of [{ ca: tls.ca }, undefined]) {
      const refused = opened(etcd, less === undefined ? {} : { tls: less });
      await expect(refused.read(RANGES)).rejects.toMatchObject({
        code: 'STORE_UNREACHABLE',
        message: expect.stringMatching(/^etcd https:\S+: [^\n]+$/),
      });
    }
  }, 60_000);

  test('several URLs: one that answers is enough', async () => {
    const etcd = await started({ version });
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const store = opened(etcd, { urls: [nobody, etcd.endpoint] });
    const copy = copied(store);
    for (let index = 0; index < 5; index++) await put(store, `/skydns/example/${index}`);
    await copy.until('all', () => copy.values.size === 6);
    const alone = opened(etcd, { urls: [nobody] });
    await expect(alone.read(RANGES)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  }, 60_000);

  test('a lease is asked, its TTL served within floor and ceiling, its end is a deletion', async () => {
    const etcd = await started({ version });
    const store = opened(etcd);
    const granted = await etcd.ctl(['lease', 'grant', '50']);
    const lease = /lease (\w+)/.exec(granted)?.[1] ?? '';
    const value = '{"host":"192.0.2.1","targetstrip":1,"ttl":180}';
    await etcd.ctl(['put', `--lease=${lease}`, '/skydns/example/web/x1', value]);
    const view = new RecordView({
      prefix: '/skydns',
      zones: [{ apex: parseName('example.'), mode: 'owner' }],
    });
    const state = await store.read(view.ranges());
    view.apply({ kind: 'state', reason: 'first', state });
    const leases = new LeaseFollower(store, view);
    const [answer] = await leases.ask(0);
    if (answer === undefined) throw new Error('the lease was not asked');
    view.setLeaseSeconds(answer.leaseId, answer.seconds);
    const ttl = Number(onlyTypes(textOf(view), 'A')[0]?.split(' ')[1]);
    expect(ttl).toBeGreaterThan(30);
    expect(ttl).toBeLessThanOrEqual(50);
    // Not due again before half of its time is over.
    expect(await leases.ask(10_000)).toEqual([]);
    const copy = copied(store);
    await copy.until('the entry', () => copy.values.has('/skydns/example/web/x1'));
    await etcd.ctl(['lease', 'revoke', lease]);
    await copy.until('its end', () => !copy.values.has('/skydns/example/web/x1'));
    expect(await store.leaseSecondsLeft(BigInt(`0x${lease}`).toString())).toBeUndefined();
  }, 60_000);
});

test('20 poisonous values in etcd: each skipped, read and watched, neighbours unharmed', async () => {
  const etcd = await started({ version: '3.7' });
  const store = opened(etcd);
  const copy = copied(store);
  await copy.until('a first state', () => copy.stateReasons.length > 0);
  await put(store, '/skydns/example/p/99', '{"host":"192.0.2.9"}');
  let revision = 0;
  for (const [key, value] of Object.entries(POISON)) {
    // The largest is just below what etcd takes.
    const text = storedText(value).slice(0, 1_350_000);
    revision = (await put(store, octetsOfText(key), text)).revision;
  }
  await copy.reached(revision);
  const view = new RecordView({
    prefix: '/skydns',
    zones: [{ apex: parseName('example.'), mode: 'owner' }],
  });
  const state = { revision: copy.revision, values: copy.values };
  view.apply({ kind: 'state', reason: 'first', state });
  expect(view.skipped()).toHaveLength(20);
  expect(onlyTypes(textOf(view), 'A')).toEqual([
    '99.p.example. 300 A 192.0.2.9',
    'p.example. 300 A 192.0.2.9',
  ]);
}, 60_000);

test('100,000 keys: pages of any size, one revision, and a page that is too large', async () => {
  const etcd = await started({ version: '3.7' });
  const store = opened(etcd);
  const perCommit = 120;
  let made = 0;
  const lane = async () => {
    while (made < 100_000) {
      const from = made;
      made += perCommit;
      const puts = Array.from({ length: Math.min(perCommit, 100_000 - from) }, (_, index) => ({
        key: `/skydns/example/service-${from + index}/0123456789abcdef`,
        value: `{"host":"192.0.2.${(from + index) % 250}","ttl":180,"targetstrip":1,"owner":"w"}`,
      }));
      await store.commit({ compares: [], puts, deletes: [] });
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  const startedAt = performance.now();
  const state = await store.read(RANGES);
  const readMs = Math.round(performance.now() - startedAt);
  const view = new RecordView({
    prefix: '/skydns',
    zones: [{ apex: parseName('example.'), mode: 'owner' }],
  });
  view.apply({ kind: 'state', reason: 'first', state });
  const loadMs = Math.round(performance.now() - startedAt);
  console.info(`100,000 keys: read in ${readMs} ms, in the view after ${loadMs} ms`);
  expect(state.values.size).toBe(100_000);
  const small = { ...LIMITS, pageKeys: 7_000, messageOctetsMax: 200_000 };
  const halved = await opened(etcd, { limits: small }).read(RANGES);
  expect(halved.values.size).toBe(state.values.size);
}, 120_000);
