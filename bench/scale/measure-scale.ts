/**
 * Part `scale`: 100,000 names. Resident memory of the whole process with its two threads, the time
 * from its start to the first answer, from etcd and, with etcd away, from its own snapshot; what
 * an image costs to build and to change.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseName } from '../../src/dns/name.ts';
import { buildImage, startEdit } from '../../src/zone/build.ts';
import { BlockSpace } from '../../src/zone/content/block-space.ts';
import { waitUntil } from '../../test/lab/process.ts';
import { startFedns } from '../fedns.ts';
import { type Figures, median, type Rounds } from '../figures.ts';
import { startFilledEtcd } from '../fill-etcd.ts';
import { installedLauncher } from '../installed.ts';
import { startAnywhereHere } from '../load/cores.ts';
import { report } from '../progress.ts';
import { APEX, changeOf, serviceNames, TTL_SECONDS } from '../service-zone.ts';

const NAMES = 100_000;
const SETTLE_MS = 8000;
const SNAPSHOT_LIMIT_MS = 30_000;
const APPLY_ROUNDS = 30;
const CHANGES = 500;

export async function measureScale(_rounds: Rounds): Promise<Figures> {
  const etcd = await startFilledEtcd(NAMES);
  await startAnywhereHere();
  const store = { kind: 'etcd', urls: [etcd.endpoint] };
  installedLauncher();
  const first = await timed(() => startFedns({ store }));
  report(`loaded from etcd in ${first.seconds.toFixed(1)} s`);
  await sleep(SETTLE_MS);
  const { server } = first;
  const loaded = memoryOf(server.pid);
  const snapshot = join(server.folder, 'state', 'local-snapshot');
  await waitUntil('local snapshot', () => existsSync(`${snapshot}.image`), SNAPSHOT_LIMIT_MS);
  await server.stop();
  await etcd.stop();
  const second = await timed(() => startFedns({ store, folder: server.folder }));
  report(`loaded from the snapshot in ${second.seconds.toFixed(1)} s`);
  await sleep(SETTLE_MS);
  const fromSnapshot = memoryOf(second.server.pid);
  await second.server.stop();
  const image = imageCosts();
  const row = (what: string, value: number, unit: string, target?: number) => [
    what,
    `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`,
    target === undefined ? '' : `under ${target} ${unit}: ${value < target ? 'met' : 'missed'}`,
  ];
  return {
    part: 'scale',
    head: [`${NAMES.toLocaleString('en-US')} names, 175,000 keys`, 'measured', 'target'],
    rows: [
      row('resident, loaded from etcd, 2 threads', loaded.residentMb, 'MB', 300),
      row('its peak since the start', loaded.peakMb, 'MB'),
      row('resident, loaded from the snapshot', fromSnapshot.residentMb, 'MB', 300),
      row('process start to first answer, from etcd', first.seconds, 's', 5),
      row('the same from the snapshot, etcd away', second.seconds, 's', 2),
      row('image: built at once', image.buildMs, 'ms'),
      row(`image: ${CHANGES} changes applied, median`, image.applyMs, 'ms'),
    ],
  };
}

async function timed<T>(start: () => Promise<T>): Promise<{ server: T; seconds: number }> {
  const began = performance.now();
  const server = await start();
  return { server, seconds: (performance.now() - began) / 1000 };
}

function memoryOf(pid: number): { residentMb: number; peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string) => {
    const kib = Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
    return (kib * 1024) / 1e6;
  };
  return { residentMb: of('VmRSS'), peakMb: of('VmHWM') };
}

function imageCosts(): { buildMs: number; applyMs: number } {
  const changes = [...serviceNames(NAMES)].map((service) => changeOf(service, TTL_SECONDS));
  const apex = parseName(`${APEX}.`);
  const began = performance.now();
  const space = new BlockSpace();
  let image = buildImage(apex, changes, 1, space);
  const buildMs = performance.now() - began;
  const times = Array.from({ length: APPLY_ROUNDS }, (_, round) => {
    const some = Array.from({ length: CHANGES }, (__, at) => changes[(at * 7919 + round) % NAMES]);
    const start = performance.now();
    const edit = startEdit(image, space);
    for (const change of some.filter((change) => change !== undefined)) edit.add(change);
    image = edit.finish(round + 2);
    for (const block of image.retired) space.free(block);
    return performance.now() - start;
  });
  return { buildMs, applyMs: median(times) };
}
