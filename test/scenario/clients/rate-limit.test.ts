/**
 * R23: a stranger who asks the same thing all the time gets TC instead of answers; configured
 * networks and loopback are exempt. Strangers have addresses that are not loopback's, so server and
 * asker stand in a network namespace of their own; without one only the exemption is shown here.
 */

import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { runCommand, tryCommand } from '../../lab/obtain/command.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { makePlace, serverPid, startUnder } from '../running-fedns.ts';
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
const LIMITS = [
  ...['--rate-limit-answers-per-second', '100', '--rate-limit-burst-seconds', '1'],
  ...['--rate-limit-exempt', '198.51.100.0/24'],
];
const SERVER = '192.0.2.1';
const STRANGER = '203.0.113.7';
const RESOLVER = '198.51.100.7';
const UP = `ip link set lo up && for a in ${SERVER} ${STRANGER} ${RESOLVER}; do ip addr add $a/32 dev lo; done && exec "$@"`;

const ALONE = ['unshare', '-Urn', 'sh', '-c', UP, 'sh'];

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it('R23: a stranger gets his rate and then TC; a configured resolver and loopback all', async () => {
  const isAlone = await canBeAlone();
  if (!isAlone) console.info('no network namespace here: unit tests show what a stranger gets');
  const place = await makePlace({ shards: SHARDS });
  const listen = [`127.0.0.1:${place.port}`, ...(isAlone ? [`${SERVER}:${place.port}`] : [])];
  const server = await startUnder(place, isAlone ? ALONE : [], {
    args: [...listen.flatMap((one) => ['--listen', one]), ...LIMITS],
  });
  running.push(server);
  const asked = { port: place.port, count: COUNT, name: NAME };
  const local = { ...asked, from: '127.0.0.1', to: '127.0.0.1' };
  const all = { whole: COUNT, truncated: 0, silent: 0 };
  expect(await (isAlone ? burstInside(server, local) : burst(local))).toMatchObject(all);
  if (!isAlone) return;
  const resolver = await burstInside(server, { ...asked, to: SERVER, from: RESOLVER });
  const stranger = await burstInside(server, { ...asked, to: SERVER, from: STRANGER });
  console.info(
    `${COUNT} equal questions: a stranger got ${stranger.whole} answers and ${stranger.truncated} TC of at most ${stranger.largestTruncated} octets, a resolver ${resolver.whole} answers`,
  );
  expect(resolver).toMatchObject(all);
  expect(stranger.silent).toBe(0);
  expect(stranger.whole).toBeGreaterThanOrEqual(100);
  // The burst, and the rate while asking: about a third of a second, here generously.
  expect(stranger.whole).toBeLessThan(500);
  expect(stranger.largestTruncated).toBeLessThan(100);
});

async function canBeAlone(): Promise<boolean> {
  const [command = '', ...args] = [...ALONE, 'true'];
  return (await tryCommand(command, args)).code === 0;
}

async function burstInside(server: RunningProcess, options: BurstOptions): Promise<BurstResult> {
  const inside = ['-t', String(serverPid(server)), '-U', '-n', '--preserve-credentials'];
  const asker = [process.execPath, '--disable-warning=ExperimentalWarning', ASKER];
  const said = await runCommand('nsenter', [...inside, ...asker, JSON.stringify(options)]);
  const result: BurstResult = JSON.parse(said);
  return result;
}
