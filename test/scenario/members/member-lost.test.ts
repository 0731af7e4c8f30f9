/**
 * Members that die, with the default times: their API, their addresses, a zone, a region, all of
 * them; and what comes back. Two servers watch: `steady`, and `killed`, which is killed and
 * started again in the midst of each. Each service but `web` has a policy of its own.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../running-fedns.ts';
import { foretold, observed } from './foretold.ts';
import type { GroundTruth } from './ground-truth.ts';
import {
  clusterOf,
  EAST_C,
  LOST_GRACE_MS,
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

const ALL = [WEST_A, WEST_B, EAST_C];
/** Three failures in a row, 2 s apart, each of 1 s at most, and the grace; the goal is 10 s. */
const DEATH_ALLOWED_MS = 10_000;
/** Of the API: a server that has forgotten our version is read anew, once in 30 s. */
const RETURN_ALLOWED_MS = 35_000;
const LIMIT_MS = 45_000;
const SUSPECTING = 'suspecting-ourselves';

let three: ThreeMembers;
let steady: WatchedServe;
let killed: WatchedServe;
let servers: readonly WatchedServe[];
let web: GroundTruth;
let withdrawn: GroundTruth;

beforeAll(async () => {
  three = await startThreeMembers([
    { name: 'web' },
    { name: 'kept', annotations: { 'fedns.io/when-unreachable': 'keep' } },
    { name: 'frozen', annotations: { 'fedns.io/when-unreachable': 'freeze' } },
    { name: 'withdrawn', annotations: { 'fedns.io/when-unreachable': 'withdraw' } },
  ]);
  web = truthOf(three, 'web');
  withdrawn = truthOf(three, 'withdrawn');
  const policed = [withdrawn, truthOf(three, 'kept'), truthOf(three, 'frozen')];
  const services = [{ truth: web }, ...policed.map((truth) => ({ truth, everyMs: 100 }))];
  const config = watchingConfig(three);
  [steady, killed] = await Promise.all([
    WatchedServe.start('steady', { config, services }),
    WatchedServe.start('killed', { config, services }),
  ]);
  servers = [steady, killed];
  await untilProbed();
}, 180_000);

afterAll(async () => {
  await Promise.all([steady?.stop(), killed?.stop()]);
  await stopThreeMembers(three);
});

async function untilTrue(truth: GroundTruth): Promise<number> {
  return Math.max(...(await Promise.all(servers.map((each) => each.untilTrue(LIMIT_MS, truth)))));
}

async function untilProbed(): Promise<void> {
  await Promise.all(servers.map((each) => each.untilProbed(three.services.length * ALL.length)));
}

async function untilMembers(names: readonly string[], api: 'fresh' | 'lost'): Promise<void> {
  await Promise.all(servers.map((each) => each.untilMembers(names, api, LIMIT_MS)));
}

interface Fate {
  readonly what: string;
  strike(names: readonly string[]): Promise<void>;
  undo(names: readonly string[]): Promise<void>;
}

/** As a power cut has it: all is refused. */
const KILLED: Fate = {
  what: 'killed',
  async strike(names) {
    await Promise.all([
      ...names.map((name) => clusterOf(three, name).apiserver.kill9()),
      setAddresses(three, names, 'closed'),
    ]);
  },
  async undo(names) {
    await setAddresses(three, names, 'open');
    await Promise.all(names.map((name) => clusterOf(three, name).restartApi()));
  },
};

/** As a cut network has it: the API says nothing. */
const CUT_OFF: Fate = {
  what: 'cut off',
  async strike(names) {
    for (const name of names) clusterOf(three, name).apiserver.pause();
    await setAddresses(three, names, 'closed');
  },
  async undo(names) {
    await setAddresses(three, names, 'open');
    for (const name of names) clusterOf(three, name).apiserver.resume();
  },
};

