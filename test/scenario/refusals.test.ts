/** What a person gets wrong at the start: one clear line on stderr, exit code 2, nobody disturbed. */

import { createSocket } from 'node:dgram';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunningProcess } from '../lab/process.ts';
import { crowdShards } from './clients/crowd-asker.ts';
import { ends, fedns, makePlace, type Place, startServe } from './running-fedns.ts';

const SHARDS = 'federation: f\ndomain: example.com\nservices: [{namespace: n, name: s}]\n';
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

/** Starts and waits for the end: exit code and the lines that are no JSON log. */
async function refused(
  place: Place,
  args: readonly string[] = [],
  env: Record<string, string> = {},
) {
  const running: RunningProcess = await startServe(place, args, env);
  cleanups.push(() => running.stop());
  const code = await Promise.race([
    running.exited,
    new Promise<string>((resolve) => setTimeout(() => resolve('runs'), 8000)),
  ]);
  const lines = running
    .log()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{'));
  return { code, lines };
}

describe('one line and exit code 2', () => {
  it('a taken UDP port', async () => {
    const place = await makePlace({ shards: SHARDS });
    const other = createSocket('udp4');
    await new Promise<void>((resolve) => other.bind(place.port, '127.0.0.1', resolve));
    cleanups.push(() => other.close());
    const { code, lines } = await refused(place);
    expect([code, lines]).toEqual([
      2,
      [`fedns: listen 127.0.0.1:${place.port}: address in use by another program`],
    ]);
  });

  it.each([
    ['port', (place: Place) => place.port],
    ['admin port', (place: Place) => place.adminPort],
  ])('a taken TCP %s, and nothing is written to the store', async (_, portOf) => {
    const place = await makePlace({ shards: crowdShards(1, 1) });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(portOf(place), '127.0.0.1', resolve));
    cleanups.push(() => other.close());
    const { code, lines } = await refused(place);
    expect([code, lines.length]).toEqual([2, 1]);
    expect(lines[0]).toMatch(
      new RegExp(`127\\.0\\.0\\.1:${portOf(place)}: .*in use by another program`),
    );
    const { stdout } = await fedns(place, ['records', 'list', '--output', 'json']);
    expect(JSON.parse(stdout)).toEqual([]);
  });

  it('an address of another machine', async () => {
    const place = await makePlace({ shards: SHARDS, more: { listen: ['192.0.2.1:5353'] } });
    const { code, lines } = await refused(place);
    expect([code, lines]).toEqual([
      2,
      ['fedns: listen 192.0.2.1:5353: not an address of this machine'],
    ]);
  });

  it('no shards file', async () => {
    const place = await makePlace({ more: { shardsFile: 'none.yaml' } });
    const { code, lines } = await refused(place);
    expect([code, lines]).toEqual([2, [`fedns: ${join(place.folder, 'none.yaml')}: no such file`]]);
  });

  it('a zone file with a mistake', async () => {
    const place = await makePlace({ more: { zones: [{ apex: 'example.com', file: 'bad.zone' }] } });
    writeFileSync(join(place.folder, 'bad.zone'), 'www 300 A 192.0.2.1\nmail 300 A 192.0.2\n');
    const { code, lines } = await refused(place);
    expect(code).toBe(2);
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatch(/bad\.zone:2: .*192\.0\.2/);
  });

  it('a state folder that is a file', async () => {
    const place = await makePlace({ shards: SHARDS });
    writeFileSync(join(place.folder, 'state'), '');
    const { code, lines } = await refused(place);
    expect(code).toBe(2);
    expect(lines.length).toBe(1);
    expect(lines[0]).toContain(join(place.folder, 'state'));
  });

  it.runIf(process.getuid?.() !== 0)(
    'a state folder one may not write (root may always)',
    async () => {
      const place = await makePlace({ shards: SHARDS });
      mkdirSync(join(place.folder, 'state'));
      chmodSync(join(place.folder, 'state'), 0o500);
      const { code, lines } = await refused(place);
      expect([code, lines.length]).toEqual([2, 1]);
    },
  );

  it.each([
    [
      'an unknown key',
      { lisen: ['127.0.0.1:53'] },
      [],
      {},
      /fedns\.yaml:1: unknown key "lisen", did you mean "listen"\?/,
    ],
    ['a wrong value', { answers: { threads: 0 } }, [], {}, /fedns\.yaml:1: answers\.threads: /],
    ['an unknown flag', {}, ['--lisen', 'x'], {}, /unknown option '--lisen'/],
    [
      'a flag with a wrong value',
      {},
      ['--answers-threads', 'two'],
      {},
      /--answers-threads: "two" is not a number/,
    ],
    [
      'an unknown variable',
      {},
      [],
      { FEDNS_LISEN: 'x' },
      /unknown variable FEDNS_LISEN, did you mean FEDNS_LISTEN\?/,
    ],
    ['nothing to serve', { shardsFile: undefined }, [], {}, /zones: none is configured/],
  ])('%s', async (_what, more, args, env, want) => {
    const place = await makePlace({ shards: SHARDS, more });
    const { code, lines } = await refused(place, args, env);
    expect([code, lines.length]).toEqual([2, 1]);
    expect(lines[0]).toMatch(want);
  });

  it('a second start on the same state folder; the first is untouched', async () => {
    const place = await makePlace({ shards: SHARDS });
    const first = await startServe(place);
    cleanups.push(() => first.stop());
    const { code, lines } = await refused(place);
    expect(code).toBe(2);
    expect(lines).toEqual([expect.stringContaining('in use by another fedns process')]);
    expect(await ends(place.port, 's.n.f.svc.example.com')).toBe('NOERROR');
  });
});

it('variables that Kubernetes sets beside a Service named fedns are no settings', async () => {
  const place = await makePlace({ shards: SHARDS });
  const env = {
    FEDNS_SERVICE_HOST: '10.0.0.1',
    FEDNS_PORT: 'udp://10.0.0.1:53',
    FEDNS_PORT_53_UDP_ADDR: '10.0.0.1',
  };
  const running = await startServe(place, [], env);
  cleanups.push(() => running.stop());
  expect(running.alive()).toBe(true);
});
