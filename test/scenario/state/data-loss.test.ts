/**
 * R10: etcd comes back with less than we serve, and names are held; what our own writers remove
 * goes at once.
 */

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startEtcd } from '../../lab/etcd.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { serveFromEtcd } from '../etcd/serving-etcd.ts';
import { ends, makePlace, metrics, startServe, until } from '../running-fedns.ts';
import { holdsUntilAccepted, LOSSES, snapshotOf } from './data-loss.ts';

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it.each(LOSSES.filter(({ isQuick }) => isQuick))('R10: $what', (loss) =>
  holdsUntilAccepted(loss, running),
);

it('R10: an ordinary edit that removes half of all services passes at once', async () => {
  const etcd = await startEtcd({ version: '3.7' });
  running.push(etcd);
  const store = { kind: 'etcd', urls: [etcd.endpoint], folder: './state' };
  const services = Array.from(
    { length: 40 },
    (_, index) =>
      `  - {namespace: n, name: s${index}, shards: [{cluster: c1, loadBalancer: [{ip: 192.0.2.1}], readyEndpoints: 1}]}\n`,
  );
  const text = (count: number) =>
    `federation: f\ndomain: example.com\nclusters: [{name: c1, region: r1, zones: [z1]}]\nservices:\n${services.slice(0, count).join('')}`;
  const place = await makePlace({ shards: text(40), more: { store } });
  running.unshift(await startServe(place));
  const { place: reader, server } = await serveFromEtcd({
    urls: [etcd.endpoint],
    readyName: 's39.n.f.svc.z1.r1.example.com',
  });
  running.unshift(server);
  expect(await until(() => existsSync(snapshotOf(reader)), 9000)).toBe(true);
  const edited = performance.now();
  writeFileSync(join(place.folder, 'shards.yaml'), text(20));
  const isGone = async () =>
    (await ends(reader.port, 's39.n.f.svc.z1.r1.example.com')) === 'NXDOMAIN' &&
    (await ends(reader.port, 's20.n.f.svc.example.com')) === 'NXDOMAIN';
  expect(await until(isGone, 6000)).toBe(true);
  console.info(
    `60 names of 120 removed by an edit: gone at another replica after ${Math.round(performance.now() - edited)} ms`,
  );
  expect(await ends(reader.port, 's19.n.f.svc.z1.r1.example.com')).toBe('192.0.2.1');
  expect((await metrics(reader)).get('fedns_held_removals')).toBe(0);

  // What went while a replica was away is meant as well.
  await server.kill9();
  writeFileSync(join(place.folder, 'shards.yaml'), text(5));
  const isGoneToo = async () => (await ends(place.port, 's19.n.f.svc.example.com')) === 'NXDOMAIN';
  expect(await until(isGoneToo, 6000)).toBe(true);
  running.unshift(await startServe(reader));
  // Its own snapshot is served until etcd was read: only then is the removal known.
  const isBack = async () =>
    (await ends(reader.port, 's4.n.f.svc.example.com')) === '192.0.2.1' &&
    (await ends(reader.port, 's19.n.f.svc.example.com')) === 'NXDOMAIN';
  expect(await until(isBack, 6000)).toBe(true);
  expect((await metrics(reader)).get('fedns_held_removals')).toBe(0);
});