describe('members lost', () => {
  it('one API killed, one paused: nobody moves, but who asked for it', async () => {
    const lost = [WEST_A, WEST_B];
    const turn = { clusters: lost, allowedMs: DEATH_ALLOWED_MS + LOST_GRACE_MS } as const;
    await turning([withdrawn], { ...turn, to: 'out' }, async () => {
      clusterOf(three, WEST_B).apiserver.pause();
      await clusterOf(three, WEST_A).apiserver.kill9();
    });
    const hold = sleep(20_000);
    await untilMembers(lost, 'lost');
    const out = await untilTrue(withdrawn);
    await killed.restart();
    const located = (await killed.members()).map(({ name, region, zones, isSynced }) => {
      return `${name} ${zones.join()}.${region} ${isSynced}`;
    });
    expect(located).toEqual(['east-c c.east true', 'west-a a.west false', 'west-b b.west false']);
    await hold;
    await score('APIs of two killed and paused for 20 s', servers, { withdrawn: out });
    await turning([withdrawn], { ...turn, clusters: [WEST_B], to: 'in' }, async () => {
      clusterOf(three, WEST_B).apiserver.resume();
    });
    const back = await untilTrue(withdrawn);
    await untilMembers([WEST_B], 'fresh');
    await score('the paused API resumed', servers, { withdrawn: back });
  });

  it('its addresses die too: out, also after our restart; and back by the addresses', async () => {
    const turn = { clusters: [WEST_A], allowedMs: DEATH_ALLOWED_MS } as const;
    const setWest = (to: 'open' | 'closed') => () => setAddresses(three, [WEST_A], to);
    await turning([web], { ...turn, to: 'out' }, setWest('closed'));
    const out = await untilTrue(web);
    await killed.restart();
    await sleep(5000);
    await score('addresses dead too', servers, { out });
    await turning([web], { ...turn, to: 'in' }, setWest('open'));
    const back = await untilTrue(web);
    await turning(
      [withdrawn],
      { ...turn, allowedMs: RETURN_ALLOWED_MS, to: 'in' },
      clusterOf(three, WEST_A).restartApi,
    );
    const withdrawnBack = await untilTrue(withdrawn);
    await untilMembers(ALL, 'fresh');
    await score('addresses back, then the API', servers, { back, withdrawn: withdrawnBack });
  });

  it.each([
    { place: 'zone=b', dead: [WEST_B], fate: KILLED },
    { place: 'region=west', dead: [WEST_A, WEST_B], fate: CUT_OFF },
  ])('$place $fate.what, as foretold: up the ladder, and back', async ({ place, dead, fate }) => {
    const names = steady.watchers.flatMap(({ truth }) => truth.names);
    const told = await foretold(steady.place, { down: place, names });
    const turn = { clusters: dead, allowedMs: DEATH_ALLOWED_MS } as const;
    await turning([web, withdrawn], { ...turn, to: 'out' }, () => fate.strike(dead));
    const out = await untilTrue(web);
    await untilTrue(withdrawn);
    for (const server of servers) expect(await observed(server.place, names)).toEqual(told);
    await killed.restart();
    const returned = { ...turn, to: 'in', allowedMs: RETURN_ALLOWED_MS } as const;
    await turning([web, withdrawn], returned, () => fate.undo(dead));
    const back = await untilTrue(web);
    await untilTrue(withdrawn);
    await untilMembers(ALL, 'fresh');
    await untilProbed();
    await score(`${place} ${fate.what}`, servers, { out, back });
  });

  it('cut off, and we are killed and started again before we saw it: out all the same', async () => {
    const turn = { clusters: [EAST_C], allowedMs: DEATH_ALLOWED_MS } as const;
    await turning([web, withdrawn], { ...turn, to: 'out' }, async () => {
      await CUT_OFF.strike([EAST_C]);
      await sleep(2000);
      await killed.restart();
    });
    const out = await steady.untilTrue(LIMIT_MS, web);
    const outAfterRestart = await killed
      .untilTrue(2 * DEATH_ALLOWED_MS, web)
      .catch(() => Number.POSITIVE_INFINITY);
    const returned = { ...turn, to: 'in', allowedMs: RETURN_ALLOWED_MS } as const;
    await turning([web, withdrawn], returned, () => CUT_OFF.undo([EAST_C]));
    await untilTrue(web);
    await untilTrue(withdrawn);
    await untilMembers(ALL, 'fresh');
    await untilProbed();
    await score('cut off before our restart', servers, { out, outAfterRestart });
  });

  it('everything at once: we suspect ourselves, say so, and nothing moves', async () => {
    await untilTrue(web);
    await untilTrue(withdrawn);
    await CUT_OFF.strike(ALL);
    const hold = sleep(18_000);
    await untilMembers(ALL, 'lost');
    expect(await steady.alarm(SUSPECTING)).toBe(1);
    expect(steady.log).toContain(`"alarm":"${SUSPECTING}"`);
    await killed.restart();
    await hold;
    await score('everything cut off', servers);
  });

  it('one after another is seen again: nobody moves', async () => {
    await CUT_OFF.undo([WEST_A]);
    await sleep(3000);
    await CUT_OFF.undo([WEST_B, EAST_C]);
    await untilMembers(ALL, 'fresh');
    await untilProbed();
    expect(await until(async () => (await steady.alarm(SUSPECTING)) === 0, LIMIT_MS)).toBe(true);
    await sleep(2000);
    await score('everything seen again', servers);
  });
});
