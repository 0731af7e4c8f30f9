/** `fedns webhook` as it is called: KubeFed's flags, files that change, signals, and what it refuses. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import {
  type KeyPair,
  makeAuthority,
  makeServing,
} from '../../src/admission/certificate-authority.ts';
import { freePort } from '../lab/free-port.ts';
import { startProcess, temporaryFolder } from '../lab/process.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

it("takes KubeFed's flags, rereads the files at SIGHUP, ends at SIGTERM", async () => {
  const life = { nowMs: Date.now(), lifeMs: 3_600_000 };
  const authority = await makeAuthority(life);
  const pairs = [1, 2].map(() => makeServing(authority, ['127.0.0.1'], life));
  const folder = temporaryFolder('webhook-verb');
  const write = ({ cert, key }: KeyPair) => {
    writeFileSync(join(folder, 'tls.crt'), cert);
    writeFileSync(join(folder, 'tls.key'), key);
  };
  const [first, second] = await Promise.all(pairs);
  if (first === undefined || second === undefined) throw new Error('no certificates');
  write(first);
  const port = await freePort();
  const flags = ['--cert-dir', folder, '--secure-port', String(port), '--admin-listen', 'none'];
  const running = startProcess({
    name: 'webhook',
    command: process.execPath,
    args: [MAIN, 'webhook', ...flags],
    logFolder: folder,
  });
  await expect.poll(() => running.log(), { timeout: 20_000 }).toContain(`listens on *:${port}`);
  const before = await shown(port, authority.cert);
  write(second);
  running.signal('SIGHUP');
  await expect.poll(() => shown(port, authority.cert), { timeout: 5000 }).not.toBe(before);
  running.signal('SIGTERM');
  expect(await running.exited).toBe(0);
}, 60_000);

it('raises an alarm when its certificate nears its end and nobody has renewed it', async () => {
  const authority = await makeAuthority({ nowMs: Date.now(), lifeMs: 3_600_000 });
  const folder = temporaryFolder('webhook-alarm');
  // Made long ago: of a thousand hours one is left.
  const life = { nowMs: Date.now() - 999 * 3_600_000, lifeMs: 1000 * 3_600_000 };
  const { cert, key } = await makeServing(authority, ['127.0.0.1'], life);
  writeFileSync(join(folder, 'tls.crt'), cert);
  writeFileSync(join(folder, 'tls.key'), key);
  const [port, adminPort] = [await freePort(), await freePort()];
  const flags = ['--cert-dir', folder, '--webhook-listen', `127.0.0.1:${port}`];
  const running = startProcess({
    name: 'webhook',
    command: process.execPath,
    args: [MAIN, 'webhook', ...flags, '--admin-listen', `127.0.0.1:${adminPort}`],
    logFolder: folder,
  });
  await expect.poll(() => running.log(), { timeout: 20_000 }).toContain('listens on');
  const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  expect(metrics).toContain('fedns_alarm{reason="certificate-ends"} 1');
  expect(metrics).toContain('fedns_admission_reviews_total{outcome="refused"} 0');
  expect(running.log()).toContain('certificate is not renewed');
  await running.stop();
}, 60_000);

it.each([
  [[], 'fedns: nothing to show as certificate: neither webhook.certDir nor'],
  [['--cert-dir', '/nowhere'], 'fedns: webhook.certDir: '],
  [['--secure-port', '0'], "fedns: option '--secure-port <port>' argument '0' is invalid."],
  [['--webhook-listen', '8443'], 'fedns: webhook.listen: "8443" is not ADDRESS:PORT'],
  [['--webhook-service', 'Web_Hook'], 'flag --webhook-service: webhook.service: not the name'],
  [['--webhook-names', '-'], 'flag --webhook-names: webhook.names.0: '],
])('refuses %j in one line', (flags, line) => {
  const ran = spawnSync(process.execPath, [MAIN, 'webhook', ...flags], { encoding: 'utf8' });
  expect(ran.status).toBe(2);
  expect(ran.stderr).toContain(line);
  expect(ran.stderr.trim().split('\n')).toHaveLength(1);
});

function shown(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
