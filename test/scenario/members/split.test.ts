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
let controllers: WatchedController[];

beforeAll(async () => {
  three = await startThreeMembers([{ name: 'web' }]);
  web = truthOf(three, 'web');
  const store = { kind: 'etcd', urls: [three.clusters.etcd.endpoint], folder: './state' };
  const watching = { ...watchingConfig(three), store };
  controllers = [
    await WatchedController.start('first', watching),
    await WatchedController.start('second', watching),
  ];
  await until(() => controllers.some((each) => each.leads));
  serve = await WatchedServe.start('serve', {
    config: { zones: ['example.com'], store },
    services: [{ truth: web }],
  });
  await serve.untilTrue(LIMIT_MS);
  serve.watchers.forEach((watcher) => watcher.takeScore());
}, 180_000);

afterAll(async () => {
  await Promise.all([serve?.stop(), ...(controllers ?? []).map((each) => each.stop())]);
  await stopThreeMembers(three);
});
