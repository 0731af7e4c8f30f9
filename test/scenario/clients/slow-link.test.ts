/**
 * Answers that the kernel cannot take at once: on a link slower than they are made they wait, and
 * each still says what it was asked. The slow link is a network namespace's own.
 */

import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import type { RunningProcess } from '../../lab/process.ts';
import { makePlace, startServe, startUnder } from '../running-fedns.ts';
import { askAll, type CrowdResult, crowdShards } from './crowd-asker.ts';
import { alone, canBeAlone, inside } from './own-network.ts';

const COUNT = 400;
const RECORDS = 60;
const ASKER = fileURLToPath(new URL('./crowd-asker.ts', import.meta.url));
/** 400 answers of 1 KB take 0.8 s: the queue of one socket, 90 of them, is full after 10 ms. */
const SLOW = 'tc qdisc add dev lo root tbf rate 4mbit burst 4kb limit 4mb';

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it('answers that wait for the kernel are not overwritten by later ones', async () => {
  const isSlow = await canBeAlone(SLOW);
  if (!isSlow) console.info('no slow link here (tc, namespaces): asked over the fast one only');
  const place = await makePlace({ shards: crowdShards(COUNT, RECORDS) });
  const server = isSlow ? await startUnder(place, alone(SLOW)) : await startServe(place);
  running.push(server);
  const options = { port: place.port, count: COUNT, records: RECORDS };
  const result = isSlow ? await inside<CrowdResult>(server, ASKER, options) : await askAll(options);
  expect(result).toEqual({ right: COUNT, wrong: 0 });
});
