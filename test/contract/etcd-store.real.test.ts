/** Runs the record store contract on real etcd, 3.4 and 3.7; one server each, a namespace a test. */
import { afterAll, beforeAll, describe } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { type Etcd, startEtcd } from '../lab/etcd.ts';
import { recordStoreSuite } from './record-store.suite.ts';

describe.each(['3.4', '3.7'] as const)('etcd %s', (version) => {
  let etcd: Etcd;
  let count = 0;
  beforeAll(async () => {
    etcd = await startEtcd({ version });
  }, 60_000);
  afterAll(() => etcd?.stop());

  recordStoreSuite(`etcd ${version}`, async () => {
    count += 1;
    const store = openEtcdStore({ urls: [etcd.endpoint], namespace: `/test-${count}` });
    await store.identity();
    return { store, close: () => store.stop() };
  });
});
