/**
 * The verbs on records and store, as a person types them: beside a running server and without one,
 * good and bad, with their exit codes.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningProcess } from '../lab/process.ts';
import { ask, ends, fedns, makePlace, type Place, startServe, until } from './running-fedns.ts';

const SHARDS = `federation: f
domain: example.com
ttlSeconds: 60
clusters: [{name: c1, region: r1, zones: [z1]}, {name: c2, region: r2, zones: [z2]}]
services:
  - {namespace: n, name: s, shards: [{cluster: c1, loadBalancer: [{ip: 192.0.2.1}], readyEndpoints: 1}]}
`;

describe.each(['beside a running server', 'on a store at rest'])('%s', (state) => {
  let place: Place;
  let server: RunningProcess | undefined;
  const isRunning = state.startsWith('beside');

  beforeAll(async () => {
    place = await makePlace({ shards: SHARDS });
    server = await startServe(place);
    await until(
      async () => (await ends(place.port, 's.n.f.svc.example.com')) === '192.0.2.1',
      5000,
    );
    if (!isRunning) await server.stop();
  });
  afterAll(() => server?.stop());

  it.each([
    ['status'],
    ['members', 'list'],
    ['explain', 's.n.f.svc.example.com'],
    ['simulate', '--down', 'cluster=c1'],
    ['drain', 'c1'],
  ])('of member clusters, where none is watched, one line: %s', async (...verb) => {
    const { code, stderr } = await fedns(place, verb);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(isRunning ? 'watches no member clusters' : 'no server runs');
  });

  it('lists records in the shape NAME TYPE TTL DATA', async () => {
    const { code, stdout } = await fedns(place, ['records', 'list']);
    expect(code).toBe(0);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows[0]).toEqual(['NAME', 'TYPE', 'TTL', 'DATA']);
    expect(rows).toContainEqual(['s.n.f.svc.z1.r1.example.com.', 'A', '60', '192.0.2.1']);
    expect(rows).toContainEqual([
      's.n.f.svc.z2.r2.example.com.',
      'CNAME',
      '60',
      's.n.f.svc.r2.example.com.',
    ]);
  });

  it('puts, gets and deletes a record; the shards file leaves it alone', async () => {
    const put = await fedns(place, [
      'records',
      'put',
      'www.example.com',
      'A',
      '192.0.2.80',
      '192.0.2.81',
      '--ttl',
      '90',
    ]);
    expect([put.code, put.stdout]).toEqual([0, 'www.example.com. A: stored\n']);
    const got = await fedns(place, ['records', 'get', 'www.example.com']);
    expect(got.stdout).toMatch(/www\.example\.com\. +A +90 +192\.0\.2\.80\n/);
    expect(got.stdout).toMatch(/from key \/skydns\/com\/example\/www\//);
    if (isRunning)
      expect(
        await until(
          async () => (await ends(place.port, 'www.example.com')) === '192.0.2.80 192.0.2.81',
          2000,
        ),
      ).toBe(true);
    expect((await fedns(place, ['records', 'delete', 'www.example.com'])).code).toBe(0);
    const again = await fedns(place, ['records', 'delete', 'www.example.com']);
    expect([again.code, again.stderr]).toEqual([
      1,
      'fedns: www.example.com.: writer manual holds no such record\n',
    ]);
  });

  // The same code runs on both; the slower half is shown once.
  if (isRunning) {
    it('refuses a CNAME beside data, in one line', async () => {
      await fedns(place, ['records', 'put', 'both.example.com', 'A', '192.0.2.80']);
      const { code, stderr } = await fedns(place, [
        'records',
        'put',
        'both.example.com',
        'CNAME',
        'www.example.com.',
      ]);
      expect([code, stderr]).toEqual([2, 'fedns: both.example.com.: CNAME beside data\n']);
      await fedns(place, ['records', 'delete', 'both.example.com']);
    });
    it('exports, and what it exports can be imported again', async () => {
      await fedns(place, ['records', 'put', 'txt.example.com', 'TXT', '"one" "two"']);
      for (const format of ['zone', 'json'] as const) {
        const file = join(place.folder, `export.${format}`);
        const exported = await fedns(place, ['records', 'export', '--format', format]);
        expect(exported.stdout).toContain('txt.example.com.');
        writeFileSync(file, exported.stdout);
        const imported = await fedns(place, [
          'records',
          'import',
          file,
          '--format',
          format,
          '--dry-run',
        ]);
        expect([imported.code, imported.stderr]).toEqual([0, '']);
        expect(imported.stdout).toContain('change txt.example.com.');
      }
      await fedns(place, ['records', 'delete', 'txt.example.com']);
    });
    it("imports Federation v1's keys as etcdctl prints them", async () => {
      const file = join(place.folder, 'v1.dump');
      const key = '/skydns/com/example/svc/old/default/nginx';
      writeFileSync(
        file,
        `${key}/6bd7bd20\n{"host":"192.0.2.58","ttl":180,"group":"nginx.default.old.svc.example.com."}\n`,
      );
      const imported = await fedns(place, ['records', 'import', file, '--format', 'skydns']);
      expect([imported.code, imported.stderr]).toEqual([0, '']);
      const got = await fedns(place, ['records', 'get', 'nginx.default.old.svc.example.com']);
      expect(got.stdout).toMatch(/A +180 +192\.0\.2\.58/);
    });
    it('says what a changed shards file would change, and exits 1', async () => {
      const file = join(place.folder, 'changed.yaml');
      writeFileSync(file, SHARDS.replace('192.0.2.1', '192.0.2.9'));
      const changed = await fedns(place, ['records', 'diff', '-f', file]);
      expect(changed.code).toBe(1);
      expect(changed.stdout).toContain('s.n.f.svc.example.com.: A 192.0.2.1 -> A 192.0.2.9');
      writeFileSync(file, SHARDS);
      expect((await fedns(place, ['records', 'diff', '-f', file])).code).toBe(0);
    });
  }

  it('checks the store, and backs it up and restores it', async () => {
    const check = await fedns(place, ['store', 'check']);
    expect([check.code, check.stderr]).toEqual([0, '']);
    const file = join(place.folder, 'backup');
    await fedns(place, ['records', 'put', 'kept.example.com', 'A', '192.0.2.7']);
    expect((await fedns(place, ['store', 'snapshot', file])).code).toBe(0);
    await fedns(place, ['records', 'delete', 'kept.example.com']);
    expect((await fedns(place, ['store', 'restore', file])).code).toBe(0);
    expect((await fedns(place, ['records', 'get', 'kept.example.com'])).stdout).toContain(
      '192.0.2.7',
    );
    writeFileSync(file, readFileSync(file, 'utf8').replace('192.0.2.7', '192.0.2.8'));
    const damaged = await fedns(place, ['store', 'restore', file]);
    expect([damaged.code, damaged.stderr]).toEqual([
      2,
      `fedns: ${file}: damaged: its checksum does not fit\n`,
    ]);
  });

  it('has nothing to accept, and nothing to repair while a server runs', async () => {
    const accept = await fedns(place, ['store', 'accept']);
    expect([accept.code, accept.stderr]).toEqual([1, 'fedns: nothing is held\n']);
    const repair = await fedns(place, ['store', 'repair']);
    expect(repair.code).toBe(isRunning ? 2 : 0);
  });
});

describe('what is typed wrong', () => {
  let place: Place;
  beforeAll(async () => {
    place = await makePlace({ shards: SHARDS });
  });

  it.each([
    [['records', 'put', 'www.example.com', 'A', '192.0.2'], /192\.0\.2.*IPv4/],
    [['records', 'put', 'www.example.com', 'NOPE', 'x'], /type "NOPE" is unknown/],
    [['records', 'put', 'www.example.com', 'A', '192.0.2.1', '--ttl', 'x'], /--ttl: "x"/],
    [['records', 'import', 'none'], /none: no such file/],
    [['records', 'lsit'], /unknown command 'lsit'/],
    [['store', 'restore', 'none'], /none: no such file/],
    [['plan', 'records', '-f', 'none'], /none: no such file/],
  ])('%j is refused with one line and exit code 2', async (args, want) => {
    const at = args[0] === 'plan' ? { ...place, config: undefined } : place;
    const { code, stderr } = await fedns(at, args);
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toMatch(want);
  });
});

it('query asks over UDP and TCP; top and log speak to the running server', async () => {
  const place = await makePlace({ shards: SHARDS });
  const server = await startServe(place);
  try {
    await until(async () => (await ask(place.port, 's.n.f.svc.example.com')) !== undefined, 5000);
    const at = ['--server', `127.0.0.1:${place.port}`];
    for (const transport of [[], ['--tcp']]) {
      const { code, stdout } = await fedns({ ...place, config: undefined }, [
        'query',
        's.n.f.svc.z2.r2.example.com',
        ...at,
        ...transport,
      ]);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /NOERROR[\s\S]*CNAME\ts\.n\.f\.svc\.r2\.example\.com\.[\s\S]*A\t192\.0\.2\.1/,
      );
    }
    const top = await fedns(place, ['top', '--count', '1', '--interval', '0.2']);
    expect([top.code, top.stdout.split('\n')[0]]).toEqual([
      0,
      expect.stringContaining('answers/s'),
    ]);
    expect((await fedns(place, ['log', 'level', 'debug'])).code).toBe(0);
    expect((await fedns(place, ['log', 'queries', '1'])).code).toBe(0);
    await ask(place.port, 's.n.f.svc.example.com');
    expect(await until(() => server.log().includes('"message":"query"'), 2000)).toBe(true);
    const bad = await fedns(place, ['log', 'level', 'loud']);
    expect([bad.code, bad.stderr]).toEqual([
      2,
      'fedns: log level is one of error, warn, info, debug, silent\n',
    ]);
  } finally {
    await server.stop();
  }
});
