/** An etcd on the load generator's core that holds the zone's keys. */

import { openEtcdStore } from '../src/store/etcd/etcd-store.ts';
import { type Etcd, startEtcd } from '../test/lab/etcd.ts';
import { startOthersHere, startServersHere } from './load/cores.ts';
import { report } from './progress.ts';
import { skydnsKeys } from './service-zone.ts';

/** etcd's own bound is 128 operations a transaction. */
const PUTS_A_COMMIT = 120;
const COMMITS_AT_ONCE = 8;

export async function startFilledEtcd(names: number): Promise<Etcd> {
  await startOthersHere();
  const etcd = await startEtcd({ version: '3.7' });
  const puts = [...skydnsKeys(names)];
  report(`etcd takes ${puts.length} keys`);
  const store = openEtcdStore({ urls: [etcd.endpoint] });
  const commits: (typeof puts)[] = [];
  for (let at = 0; at < puts.length; at += PUTS_A_COMMIT) {
    commits.push(puts.slice(at, at + PUTS_A_COMMIT));
  }
  for (let at = 0; at < commits.length; at += COMMITS_AT_ONCE) {
    const some = commits.slice(at, at + COMMITS_AT_ONCE);
    await Promise.all(some.map((each) => store.commit({ compares: [], puts: each, deletes: [] })));
  }
  await store.stop();
  await startServersHere();
  return etcd;
}
