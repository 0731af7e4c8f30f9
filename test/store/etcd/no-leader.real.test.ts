/** Three etcd members: one that hangs, and one left without a leader (R13). */
import { afterEach, expect, test } from 'vitest';
import { type EtcdStore, openEtcdStore } from '../../../src/store/etcd/etcd-store.ts';
import { type Etcd, startEtcd, whenEtcdReady } from '../../lab/etcd.ts';
import { freePort } from '../../lab/free-port.ts';
import { CopyOfStore } from './copy-of-store.ts';
import { RANGES } from './cut-run.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function threeMembers(): Promise<Etcd[]> {
  const peerPorts = [await freePort(), await freePort(), await freePort()];
  const peers = peerPorts.map((port, index) => `m${index}=http://127.0.0.1:${port}`).join(',');
  const starting = peerPorts.map((peerPort, index) =>
    startEtcd({ version: '3.7', peerPort, cluster: { name: `m${index}`, members: peers } }),
  );
  const members = await Promise.all(starting);
  for (const member of members) closing.push(() => member.stop());
  await Promise.all(members.map(whenEtcdReady));
  return members;
}

function opened(urls: readonly string[], silenceMs = 2_000): EtcdStore {
  const limits = { retryMinMs: 20, retryMaxMs: 300, silenceMs, callTimeoutMs: 2_000 };
  const store = openEtcdStore({ urls, limits });
  closing.push(() => store.stop());
  return store;
}

test('a member that hangs is left for another; one without a leader is no source', async () => {
  const members = await threeMembers();
  const urls = members.map(({ endpoint }) => endpoint);
  const [first, second, third] = members as [Etcd, Etcd, Etcd];
  const writer = opened(urls.slice(1));
  await writer.identity();
  const put = async (name: string) => {
    for (let attempt = 1; ; attempt++) {
      try {
        const puts = [{ key: `/skydns/example/${name}`, value: name }];
        return (await writer.commit({ compares: [], puts, deletes: [] })).revision;
      } catch (error) {
        if (attempt === 20) throw error;
      }
    }
  };
  const copy = new CopyOfStore(opened(urls), RANGES);
  closing.push(() => copy.stop());
  await copy.reached(await put('a'));
  first.pause();
  const pausedAt = performance.now();
  await copy.reached(await put('b'));
  const firstGapMs = performance.now() - pausedAt;
  first.resume();
  expect(firstGapMs).toBeLessThan(15_000);

  // So patient that only etcd itself can say it: the stream asks for a leader.
  const alone = new CopyOfStore(opened([first.endpoint], 30_000), RANGES);
  closing.push(() => alone.stop());
  await alone.until('the state', () => alone.stateReasons.length === 1);
  await Promise.all([second.kill9(), third.kill9()]);
  await alone.until('the loss', () => alone.log.length > 0, 15_000);
  expect(alone.log[0]).toMatch(/no leader/);
  const again = await second.again();
  closing.push(() => again.stop());
  await whenEtcdReady(again);
  await alone.reached(await put('c'));
  expect(alone.stateReasons).toEqual(['first']);
  await alone.expectEqual(writer, RANGES);
  console.info(`a hanging member: ${Math.round(firstGapMs)} ms until another one told more`);
}, 90_000);
