/**
 * R22: a flood of random names, far above what the machine can do. A client with 100 good questions
 * a second gets at least its fair share, and nothing grows: no memory by name, no log by query.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from 'dns-packet';
import { afterEach, expect, it } from 'vitest';
import { program } from '../../../bench/load/programs.ts';
import { tryCommand } from '../../lab/obtain/command.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { ends, makePlace, residentMb, startServe, until } from '../running-fedns.ts';
import { SteadyAsker, tell } from '../steady-asker.ts';

const SHARDS = `federation: f
domain: example.com
clusters: [{name: c1, region: r1, zones: [z1]}]
services:
  - {namespace: n, name: s, shards: [{cluster: c1, loadBalancer: [{ip: 192.0.2.1}], readyEndpoints: 1}]}
`;
const NAME = 's.n.f.svc.example.com';
const SECONDS = 30;
const RANDOM_NAMES = 60_000;

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it.each([20_000, 150_000])('R22: %i random names a second', async (rate) => {
  const place = await makePlace({ shards: SHARDS });
  const server = await startServe(place);
  running.push(server);
  expect(await until(async () => (await ends(place.port, NAME)) === '192.0.2.1', 5000)).toBe(true);
  const queries = join(place.folder, 'queries');
  writeFileSync(queries, randomQueries());
  const before = { mb: residentMb(server), log: server.log().length };
  const good = new SteadyAsker({ port: place.port, perSecond: 100, names: [NAME] });
  good.start();
  const flooding = tryCommand(
    await program('loadgen'),
    [
      '--port',
      `${place.port}`,
      '--seconds',
      `${SECONDS}`,
      '--rate',
      `${rate}`,
      '--queries',
      queries,
    ],
    { timeoutMs: (SECONDS + 20) * 1000 },
  );
  // The first third warms up; what grows after it is a leak.
  await sleep((SECONDS * 1000) / 3);
  const warmMb = residentMb(server);
  const flood: { sent: number; received: number } = JSON.parse((await flooding).stdout);
  const score = await good.stop();
  const goodShare = score.good / score.sent;
  const floodShare = flood.received / flood.sent;
  const grownMb = Math.round(residentMb(server) - warmMb);
  tell(`flood of ${rate} a second`, score);
  console.info(
    `good client ${(100 * goodShare).toFixed(1)} % answered (target 99), flood ${(100 * floodShare).toFixed(1)} % of ${flood.sent}; RSS ${Math.round(before.mb)} -> ${Math.round(warmMb)} MB, then +${grownMb} MB`,
  );
  expect(score.wrong).toBe(0);
  expect(goodShare).toBeGreaterThan(Math.min(0.99, floodShare - 0.1));
  expect(grownMb).toBeLessThan(30);
  expect(server.log().length - before.log).toBeLessThan(2000);
});

function randomQueries(): Buffer {
  const parts: Buffer[] = [];
  for (let index = 0; index < RANDOM_NAMES; index++) {
    const name = `${Math.random().toString(36).slice(2)}.example.com`;
    const query = encode({ type: 'query', id: 0, questions: [{ type: 'A', name }] });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    parts.push(length, query);
  }
  return Buffer.concat(parts);
}
