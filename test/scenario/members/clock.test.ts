/**
 * R24 with members: the wall clock jumps by an hour, back, and by ten years while we watch them.
 * Graces, probes, the election and what is remembered go by the monotonic clock: nobody is moved.
 * (Certificates are the exception: ten years on none is valid, so every API is lost, and we suspect
 * ourselves.)
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeClock, startFakeClock } from '../../lab/fake-clock.ts';
import type { GroundTruth } from './ground-truth.ts';
import {
  clusterOf,
  startThreeMembers,
  stopThreeMembers,
  type ThreeMembers,
  truthOf,
  turning,
  WEST_A,
  watchingConfig,
} from './three-members.ts';
import { score, WatchedServe } from './watched-serve.ts';

const ALLOWED_MS = 6000;
/** A certificate that was not valid is tried again after a while. */
const RETURN_ALLOWED_MS = 35_000;
const LIMIT_MS = 45_000;

let three: ThreeMembers;
let clock: FakeClock;
let serve: WatchedServe;
let web: GroundTruth;

beforeAll(async () => {
  clock = await startFakeClock();
  three = await startThreeMembers([
    { name: 'web', annotations: { 'fedns.io/when-unreachable': 'withdraw' } },
  ]);
  web = truthOf(three, 'web');
  const store = { kind: 'etcd', urls: [three.clusters.etcd.endpoint], folder: './state' };
  const config = { ...watchingConfig(three), zones: ['example.com'], store };
  serve = await WatchedServe.start('serve', { config, services: [{ truth: web }], env: clock.env });
  await serve.untilBegun(3, LIMIT_MS);
}, 180_000);

afterAll(async () => {
  await serve?.stop();
  await stopThreeMembers(three);
});

async function scaled(replicas: number, allowedMs = ALLOWED_MS): Promise<number> {
  const to = replicas === 0 ? 'out' : 'in';
  await turning([web], { clusters: [WEST_A], to, allowedMs }, () =>
    clusterOf(three, WEST_A).scale('web', replicas),
  );
  return serve.untilTrue(LIMIT_MS);
}

describe('the wall clock jumps', () => {
  it.each(['+1h', '+0', '-1h', '+0'])(
    '%s: nobody is moved, and what happens is followed',
    async (offset) => {
      clock.set(offset);
      // Longer than every grace of the configuration.
      await sleep(7000);
      const isValid = offset !== '-1h';
      const times = isValid ? { out: await scaled(0), back: await scaled(2) } : {};
      await score(`clock ${offset}`, [serve], times);
    },
  );

  it('ten years: all members are lost at once, nothing moves; and back', async () => {
    clock.set('+10y');
    await sleep(15_000);
    await score('clock +10 years', [serve]);
    clock.set('+0');
    const out = await scaled(0, RETURN_ALLOWED_MS);
    const back = await scaled(2);
    await score('clock right again', [serve], { out, back });
    expect(serve.log).not.toMatch(/another leads|standing by/);
  });
});
