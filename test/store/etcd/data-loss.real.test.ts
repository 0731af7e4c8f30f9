/** etcd that dies, is compacted, loses its data or gets old ones back: R10 to R12. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type EtcdStore, openEtcdStore } from '../../../src/store/etcd/etcd-store.ts';
import { type Etcd, startEtcd } from '../../lab/etcd.ts';
import { startFaultProxy } from '../../lab/fault-proxy.ts';
import { temporaryFolder } from '../../lab/process.ts';
import { CopyOfStore } from './copy-of-store.ts';
import { RANGES } from './cut-run.ts';

const LIMITS = { retryMinMs: 20, retryMaxMs: 200, progressIntervalMs: 100, silenceMs: 2_000 };

describe.each(['3.4', '3.7'] as const)('etcd %s', (version) => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function started(options = {}): Promise<Etcd> {
    const etcd = await startEtcd({ version, ...options });
    closing.push(() => etcd.stop());
    return etcd;
  }
  function opened(url: string, limits = {}): EtcdStore {
    const store = openEtcdStore({ urls: [url], limits: { ...LIMITS, ...limits } });
    closing.push(() => store.stop());
    return store;
  }
  function copied(store: EtcdStore, afterRevision?: number, ranges = RANGES): CopyOfStore {
    const copy = new CopyOfStore(store, ranges, afterRevision);
    closing.push(() => copy.stop());
    return copy;
  }
  const put = (store: EtcdStore, ...names: string[]) =>
    store.commit({
      compares: [],
      puts: names.map((name) => ({ key: `/skydns/example/${name}`, value: name })),
      deletes: [],
    });

  test('kill -9, back after a second: nothing lost, nothing relisted', async () => {
    const etcd = await started();
    const store = opened(etcd.endpoint);
    await store.identity();
    const copy = copied(store);
    await put(store, 'a');
    await copy.until('a', () => copy.values.size === 2);
    await etcd.kill9();
    await copy.until('the loss', () => copy.log.length > 0);
    await sleep(1_000);
    const again = await etcd.again();
    closing.push(() => again.stop());
    const backAt = performance.now();
    const { revision } = await put(store, 'b');
    await copy.reached(revision);
    console.info(`etcd ${version}: caught up ${Math.round(performance.now() - backAt)} ms after`);
    expect(performance.now() - backAt).toBeLessThan(6_000);
    expect(copy.stateReasons).toEqual(['first']);
    await copy.expectEqual(store, RANGES);
  }, 60_000);

  test('compaction beyond our revision: one state, deletions included', async () => {
    const etcd = await started();
    const direct = opened(etcd.endpoint);
    await direct.identity();
    const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: etcd.clientPort } });
    closing.push(() => proxy.stop());
    const copy = copied(opened(`http://${proxy.host}:${proxy.port}`));
    await put(direct, ...Array.from({ length: 100 }, (_, index) => `old-${index}`));
    await copy.until('the old keys', () => copy.values.size >= 100);
    proxy.set({ refuse: true });
    proxy.cutAll();
    let revision = 0;
    for (let index = 0; index < 1_000; index += 100) {
      const names = Array.from({ length: 100 }, (_, each) => `new-${index + each}`);
      revision = (await put(direct, ...names)).revision;
    }
    const deletes = Array.from({ length: 50 }, (_, index) => `/skydns/example/old-${index}`);
    revision = (await direct.commit({ compares: [], puts: [], deletes })).revision;
    await etcd.ctl(['compact', String(revision)]);
    const backAt = performance.now();
    proxy.set({});
    await copy.reached(revision);
    expect(performance.now() - backAt).toBeLessThan(9_000);
    expect(copy.stateReasons).toEqual(['first', 'compacted']);
    await copy.expectEqual(direct, RANGES);
    // A start from a revision that is gone says so at once as well.
    const late = copied(direct, 3);
    await late.reached(revision);
    expect(late.stateReasons).toEqual(['compacted']);
  }, 60_000);

  test('rm -rf of the data under the same flags: replaced, even when the revision has passed ours', async () => {
    const etcd = await started();
    const store = opened(etcd.endpoint);
    const before = await store.identity();
    const copy = copied(store);
    await put(store, 'a', 'b');
    await copy.until('a and b', () => copy.values.size === 3);
    await etcd.kill9();
    rmSync(etcd.dataFolder, { recursive: true });
    const again = await etcd.again();
    closing.push(() => again.stop());
    for (let index = 0; index < 20; index++) await again.ctl(['put', '/skydns/example/c', 'c']);
    await copy.until('replaced data', () => copy.stateReasons.includes('replaced'));
    const now = await store.identity();
    expect(now.revision).toBeGreaterThan(before.revision);
    expect(now.sentinel).not.toBe(before.sentinel);
    await copy.expectEqual(store, RANGES);
    expect([...copy.values.keys()]).toContain('/skydns/example/c');
    expect([...copy.values.keys()]).not.toContain('/skydns/example/a');
  }, 60_000);

  test('restore of an old snapshot: replaced', async () => {
    const etcd = await started();
    const store = opened(etcd.endpoint);
    await store.identity();
    const copy = copied(store);
    await put(store, 'a');
    const folder = temporaryFolder('snapshot');
    const file = join(folder, 'old.db');
    await etcd.ctl(['snapshot', 'save', file]);
    await put(store, 'b');
    const { revision } = await put(store, 'c');
    await copy.reached(revision);
    await etcd.kill9();
    rmSync(etcd.dataFolder, { recursive: true });
    await restore(etcd, file);
    const again = await etcd.again();
    closing.push(() => again.stop());
    await copy.until('replaced data', () => copy.stateReasons.includes('replaced'));
    await copy.expectEqual(store, RANGES);
    expect([...copy.values.keys()]).not.toContain('/skydns/example/c');
  }, 60_000);

  test('a server that vanishes without a word is noticed by its silence', async () => {
    const etcd = await started();
    const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: etcd.clientPort } });
    closing.push(() => proxy.stop());
    const direct = opened(etcd.endpoint);
    await direct.identity();
    const url = `http://${proxy.host}:${proxy.port}`;
    const copy = copied(opened(url, { silenceMs: 500, callTimeoutMs: 500 }));
    await copy.until('a first state', () => copy.stateReasons.length === 1);
    proxy.set({ blackhole: true });
    const { revision } = await put(direct, 'a');
    await copy.until('the loss', () => copy.log.length > 0, 5_000);
    proxy.set({});
    proxy.cutAll();
    await copy.reached(revision);
    expect(copy.log[0]).toMatch(/no answer for 500 ms/);
  }, 60_000);

  test('the audit finds what a watch did not tell', async () => {
    const etcd = await started();
    const store = opened(etcd.endpoint, { auditIntervalMs: 300, auditGraceMs: 100 });
    await store.identity();
    await etcd.ctl(['put', '/untold/a', 'x']);
    // A range that grows behind the watch's back stands for a watcher that keeps silent.
    const ranges = [...RANGES];
    const copy = copied(store, undefined, ranges);
    await copy.until('a first state', () => copy.stateReasons.length === 1);
    ranges.push({ from: '/untold/', to: '/untold0' });
    await copy.until('the audit', () => copy.stateReasons.includes('audit'));
    expect([...copy.values.keys()]).toContain('/untold/a');
  }, 60_000);

  test('the audit raises no false alarm, in quiet and under constant writing', async () => {
    const etcd = await started();
    const store = opened(etcd.endpoint, { auditIntervalMs: 300, auditGraceMs: 100 });
    await store.identity();
    const copy = copied(store);
    await put(store, 'a');
    await copy.until('a', () => copy.values.size === 2);
    await sleep(1_000);
    expect(copy.stateReasons).toEqual(['first']);
    for (let index = 0; index < 300; index++) await put(store, `k${index % 20}`);
    await copy.expectEqual(store, RANGES);
    expect(copy.stateReasons).toEqual(['first']);
  }, 60_000);
});

async function restore(etcd: Etcd, file: string): Promise<void> {
  const { tryCommand } = await import('../../lab/obtain/command.ts');
  const peer = `http://127.0.0.1:${etcd.peerPort}`;
  const flags = ['--name', 'lab', '--data-dir', etcd.dataFolder];
  const cluster = ['--initial-cluster', `lab=${peer}`, '--initial-advertise-peer-urls', peer];
  const { programs, env } = etcd.paths;
  const tool = programs['etcdutl'] ?? (await clientOf34());
  const ran = await tryCommand(tool, ['snapshot', 'restore', file, ...flags, ...cluster], {
    env: { ...env, ETCDCTL_API: '3' },
    timeoutMs: 20_000,
  });
  if (ran.code !== 0) throw new Error(ran.stderr);
}

async function clientOf34(): Promise<string> {
  const { ensure } = await import('../../lab/components.ts');
  return (await ensure('etcd-client-3.4')).programs['etcdctl'] ?? '';
}
