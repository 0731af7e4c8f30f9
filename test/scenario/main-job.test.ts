/**
 * The main job as a person does it: start, ask, edit, break, stop. Times are printed, and asserted
 * at three times the target.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningProcess } from '../lab/process.ts';
import { crowdName, crowdShards } from './clients/crowd-asker.ts';
import { ask, ends, makePlace, type Place, startServe, until } from './running-fedns.ts';

const EXAMPLE = fileURLToPath(
  new URL('../../deploy/examples/quick-start/shards.yaml', import.meta.url),
);
const SHARDS = readFileSync(EXAMPLE, 'utf8');
const SVC = 'nginx.default.federation.svc';
const global = `${SVC}.example.com`;
const zone = `${SVC}.shanghai.yangpu.example.com`;

describe.each(['stored', 'synthesised'])('the example federation, fallbacks %s', (fallbacks) => {
  let place: Place;
  let server: RunningProcess;

  beforeAll(async () => {
    place = await makePlace({ shards: SHARDS, more: { federation: { fallbacks } } });
    server = await startServe(place);
    await until(async () => (await ends(place.port, global)) !== 'NXDOMAIN', 5000);
  });
  afterAll(() => server.stop());

  const edit = (change: (text: string) => string) =>
    writeFileSync(join(place.folder, 'shards.yaml'), change(SHARDS));

  it('prints where it listens and lines to try', () => {
    expect(server.log()).toMatch(new RegExp(`fedns listens on 127\\.0\\.0\\.1:${place.port}`));
    expect(server.log()).toMatch(/ {2}dig -p .*\n {2}dig -p .*\n {2}npm run -s fedns -- query /);
  });

  it.each([
    [zone, '192.0.2.58'],
    [`${SVC}.hangzhou.yangpu.example.com`, '192.0.2.58'],
    [`${SVC}.yangpu.example.com`, '192.0.2.58'],
    [`${SVC}.oslo.nordic.example.com`, '198.51.100.60'],
    [global, '192.0.2.58 198.51.100.60'],
    ['nothing.default.federation.svc.example.com', 'NXDOMAIN'],
    ['svc.example.com', 'NOERROR'],
    ['www.example.net', 'REFUSED'],
  ])('%s ends at %s', async (name, want) => {
    expect(await ends(place.port, name)).toBe(want);
  });

  it('an edit changes the answers within a second, and the terminal says what moved and why', async () => {
    const started = performance.now();
    edit((text) =>
      text.replace('192.0.2.58}], readyEndpoints: 2', '192.0.2.58}], readyEndpoints: 0'),
    );
    const moved = await until(async () => (await ends(place.port, zone)) === '198.51.100.60', 3000);
    const took = Math.round(performance.now() - started);
    console.info(`edit to answer: ${took} ms (target 1000)`);
    expect(moved).toBe(true);
    expect(took).toBeLessThan(3000);
    const line = server
      .log()
      .split('\n')
      .find(
        (one) =>
          one.includes('name moved') && one.includes(`"${zone}."`) && one.includes('no ready'),
      );
    expect(line).toContain('A 192.0.2.58 -> CNAME');
    expect(line).toContain('c1 (no ready endpoint)');
    edit((text) => text);
    expect(await until(async () => (await ends(place.port, zone)) === '192.0.2.58', 3000)).toBe(
      true,
    );
  });

  it('a broken edit is told with its line and changes nothing', async () => {
    edit((text) => text.replace('cluster: c1,', 'cluster: c7,'));
    expect(await until(() => server.log().includes('no cluster is named \\"c7\\"'), 3000)).toBe(
      true,
    );
    expect(await ends(place.port, zone)).toBe('192.0.2.58');
    edit((text) => text);
  });

  it('a service taken out of the file takes all its names with it; a stranger in the store stays', async () => {
    edit((text) => text.replace(/services:[\s\S]*/, 'services: []\n'));
    expect(await until(async () => (await ends(place.port, global)) === 'NXDOMAIN', 3000)).toBe(
      true,
    );
    expect(await ends(place.port, zone)).toBe('NXDOMAIN');
    edit((text) => text);
    expect(await until(async () => (await ends(place.port, zone)) === '192.0.2.58', 3000)).toBe(
      true,
    );
  });

  it('is ready, healthy, and counts', async () => {
    const page = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${place.adminPort}${path}`);
      return `${response.status} ${await response.text()}`;
    };
    expect(await page('/ready')).toBe('200 ready\n');
    expect(await page('/health')).toBe('200 ok\n');
    expect(await page('/metrics')).toMatch(
      /fedns_dns_requests_total\{.*zone="example\.com\.".*type="A"\} \d/,
    );
  });

  it('a restart answers the same, and its serial never goes back', async () => {
    const before = await ask(place.port, 'example.com', 'SOA');
    const stopping = performance.now();
    server.signal('SIGTERM');
    expect(await server.exited).toBe(0);
    expect(performance.now() - stopping).toBeLessThan(5000);
    server = await startServe(place);
    const after = await ask(place.port, 'example.com', 'SOA');
    expect(await ends(place.port, zone)).toBe('192.0.2.58');
    expect(((after?.serial ?? 0) - (before?.serial ?? 0)) >>> 0).toBeLessThan(2 ** 31);
  });

  it('SIGHUP takes up a changed zone file; its serial rises although the file says none', async () => {
    writeFileSync(join(place.folder, 'static.zone'), 'www 60 A 192.0.2.99\n');
    const zones = [{ apex: 'example.com', file: 'static.zone' }];
    const config = JSON.parse(readFileSync(place.config, 'utf8'));
    writeFileSync(place.config, JSON.stringify({ ...config, zones, tcp: { idleMs: 9000 } }));
    const before = (await ask(place.port, 'example.com', 'SOA'))?.serial ?? 0;
    server.signal('SIGHUP');
    const isThere = async () => (await ends(place.port, 'www.example.com')) === '192.0.2.99';
    expect(await until(isThere, 3000)).toBe(true);
    const after = (await ask(place.port, 'example.com', 'SOA'))?.serial ?? 0;
    expect((after - before) >>> 0).toBeGreaterThan(0);
    const toldLine = '"key":"tcp.idleMs","message":"setting changed, restart';
    expect(await until(() => server.log().includes(toldLine), 1000)).toBe(true);
    writeFileSync(join(place.folder, 'static.zone'), 'www 60 A 192.0.2\n');
    server.signal('SIGHUP');
    expect(await until(() => server.log().includes('the old one stays'), 3000)).toBe(true);
    expect(await isThere()).toBe(true);
  });

  it('SIGHUP with a broken shards file keeps the old answers', async () => {
    edit(() => 'federation: [');
    server.signal('SIGHUP');
    expect(await until(() => server.log().includes('last good one stays'), 3000)).toBe(true);
    expect(await ends(place.port, zone)).toBe('192.0.2.58');
    expect(server.alive()).toBe(true);
    expect(server.log()).not.toContain('shards file taken again');
    edit((text) => text);
    expect(await until(() => server.log().includes('shards file taken again'), 3000)).toBe(true);
  });
});

it('the first answer of all knows what the shards file says', async () => {
  const count = 400;
  const place = await makePlace({ shards: crowdShards(count, 25) });
  const starting = startServe(place);
  const asked = () => ask(place.port, crowdName(count - 1), 'A', 20);
  let first = await asked();
  while (first === undefined) first = await asked();
  await (await starting).stop();
  expect(first.rcode).toBe('NOERROR');
  expect(first.answers).toHaveLength(25);
});
