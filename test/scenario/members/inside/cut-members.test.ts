/**
 * Members that are cut off by a packet filter: nobody answers, and nobody refuses. Runs in a network
 * namespace of its own (../cut.test.ts), where lo is ours to cut.
 */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensure } from '../../../lab/components.ts';
import { runCommand } from '../../../lab/obtain/command.ts';
import { temporaryFolder } from '../../../lab/process.ts';
import type { GroundTruth } from '../ground-truth.ts';
import {
  addressOf,
  clusterOf,
  EAST_C,
  startThreeMembers,
  stopThreeMembers,
  type ThreeMembers,
  truthOf,
  turning,
  WEST_A,
  watchingConfig,
} from '../three-members.ts';
import { score, WatchedServe } from '../watched-serve.ts';

const ALLOWED_MS = 6000;
/** Three time-outs of 1 s, 2 s apart, and the grace; the goal is 10 s. */
const DEATH_ALLOWED_MS = 10_000;
/** Packets that were lost are sent again later and later. */
const RETURN_ALLOWED_MS = 60_000;
const LIMIT_MS = 75_000;

let three: ThreeMembers;
let serve: WatchedServe;
let web: GroundTruth;

beforeAll(async () => {
  three = await startThreeMembers([{ name: 'web' }]);
  web = truthOf(three, 'web');
  const config = watchingConfig(three);
  serve = await WatchedServe.start('serve', { config, services: [{ truth: web }] });
  await serve.untilBegun(3, LIMIT_MS);
}, 180_000);

afterAll(async () => {
  await serve?.stop();
  await stopThreeMembers(three);
});

/** Of the API server of this member, or of its address: to it and from it. */
async function filter(what: 'cut' | 'mend', rule: readonly string[]): Promise<void> {
  const { programs, env } = await ensure('iptables');
  const libraries = (env['LD_LIBRARY_PATH'] ?? '').split(':')[0] ?? '';
  const verb = what === 'cut' ? '-I' : '-D';
  const args = [verb, 'INPUT', '-i', 'lo', '-p', 'tcp', ...rule, '-j', 'DROP'];
  const lock = join(temporaryFolder('iptables'), 'lock');
  const place = { XTABLES_LIBDIR: join(libraries, 'xtables'), XTABLES_LOCKFILE: lock };
  await runCommand(programs['iptables'] ?? '', args, { env: { ...env, ...place } });
}

function apiRules(cluster: string): string[][] {
  const { port } = new URL(clusterOf(three, cluster).server);
  return [
    ['--dport', port],
    ['--sport', port],
  ];
}

async function scaled(cluster: string, replicas: number, allowedMs: number): Promise<number> {
  const to = replicas === 0 ? 'out' : 'in';
  await turning([web], { clusters: [cluster], to, allowedMs }, () =>
    clusterOf(three, cluster).scale('web', replicas),
  );
  return serve.untilTrue(LIMIT_MS);
}

describe('a packet filter', () => {
  it('between us and an API: lost, and nobody moves; mended: followed again', async () => {
    for (const rule of apiRules(WEST_A)) await filter('cut', rule);
    await serve.untilMembers([WEST_A], 'lost', LIMIT_MS);
    await sleep(10_000);
    await score('API cut', [serve]);
    for (const rule of apiRules(WEST_A)) await filter('mend', rule);
    await serve.untilMembers([WEST_A], 'fresh', LIMIT_MS);
    const out = await scaled(WEST_A, 0, RETURN_ALLOWED_MS);
    const back = await scaled(WEST_A, 2, ALLOWED_MS);
    await score('API mended', [serve], { out, back });
  });

  it('before an API and its addresses: out within ten seconds; mended: back', async () => {
    const address = ['--dport', String(three.port), '-d', addressOf(0, EAST_C)];
    const rules = [...apiRules(EAST_C), address];
    const turn = { clusters: [EAST_C], to: 'out', allowedMs: DEATH_ALLOWED_MS } as const;
    await turning([web], turn, async () => {
      for (const rule of rules) await filter('cut', rule);
    });
    const out = await serve.untilTrue(LIMIT_MS);
    expect(out).toBeLessThan(DEATH_ALLOWED_MS / 1000);
    await turning(
      [web],
      { clusters: [EAST_C], to: 'in', allowedMs: RETURN_ALLOWED_MS },
      async () => {
        for (const rule of rules) await filter('mend', rule);
      },
    );
    const back = await serve.untilTrue(LIMIT_MS);
    await score('API and address cut', [serve], { out, back });
  });
});
