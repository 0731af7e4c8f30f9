/**
 * What etcd alone takes, on the same cores in the same hour: as many entries as the product writes, of
 * their size, from a writer that plans, follows and answers nothing. A cold start is told in its terms,
 * too, for the machine's hour decides both.
 */

import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import type { StoreCommit } from '../../src/store/record-store.ts';
import { startEtcd } from '../../test/lab/etcd.ts';
import { report } from '../progress.ts';

/** As the product's: below etcd's bound of 128 operations, so many commits at once. */
const PUTS_A_COMMIT = 125;
const COMMITS_AT_ONCE = 8;
const LEAF_LENGTH = 16;

/** Seconds. */
export async function rawPuts(entryCount: number): Promise<number> {
  const etcd = await startEtcd({ version: '3.7' });
  const store = openEtcdStore({ urls: [etcd.endpoint] });
  report(`etcd alone takes ${entryCount.toLocaleString('en-US')} entries`);
  const startedMs = performance.now();
  let at = 0;
  const lane = async () => {
    while (at < entryCount) {
      const from = at;
      at = Math.min(entryCount, from + PUTS_A_COMMIT);
      await store.commit(commitOf(from, at));
    }
  };
  await Promise.all(Array.from({ length: COMMITS_AT_ONCE }, lane));
  const seconds = (performance.now() - startedMs) / 1000;
  await store.stop();
  await etcd.stop();
  return seconds;
}

function commitOf(from: number, to: number): StoreCommit {
  const puts = Array.from({ length: to - from }, (_, index) => entryOf(from + index));
  return { compares: [], puts, deletes: [] };
}

/** Never two of one key. */
function entryOf(at: number): StoreCommit['puts'][number] {
  const member = at % 100;
  const service = Math.floor(at / 100);
  const leaf = at.toString(16).padStart(LEAF_LENGTH, '0');
  const place = `region-${member % 10}/zone-${member}`;
  return {
    key: `/skydns/com/example/${place}/svc/fed/ns-${service % 100}/service-${service}/${leaf}`,
    value: `{"host":"127.${member + 1}.${(service >> 8) & 255}.${service & 255}","ttl":180,"targetstrip":1,"owner":"members"}`,
  };
}
