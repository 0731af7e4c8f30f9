/**
 * Each cluster watched by a `fedns controller --contribute` of its own, which knows no other; one
 * `fedns serve` without any access to a cluster makes records of what they store in a real etcd.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroundTruth } from './ground-truth.ts';
import {
  clusterOf,
  EAST_C,
  setAddresses,
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

const CLUSTERS = [WEST_A, WEST_B, EAST_C];
const ALLOWED_MS = 6000;
/** Three beats of 2 s and half of one, or three probes; and the grace. The goal is 10 s. */
const DEATH_ALLOWED_MS = 10_000;
/** Patience of 10 s, and a beat of 2 s. */
const TAKEOVER_LIMIT_MS = 15_000;
const LIMIT_MS = 45_000;

let three: ThreeMembers;
let web: GroundTruth;
let serve: WatchedServe;
const contributors = new Map<string, WatchedController>();

function contributor(name: string): WatchedController {
  const found = contributors.get(name);
  if (found === undefined) throw new Error(`no contributor ${name}`);
  return found;
}

beforeAll(async () => {
  three = await startThreeMembers([{ name: 'web' }]);
  web = truthOf(three, 'web');
  const store = { kind: 'etcd', urls: [three.clusters.etcd.endpoint], folder: './state' };
  for (const cluster of CLUSTERS) {
    const others = CLUSTERS.filter((one) => one !== cluster);
    const { members } = watchingConfig(three, others) as { members: object };
    const config = { members, federation: { contributor: cluster }, store };
    contributors.set(cluster, await WatchedController.start(cluster, config));
  }
  const { federation } = watchingConfig(three) as { federation: object };
  const members = {
    contributors: CLUSTERS.map((name) => ({ name, allow: ['127.0.1.0/24'] })),
  };
  const config = { zones: ['example.com'], store, federation, members };
  serve = await WatchedServe.start('serve', { config, services: [{ truth: web }] });
  await serve.untilBegun(CLUSTERS.length, LIMIT_MS);
}, 180_000);

afterAll(async () => {
  await Promise.all([serve?.stop(), ...[...contributors.values()].map((each) => each.stop())]);
  await stopThreeMembers(three);
});

async function scaled(cluster: string, replicas: number, allowedMs = ALLOWED_MS): Promise<number> {
  const to = replicas === 0 ? 'out' : 'in';
  await turning([web], { clusters: [cluster], to, allowedMs }, () =>
    clusterOf(three, cluster).scale('web', replicas),
  );
  return serve.untilTrue(LIMIT_MS);
}

describe('three contributors, one that publishes', () => {
  it('what happens in a cluster is in the answers', async () => {
    const out = await scaled(WEST_A, 0);
    const back = await scaled(WEST_A, 2);
    await score('contributed', [serve], { out, back });
  });

  it('a contributor is killed -9: nothing moves; what it missed is followed on its return', async () => {
    await contributor(WEST_B).process.kill9();
    await sleep(10_000);
    await score('contributor gone', [serve]);
    await contributor(WEST_B).startAgain();
    await contributor(WEST_B).untilLeads(true, LIMIT_MS);
    const out = await scaled(WEST_B, 0);
    const back = await scaled(WEST_B, 2);
    await score('contributor back', [serve], { out, back });
  });

  it('a cluster dies with its contributor and its addresses: out within ten seconds', async () => {
    const turn = { clusters: [EAST_C], to: 'out', allowedMs: DEATH_ALLOWED_MS } as const;
    await turning([web], turn, async () => {
      await Promise.all([
        contributor(EAST_C).process.kill9(),
        setAddresses(three, [EAST_C], 'closed'),
      ]);
    });
    const out = await serve.untilTrue(LIMIT_MS);
    const back = { clusters: [EAST_C], to: 'in', allowedMs: LIMIT_MS } as const;
    await turning([web], back, async () => {
      await setAddresses(three, [EAST_C], 'open');
      await contributor(EAST_C).startAgain();
    });
    await score('cluster and contributor dead', [serve], {
      out,
      back: await serve.untilTrue(LIMIT_MS),
    });
    expect(out).toBeLessThan(DEATH_ALLOWED_MS / 1000);
  });

  it('who publishes is killed -9 and started again: nothing moves but what happens', async () => {
    await serve.restart();
    await sleep(5000);
    await score('publisher killed', [serve]);
    // It leads again once its former self's time is over.
    const out = await scaled(WEST_A, 0, TAKEOVER_LIMIT_MS);
    expect(await serve.alarm('suspecting-ourselves')).toBe(0);
    const back = await scaled(WEST_A, 2);
    await score('publisher restarted', [serve], { out, back });
  });
});
