/**
 * A process of R25: while it leads it writes records without a pause, each saying by whom. It may be
 * stopped at any moment, and must write nothing once another has been elected meanwhile.
 *
 *   node contending-writer.ts ENDPOINT NUMBER BEAT_MS PATIENCE_MS
 */

import { RRType } from '../../../src/dns/codes.ts';
import { parseName } from '../../../src/dns/name.ts';
import { makeA } from '../../../src/dns/rdata/index.ts';
import { makeRRset } from '../../../src/dns/rrset.ts';
import type { Fence } from '../../../src/store/control/control-keys.ts';
import { Leadership } from '../../../src/store/control/leadership.ts';
import { openEtcdStore } from '../../../src/store/etcd/etcd-store.ts';
import { RecordWriter } from '../../../src/store/record-writer.ts';

const [endpoint = '', number = '', beatMs, patienceMs] = process.argv.slice(2);
const NAMES = Array.from({ length: 8 }, (_, at) => parseName(`n${at}.example.`));
const store = openEtcdStore({ urls: [endpoint] });
let generation = 0;
let count = 0;

const leadership = new Leadership({
  store,
  controlPrefix: '/fedns',
  name: 'w',
  holder: number,
  beatMs: Number(beatMs),
  patienceMs: Number(patienceMs),
  onElected: (fence) => void write(fence, ++generation),
  onLost: () => {
    generation++;
  },
});
leadership.start();

/** Goes on until it is told, or finds out, that it leads no more. */
async function write(fence: Fence, own: number): Promise<void> {
  const zones = [parseName('example.')];
  const writer = new RecordWriter({ store, prefix: '/skydns', writer: 'w', zones, fence });
  while (own === generation) {
    const owner = NAMES[count++ % NAMES.length] ?? parseName('n0.example.');
    const address = `10.${number}.${(count >> 8) & 255}.${count & 255}`;
    const rrsets = [makeRRset(owner, RRType.A, { ttlSeconds: 60, rdatas: [makeA(address)] })];
    try {
      await writer.apply([[{ owner, rrsets }]]);
    } catch {
      if (own === generation) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
