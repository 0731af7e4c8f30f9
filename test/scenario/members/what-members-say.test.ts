/**
 * What owners and operators do while all is reachable: a Deployment scaled, a Service deleted and
 * made again, a drain, a member leaving, a restart of ours. The answers follow, and none is wrong.
 * At the end we are cut off from all of it: of three addresses only the members' APIs tell us so.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CANARY_FIRST_MS } from '../../../src/publish/limits.ts';
import type { HopTimes } from '../../../src/publish/propagation.ts';
import { fedns, metrics, until } from '../running-fedns.ts';
import type { GroundTruth } from './ground-truth.ts';
import {
  clusterOf,
  deploy,
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
import { score, WatchedServe } from './watched-serve.ts';

/** From kubectl's end: controllers, kwok and we are all in it. */
const ALLOWED_MS = 6000;
const LIMIT_MS = 20_000;
const WEB = { name: 'web' };

let three: ThreeMembers;
let serve: WatchedServe;
let web: GroundTruth;

beforeAll(async () => {
  three = await startThreeMembers([WEB]);
  web = truthOf(three, 'web');
  serve = await WatchedServe.start('serve', {
    config: watchingConfig(three),
    services: [{ truth: web }],
  });
}, 180_000);

afterAll(async () => {
  await serve?.stop();
  await stopThreeMembers(three);
});

/** Does it, waits for the answers, and gives the seconds. */
async function turned(
  cluster: string,
  to: 'in' | 'out' | 'gone',
  action: () => Promise<unknown>,
): Promise<number> {
  await turning([web], { clusters: [cluster], to, allowedMs: ALLOWED_MS }, action);
  return serve.untilTrue(LIMIT_MS);
}

describe('three members, all reachable', () => {
  it('a Deployment is scaled to 0 and back', async () => {
    const west = clusterOf(three, WEST_A);
    const out = await turned(WEST_A, 'out', () => west.scale('web', 0));
    const back = await turned(WEST_A, 'in', () => west.scale('web', 2));
    await score('scaled to 0 and back', [serve], { out, back });
  });

  it('a Service is deleted and made again', async () => {
    const east = clusterOf(three, EAST_C);
    const out = await turned(EAST_C, 'out', () => east.kubectl(['delete', 'service', 'web']));
    const back = await turned(EAST_C, 'in', () => deploy(three, EAST_C, WEB));
    await score('Service deleted and made again', [serve], { out, back });
  });

  it('the last copies go too: empty, not gone; and come back', async () => {
    const all = [WEST_A, WEST_B, EAST_C];
    const scaleAll = (replicas: number) => () =>
      Promise.all(all.map((name) => clusterOf(three, name).scale('web', replicas)));
    const turn = { clusters: all, allowedMs: ALLOWED_MS };
    await turning([web], { ...turn, to: 'out' }, scaleAll(0));
    const out = await serve.untilTrue(LIMIT_MS);
    await turning([web], { ...turn, to: 'in' }, scaleAll(2));
    const back = await serve.untilTrue(LIMIT_MS);
    await score('all scaled to 0 and back', [serve], { out, back });
  });

  it('how long changes took on their way is known, hop by hop', async () => {
    // The first canary is written two seconds after the start, and the story is quicker at times.
    const ended = 'fedns_propagation_seconds_count{hop="endToEnd"}';
    const isAsked = async () => ((await metrics(serve.place)).get(ended) ?? 0) > 0;
    expect(await until(isAsked, CANARY_FIRST_MS + ALLOWED_MS)).toBe(true);
    const { stdout } = await fedns(serve.place, ['status', '-o', 'json']);
    const { propagation } = JSON.parse(stdout) as { propagation: Record<string, HopTimes> };
    const hops = ['seen', 'decided', 'stored', 'served', 'endToEnd'];
    const times = hops.map((hop) => [hop, propagation[hop]?.p99Ms ?? Number.NaN] as const);
    process.stdout.write(`p99, ms: ${times.map(([hop, ms]) => `${hop} ${ms.toFixed(1)}`)}\n`);
    for (const [hop, ms] of times) expect(ms, hop).toBeLessThan(ALLOWED_MS);
    const page = await metrics(serve.place);
    for (const hop of hops) {
      const count = page.get(`fedns_propagation_seconds_count{hop="${hop}"}`);
      expect(count, hop).toBe(propagation[hop]?.count);
    }
  });

  it('a cluster and a service of a cluster are drained and let back', async () => {
    const times: Record<string, number> = {};
    for (const subject of [WEST_B, `${WEST_A}/default/web`]) {
      const cluster = subject.split('/')[0] ?? '';
      for (const [verb, to] of [
        ['drain', 'out'],
        ['undrain', 'in'],
      ] as const) {
        const said: string[] = [];
        times[`${verb} ${subject}`] = await turned(cluster, to, async () => {
          const { code, stdout } = await fedns(serve.place, [verb, subject]);
          said.push(`${code} ${stdout}`);
        });
        expect(said.join()).toMatch(/^0 .*(drained|back): 1 services; .* in \d+ s/);
      }
    }
    await score('drained and let back', [serve], times);
  });

  it('a drain outlives kill -9 of ours; nothing else moves', async () => {
    const drain = (verb: string) => () => fedns(serve.place, [verb, WEST_B]);
    const out = await turned(WEST_B, 'out', drain('drain'));
    await serve.restart();
    await sleep(3000);
    const back = await turned(WEST_B, 'in', drain('undrain'));
    await score('drained, killed and started again', [serve], { out, back });
  });

  it('kill -9 of ours while nothing is wrong: nobody is moved', async () => {
    await serve.restart();
    await sleep(3000);
    await score('killed and started again', [serve]);
  });

  it('a scaling that we slept through is seen at the start', async () => {
    const west = clusterOf(three, WEST_A);
    const asleep = turning(
      [web],
      { clusters: [WEST_A], to: 'out', allowedMs: ALLOWED_MS },
      async () => {
        const restarted = serve.restart();
        await west.scale('web', 0);
        await restarted;
      },
    );
    await asleep;
    const out = await serve.untilTrue(LIMIT_MS);
    const back = await turned(WEST_A, 'in', () => west.scale('web', 2));
    await score('scaled to 0 during our restart', [serve], { out, back });
  });

  it('a member that is configured no more takes its names with it; and comes again', async () => {
    const gone = await turned(WEST_B, 'gone', async () =>
      serve.reconfigure(watchingConfig(three, [WEST_B])),
    );
    expect((await serve.members()).map(({ name }) => name)).toEqual([EAST_C, WEST_A]);
    const back = await turned(WEST_B, 'in', async () => serve.reconfigure(watchingConfig(three)));
    await score('a member left and joined', [serve], { gone, back });
  });

  it('we are cut off from everything at once, and see it again at once: nobody moves', async () => {
    const all = [WEST_A, WEST_B, EAST_C];
    await serve.untilMembers(all, 'fresh', LIMIT_MS);
    await serve.untilProbed(all.length);
    // What turned in the stories before is settled: nothing is forgiven.
    await sleep(ALLOWED_MS);
    for (const name of all) clusterOf(three, name).apiserver.pause();
    await setAddresses(three, all, 'closed');
    await sleep(12_000);
    await serve.untilMembers(all, 'lost', LIMIT_MS);
    expect(await serve.alarm('suspecting-ourselves')).toBe(1);
    await setAddresses(three, all, 'open');
    for (const name of all) clusterOf(three, name).apiserver.resume();
    await serve.untilMembers(all, 'fresh', LIMIT_MS);
    await serve.untilProbed(all.length);
    await score('cut off from everything, and back', [serve]);
  });
});
