/** A watch of a real etcd that nobody writes to: silence is not loss, and the first change comes. */

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openEtcdStore } from '../../../src/store/etcd/etcd-store.ts';
import { startEtcd } from '../../lab/etcd.ts';
import { CopyOfStore } from './copy-of-store.ts';
import { RANGES } from './cut-run.ts';

test.each(['3.4', '3.7'] as const)(
  'etcd %s: an idle store is not lost',
  async (version) => {
    const etcd = await startEtcd({ version });
    const limits = { progressIntervalMs: 50, silenceMs: 400 };
    const store = openEtcdStore({ urls: [etcd.endpoint], limits });
    const copy = new CopyOfStore(store, RANGES);
    try {
      await copy.until('the first state', () => copy.stateReasons.length > 0);
      await sleep(1500);
      const puts = [{ key: '/skydns/example/a', value: 'x' }];
      const { revision } = await store.commit({ compares: [], puts, deletes: [] });
      await copy.reached(revision);
      expect(copy.log).toEqual([]);
      expect(copy.stateReasons).toEqual(['first']);
    } finally {
      await copy.stop();
      await store.stop();
      await etcd.stop();
    }
  },
  30_000,
);
