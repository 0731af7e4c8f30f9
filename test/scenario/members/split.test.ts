/**
 * Split: two `fedns controller`s of which one leads, one `fedns serve`, and a real etcd between
 * them. A leader that is killed is followed; one that slept writes nothing when it wakes.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroundTruth } from './ground-truth.ts';
import {
  clusterOf,
  startThreeMembers,
  stopThreeMembers,
  type ThreeMembers,
  truthOf,
  turning,
  WEST_A,
  WEST_B,
  watchingConfig,
} from './three-members.ts';
import { WatchedController } from './watched-controller.ts';
import { score, WatchedServe } from './watched-serve.ts';

const ALLOWED_MS = 6000;
const LIMIT_MS = 40_000;
/** Patience of 10 s, a beat of 2 s, and the new one's first whole comparison. */
const TAKEOVER_LIMIT_MS = 15_000;

let three: ThreeMembers;
let web: GroundTruth;
let serve: WatchedServe;
let first: WatchedController;
let second: WatchedController;

beforeAll(async () => {
  three = await startThreeMembers([{ name: 'web' }]);
  web = truthOf(three, 'web');
  const store = { kind: 'etcd', urls: [three.clusters.etcd.endpoint], folder: './state' };
  const watching = { ...watchingConfig(three), store };
  first = await WatchedController.start('first', watching);
  await first.untilLeads(true, LIMIT_MS);
  second = await WatchedController.start('second', watching);
  const config = { zones: ['example.com'], store };
  serve = await WatchedServe.start('serve', { config, services: [{ truth: web }] });
  // Between its first answer and the first publishing there was nothing to be right about.
  await serve.untilTrue(LIMIT_MS);
  for (const watcher of serve.watchers) watcher.takeScore();
}, 180_000);

afterAll(async () => {
  await Promise.all([serve?.stop(), first?.stop(), second?.stop()]);
  await stopThreeMembers(three);
});

/** Scales it to 0, or back; without a leader that is seen only once there is one. */
async function scaled(cluster: string, replicas: number, allowedMs = ALLOWED_MS): Promise<number> {
  const turn = { clusters: [cluster], to: replicas === 0 ? 'out' : 'in', allowedMs } as const;
  await turning([web], turn, () => clusterOf(three, cluster).scale('web', replicas));
  return serve.untilTrue(LIMIT_MS);
}

/** Key -> the revision at which it was last written; all that controllers write but beats. */
async function writtenAt(): Promise<ReadonlyMap<string, number>> {
  const found = await Promise.all(
    ['/skydns/', '/fedns/', '/fedns-shards/'].map(async (prefix) => {
      const args = ['get', prefix, '--prefix', '--keys-only', '-w', 'json'];
      const { kvs = [] } = JSON.parse(await three.clusters.etcd.ctl(args)) as Listed;
      return kvs.map(({ key, mod_revision }): [string, number] => {
        return [Buffer.from(key, 'base64').toString(), mod_revision];
      });
    }),
  );
  return new Map(found.flat());
}

interface Listed {
  readonly kvs?: readonly { readonly key: string; readonly mod_revision: number }[];
}

describe('two controllers, one server, etcd', () => {
  it('one leads, and publishes', async () => {
    expect([await first.leads(), await second.leads()]).toEqual([true, false]);
    const out = await scaled(WEST_A, 0);
    const back = await scaled(WEST_A, 2);
    await score('published through etcd', [serve], { out, back });
  });

  it('the leader is killed -9: the other leads and goes on; the old one stands by', async () => {
    await first.process.kill9();
    const [out, leads] = await Promise.all([
      scaled(WEST_A, 0, TAKEOVER_LIMIT_MS + ALLOWED_MS),
      second.untilLeads(true, LIMIT_MS),
    ]);
    expect(leads).toBeLessThan(TAKEOVER_LIMIT_MS / 1000);
    await first.startAgain();
    const back = await scaled(WEST_A, 2);
    await sleep(3000);
    expect([await first.leads(), await second.leads()]).toEqual([false, true]);
    await score('leader killed', [serve], { leads, out, back });
  });

  it('the leader sleeps past its time, and writes nothing when it wakes', async () => {
    second.process.pause();
    const [out, leads] = await Promise.all([
      scaled(WEST_B, 0, TAKEOVER_LIMIT_MS + ALLOWED_MS),
      first.untilLeads(true, LIMIT_MS),
    ]);
    await sleep(1000);
    const before = await writtenAt();
    second.process.resume();
    const noticed = await second.untilLeads(false, LIMIT_MS);
    await sleep(8000);
    expect(await writtenAt()).toEqual(before);
    expect(before.size).toBeGreaterThan(6);
    expect([await first.leads(), await second.leads()]).toEqual([true, false]);
    const back = await scaled(WEST_B, 2);
    await score('leader asleep and woken', [serve], { leads, out, noticed, back });
  });

  it('the leader is stopped: the other need not wait', async () => {
    await first.process.stop();
    const leads = await second.untilLeads(true, LIMIT_MS);
    const out = await scaled(WEST_A, 0);
    await score('leader stopped', [serve], { leads, out });
  });
});
