/** How long a watch may be silent: a slow start is no death, and one slow start excuses no later. */

import { afterEach, expect, test } from 'vitest';
import { openEtcdStore } from '../../../src/store/etcd/etcd-store.ts';
import { startEtcd } from '../../lab/etcd.ts';
import { startFaultProxy } from '../../lab/fault-proxy.ts';
import { waitUntil } from '../../lab/process.ts';
import { CopyOfStore } from './copy-of-store.ts';
import { RANGES } from './cut-run.ts';

const SILENCE_MS = 400;
const LIMITS = { retryMinMs: 20, retryMaxMs: 100, progressIntervalMs: 100, silenceMs: SILENCE_MS };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test('a first event later than the silence allowed is waited for in the end; then as before', async () => {
  const etcd = await startEtcd({ version: '3.7' });
  closing.push(() => etcd.stop());
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: etcd.clientPort } });
  closing.push(() => proxy.stop());
  const store = openEtcdStore({ urls: [`http://127.0.0.1:${proxy.port}`], limits: LIMITS });
  closing.push(() => store.stop());
  const direct = openEtcdStore({ urls: [etcd.endpoint] });
  closing.push(() => direct.stop());
  const put = async (name: string) => {
    const puts = [{ key: `/skydns/example/${name}`, value: name }];
    return (await direct.commit({ compares: [], puts, deletes: [] })).revision;
  };
  const copy = new CopyOfStore(store, RANGES);
  closing.push(() => copy.stop());
  await copy.reached(await put('a'));

  // There and back takes longer than a watch may be silent: cut each time, it would never begin.
  proxy.set({ delayMs: SILENCE_MS * 0.75 });
  proxy.cutAll();
  await copy.reached(await put('b'));

  // Nobody writes any more: each time the patience learnt must be gone all the same.
  for (let round = 0; round < 4; round++) {
    proxy.set({});
    proxy.cutAll();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const before = silences(copy);
    proxy.set({ blackhole: true });
    const startedMs = performance.now();
    await waitUntil('the silence is noticed', () => silences(copy) > before, 10_000);
    expect(performance.now() - startedMs).toBeLessThan(SILENCE_MS * 3);
  }
});

function silences({ log }: CopyOfStore): number {
  return log.filter((line) => line.includes('no answer')).length;
}
