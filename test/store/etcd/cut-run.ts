/** Test support: connections cut at any byte under writes; the copy must equal the store. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { openEtcdStore } from '../../../src/store/etcd/etcd-store.ts';
import { startEtcd } from '../../lab/etcd.ts';
import { startFaultProxy } from '../../lab/fault-proxy.ts';
import { CopyOfStore, seededRandom } from './copy-of-store.ts';

export const RANGES = [
  { from: '/skydns/example', to: '/skydns/example0' },
  { from: '/fedns/', to: '/fedns0' },
];

export interface CutRun {
  readonly version: '3.4' | '3.7';
  readonly cuts: number;
  readonly writes: number;
  readonly seed: number;
}

export async function cutRun({ version, cuts, writes, seed }: CutRun): Promise<string> {
  const random = seededRandom(seed);
  const etcd = await startEtcd({ version });
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: etcd.clientPort } });
  const limits = { retryMinMs: 5, retryMaxMs: 50, progressIntervalMs: 100, settleMs: 250 };
  const direct = openEtcdStore({ urls: [etcd.endpoint] });
  const store = openEtcdStore({ urls: [`http://${proxy.host}:${proxy.port}`], limits });
  await direct.identity();
  const copy = new CopyOfStore(store, RANGES);
  try {
    await copy.until('a first state', () => copy.stateReasons.length > 0);
    let written = 0;
    const writing = (async () => {
      for (; written < writes; written++) {
        // Spread over the cuts, so that every cut falls among writes.
        while (written / writes > (proxy.counts.cuts + 2) / cuts) await sleep(1);
        await writeOne(direct, random, written);
      }
    })();
    while (proxy.counts.cuts < cuts || written < writes) {
      if (proxy.counts.cuts < cuts) await cutOnce(proxy, random);
      else await sleep(20);
      if (proxy.counts.cuts >= cuts) proxy.set({});
    }
    await writing;
    proxy.set({});
    await copy.expectEqual(direct, RANGES);
    return `seed ${seed}: ${proxy.counts.cuts} cuts, ${copy.changeCount} changes, states: ${copy.stateReasons}`;
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  } finally {
    await copy.stop();
    await Promise.all([store.stop(), direct.stop(), proxy.stop(), etcd.stop()]);
    expect(copy.stateReasons[0]).toBe('first');
  }
}

type Store = ReturnType<typeof openEtcdStore>;

/** Puts and deletes, in one range or in both at once; some values are long. */
async function writeOne(store: Store, random: () => number, index: number): Promise<void> {
  const key = (prefix: string) => `${prefix}${Math.floor(random() * 40)}`;
  const value = 'x'.repeat(random() < 0.05 ? 20_000 : Math.floor(random() * 200));
  const record = { key: key('/skydns/example/web/'), value: `${index} ${value}` };
  const control = { key: key('/fedns/removals/'), value: `${index}` };
  const kind = random();
  await store.commit({
    compares: [],
    puts: kind < 0.3 ? [record, control] : kind < 0.6 ? [record] : kind < 0.8 ? [control] : [],
    deletes: kind < 0.8 ? [] : [record.key, control.key],
  });
}

async function cutOnce(
  proxy: Awaited<ReturnType<typeof startFaultProxy>>,
  random: () => number,
): Promise<void> {
  const before = proxy.counts.cuts;
  const direction = random() < 0.7 ? 'toClient' : 'toServer';
  const bytes = Math.floor(random() ** 2 * (direction === 'toClient' ? 8_000 : 600));
  proxy.set({ cutAfter: { direction, bytes } });
  const end = performance.now() + 400;
  while (proxy.counts.cuts === before && performance.now() < end) await sleep(1);
}
