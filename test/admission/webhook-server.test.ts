/** The HTTPS window over real sockets: whatever is sent, it goes on; certificates change unseen. */

import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type KeyPair,
  makeAuthority,
  makeServing,
} from '../../src/admission/certificate-authority.ts';
import { CertificateFiles } from '../../src/admission/certificate-files.ts';
import { REVIEW_OCTETS_MAX } from '../../src/admission/limits.ts';
import { WebhookServer } from '../../src/admission/webhook-server.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { temporaryFolder } from '../lab/process.ts';

let authority: KeyPair;
let first: KeyPair;
let second: KeyPair;
const stops: (() => unknown)[] = [];
const lines: string[] = [];

beforeAll(async () => {
  const life = { nowMs: Date.now(), lifeMs: 3_600_000 };
  authority = await makeAuthority(life);
  first = await makeServing(authority, ['127.0.0.1', 'localhost'], life);
  second = await makeServing(authority, ['127.0.0.1', 'localhost'], life);
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  lines.length = 0;
});

async function startServer(
  pair: KeyPair = first,
): Promise<{ server: WebhookServer; port: number }> {
  const server = new WebhookServer({
    listen: { host: '127.0.0.1', port: 0 },
    accounts: new Set(),
    logger: createLogger('info', { write: (line: string) => lines.push(line) }),
    drainMs: 50,
  });
  server.show(pair);
  const port = await server.start();
  stops.push(() => server.stop());
  return { server, port };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly connection: string | undefined;
}

function ask(
  port: number,
  path: string,
  { body, agent }: { readonly body?: string; readonly agent?: Agent } = {},
): Promise<Answer> {
  const method = body === undefined ? 'GET' : 'POST';
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path, method, ca: authority.cert, ...(agent && { agent }) },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          const { connection } = response.headers;
          resolve({ status: response.statusCode ?? 0, body: text, connection });
        });
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

const review = (object: object) =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u', operation: 'CREATE', object, userInfo: { username: 'someone' } },
  });
const DOMAIN = { apiVersion: 'multiclusterdns.kubefed.io/v1alpha1', kind: 'Domain', metadata: {} };

it.each([
  '/validate-federatedtypeconfigs',
  '/validate-kubefedcluster',
  '/validate-kubefedconfig',
  '/validate',
])('%s checks, with the query that API servers add', async (path) => {
  const { port } = await startServer();
  const good = await ask(port, `${path}?timeout=3s`, {
    body: review({ ...DOMAIN, domain: 'example.com' }),
  });
  expect(JSON.parse(good.body).response).toEqual({ uid: 'u', allowed: true });
  const wrong = await ask(port, path, { body: review({ ...DOMAIN, domain: '-.example.com' }) });
  expect(wrong.status).toBe(200);
  expect(JSON.parse(wrong.body).response.allowed).toBe(false);
});

describe('what is no review', () => {
  it('is 400 and one line in the log, however often it comes', async () => {
    const { server, port } = await startServer();
    for (let at = 0; at < 5; at++) {
      expect(await ask(port, '/validate', { body: '{' })).toMatchObject({ status: 400 });
    }
    expect(server.counts.malformed).toBe(5);
    expect(lines.filter((line) => line.includes('review is malformed'))).toHaveLength(1);
  });

  it('is 413 where it is too long, and the next one is answered', async () => {
    const { port } = await startServer();
    const answer = await ask(port, '/validate', { body: 'x'.repeat(REVIEW_OCTETS_MAX + 1) }).catch(
      // Cut while it was still sent.
      () => ({ status: 413 }),
    );
    expect(answer.status).toBe(413);
    expect(await ask(port, '/healthz')).toMatchObject({ status: 200 });
  });

  it('is 404 where there is no such page', async () => {
    const { port } = await startServer();
    expect(await ask(port, '/mutate', { body: '' })).toMatchObject({ status: 404 });
    expect(await ask(port, '/validate')).toMatchObject({ status: 404 });
  });

  it('harms nobody where it is no TLS, no HTTP or half a request', async () => {
    const { port } = await startServer();
    const plain = connectPlain(port, '127.0.0.1');
    plain.on('error', () => undefined);
    plain.write('GET / HTTP/1.1\r\n\r\n');
    const garbage = await secured(port);
    garbage.write('\0\0\0\0');
    const half = await secured(port);
    half.write('POST /validate HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{');
    await sleep(20);
    half.destroy();
    await sleep(20);
    expect(await ask(port, '/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
    plain.destroy();
    garbage.destroy();
  });
});

describe('another certificate', () => {
  it('is shown to new connections, open ones are not disturbed', async () => {
    const { server, port } = await startServer();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    stops.push(() => agent.destroy());
    await ask(port, '/healthz', { agent });
    const before = await secured(port);
    server.show(second);
    const after = await secured(port);
    const same = await ask(port, '/healthz', { agent });
    expect(same.status).toBe(200);
    expect(before.getPeerCertificate().serialNumber).not.toBe(
      after.getPeerCertificate().serialNumber,
    );
    expect(before.destroyed).toBe(false);
    before.destroy();
    after.destroy();
  });

  it('in its files is taken up; half of one, or none, is told once and changes nothing', async () => {
    const folder = temporaryFolder('webhook-files');
    const write = ({ cert, key }: KeyPair) => {
      writeFileSync(join(folder, 'tls.crt'), cert);
      writeFileSync(join(folder, 'tls.key'), key);
    };
    const shown: string[] = [];
    const files = new CertificateFiles({
      folder,
      logger: createLogger('info', { write: (line: string) => lines.push(line) }),
      onCertificate: ({ cert }) => shown.push(cert),
    });
    expect(await files.prepare()).toContain('tls.crt');
    write(first);
    expect(await files.prepare()).toBeUndefined();
    writeFileSync(join(folder, 'tls.crt'), second.cert);
    await files.round();
    await files.round();
    expect(shown).toEqual([first.cert]);
    expect(lines.filter((line) => line.includes('not reread'))).toHaveLength(1);
    write(second);
    await files.round();
    await files.round();
    expect(shown).toEqual([first.cert, second.cert]);
  });
});

it('stops: not ready at once, still answering, connections let go, then gone', async () => {
  const { server, port } = await startServer();
  const agent = new Agent({ keepAlive: true });
  stops.push(() => agent.destroy());
  await ask(port, '/healthz', { agent });
  const stopped = server.stop();
  expect(await ask(port, '/readyz', { agent })).toMatchObject({ status: 503, connection: 'close' });
  const answer = await ask(port, '/validate', { body: review({ ...DOMAIN, domain: 'a.example' }) });
  expect(answer).toMatchObject({ status: 200, connection: 'close' });
  await stopped;
  await expect(ask(port, '/healthz')).rejects.toThrow('ECONNREFUSED');
});

function secured(port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca: authority.cert }, () => resolve(socket));
    socket.on('error', reject);
  });
}
