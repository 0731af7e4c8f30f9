/**
 * The package as a stranger gets it: packed, installed with a clean HOME, run from there. Also the
 * launcher where the Node it needs is missing.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../lab/free-port.ts';
import { type RunningProcess, startProcess, temporaryFolder } from '../lab/process.ts';
import { ends, until } from '../scenario/running-fedns.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

describe('npm pack gives an installable fedns', () => {
  const folder = temporaryFolder('install');
  const home = join(folder, 'home');
  const env = { ...process.env, HOME: home };
  const fedns = join(folder, 'installed', 'node_modules', '.bin', 'fedns');
  let server: RunningProcess | undefined;

  beforeAll(() => {
    mkdirSync(home);
    execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: ROOT, stdio: 'ignore' });
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    const args = ['install', '--prefix', join(folder, 'installed'), join(folder, tarball)];
    execFileSync('npm', args, { cwd: folder, env, stdio: 'ignore' });
  });
  afterAll(() => server?.stop());

  it('says its version, on the Node it brought', () => {
    expect(execFileSync(fedns, ['version'], { env, encoding: 'utf8' })).toMatch(
      /^fedns \d+\.\d+\.\d+ \(node 2[4-9]\.\d+\.\d+\)\n$/,
    );
  });

  it('kubefedctl is it by another name, and takes the flags of its scripts', () => {
    const kubefedctl = join(dirname(fedns), 'kubefedctl');
    expect(execFileSync(kubefedctl, ['version', '--v=2'], { env, encoding: 'utf8' })).toMatch(
      /^fedns \d+\.\d+\.\d+ /,
    );
    const words = ['federate', '-f', '-', '--logtostderr', '-v2'];
    const input = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n';
    const said = execFileSync(kubefedctl, words, { env, input, encoding: 'utf8' });
    expect(said).toContain('kind: FederatedConfigMap');
  });

  it('serves a shards file', async () => {
    const port = await freePort();
    writeFileSync(
      join(folder, 'shards.yaml'),
      'federation: f\ndomain: example.com\nclusters: [{name: c}]\nservices:\n  - {namespace: n, name: s, shards: [{cluster: c, loadBalancer: [{ip: 192.0.2.1}], readyEndpoints: 1}]}\n',
    );
    server = startProcess({
      name: 'installed',
      command: fedns,
      args: [
        'serve',
        '--shards-file',
        'shards.yaml',
        '--listen',
        `127.0.0.1:${port}`,
        '--admin-listen',
        'none',
      ],
      cwd: folder,
      env: { HOME: home },
    });
    const answers = async () => (await ends(port, 's.n.f.svc.example.com')) === '192.0.2.1';
    expect(await until(answers, 10_000)).toBe(true);
    // Answers come first, the lines to try a moment later.
    const says = async () => server?.log().includes('  fedns query s.n.f.svc.example.com') === true;
    expect(await until(says, 10_000)).toBe(true);
  });

  it('plans a shards file as JSON', () => {
    const args = ['plan', 'records', '-f', 'shards.yaml', '--output', 'json'];
    const text = execFileSync(fedns, args, { cwd: folder, env, encoding: 'utf8' });
    expect(JSON.parse(text)).toEqual([
      { name: 's.n.f.svc.example.com.', type: 'A', ttl: 180, rdatas: ['192.0.2.1'] },
    ]);
  });
});

it('npm, told to end, ends the server that it runs in a checkout', async () => {
  const folder = temporaryFolder('checkout');
  const listen = ['--listen', `127.0.0.1:${await freePort()}`, '--admin-listen', 'none'];
  const store = ['--zones', 'example.com', '--store-folder', join(folder, 'state')];
  const npm = startProcess({
    name: 'npm',
    command: 'npm',
    args: ['run', '-s', 'fedns', '--', 'serve', ...listen, ...store],
    cwd: ROOT,
    logFolder: folder,
  });
  try {
    expect(await until(() => npm.log().includes('fedns listens on'), 10_000)).toBe(true);
    // npm alone, not its group: as a supervisor does.
    process.kill(npm.pid, 'SIGTERM');
    expect(await until(() => npm.log().includes('"message":"stopping"'), 5000)).toBe(true);
  } finally {
    await npm.stop();
  }
});

it('without a new enough Node the launcher says in one line what is missing, and exits 2', () => {
  const folder = temporaryFolder('launcher');
  copyFileSync(join(ROOT, 'src', 'launch.js'), join(folder, 'launch.mjs'));
  const old = "Object.defineProperty(process, 'versions', { value: { node: '20.1.0' } });";
  writeFileSync(join(folder, 'old.cjs'), old);
  const args = ['--require', join(folder, 'old.cjs'), join(folder, 'launch.mjs'), 'version'];
  const result = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(result.status).toBe(2);
  expect(result.stderr).toMatch(/^fedns: needs Node 24 or newer; this is 20\.1\.0, .*\n$/);
});
