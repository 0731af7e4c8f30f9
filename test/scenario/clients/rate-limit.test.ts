/**
 * R23: a stranger who asks the same thing all the time gets TC instead of answers; configured
 * networks and loopback are exempt. Strangers have addresses that are not loopback's, so server and
 * asker stand in a network namespace of their own; without one only the exemption is shown here.
 */

import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { runCommand, tryCommand } from '../../lab/obtain/command.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { makePlace, serverPid, startServe, startUnder } from '../running-fedns.ts';
import { type BurstOptions, type BurstResult, burst } from './burst-asker.ts';

const SHARDS = `federation: f
domain: example.com
clusters: [{name: c1, region: r1, zones: [z1]}]
services:
  - {namespace: n, name: s, shards: [{cluster: c1, loadBalancer: [{ip: 192.0.2.1}], readyEndpoints: 1}]}
`;
const NAME = 's.n.f.svc.example.com';
const ASKER = fileURLToPath(new URL('./burst-asker.ts', import.meta.url));
const COUNT = 1000;
const RATE_LIMIT = { answersPerSecond: 100, burstSeconds: 1, exempt: ['198.51.100.0/24'] };
const SERVER = '192.0.2.1';
const STRANGER = '203.0.113.7';
const RESOLVER = '198.51.100.7';
const UP = `ip link set lo up && for a in ${SERVER} ${STRANGER} ${RESOLVER}; do ip addr add $a/32 dev lo; done && exec "$@"`;

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it('R23: loopback is never limited', async () => {
  const place = await makePlace({ shards: SHARDS, more: { rateLimit: RATE_LIMIT } });
  running.push(await startServe(place));
  const { port } = place;
  const heard = await burst({ from: '127.0.0.1', to: '127.0.0.1', port, count: COUNT, name: NAME });
  expect(heard).toMatchObject({ whole: COUNT, truncated: 0, silent: 0 });
});

it('R23: a stranger gets his rate and then TC, a configured resolver all', async () => {
  const unshare = ['unshare', '-Urn', 'sh', '-c', UP, 'sh'];
  const [command = '', ...args] = [...unshare, 'true'];
  const tried = await tryCommand(command, args);
  if (tried.code !== 0) {
    console.info(`no network namespace here (${tried.stderr.trim()}): unit tests show the rest`);
    return;
  }
  const place = await makePlace({
    shards: SHARDS,
    more: { listen: [`${SERVER}:5353`], rateLimit: RATE_LIMIT },
  });
  const server = await startUnder(place, unshare);
  running.push(server);
  const asked = { to: SERVER, port: 5353, count: COUNT, name: NAME };
  const resolver = await burstInside(server, { ...asked, from: RESOLVER });
  const stranger = await burstInside(server, { ...asked, from: STRANGER });
  console.info(
    `${COUNT} equal questions: a stranger got ${stranger.whole} answers and ${stranger.truncated} TC of at most ${stranger.largestTruncated} octets, a resolver ${resolver.whole} answers`,
  );
  expect(resolver).toMatchObject({ whole: COUNT, truncated: 0, silent: 0 });
  expect(stranger.silent).toBe(0);
  expect(stranger.whole).toBeGreaterThanOrEqual(100);
  // The burst, and the rate while asking: about a third of a second, here generously.
  expect(stranger.whole).toBeLessThan(500);
  expect(stranger.largestTruncated).toBeLessThan(100);
});

async function burstInside(server: RunningProcess, options: BurstOptions): Promise<BurstResult> {
  const inside = ['-t', String(serverPid(server)), '-U', '-n', '--preserve-credentials'];
  const asker = [process.execPath, '--disable-warning=ExperimentalWarning', ASKER];
  const said = await runCommand('nsenter', [...inside, ...asker, JSON.stringify(options)]);
  const result: BurstResult = JSON.parse(said);
  return result;
}
