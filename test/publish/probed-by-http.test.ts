/** Annotations of a Service -> what is asked of real HTTP servers -> the shard's signal, and why. */

import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { readService } from '../../src/api/core.ts';
import { readShardReport } from '../../src/discovery/health/shard-report.ts';
import { PROBE_DEFAULTS } from '../../src/probe/probe-settings.ts';
import { ThreadedProber } from '../../src/probe/threaded-prober.ts';
import { ShardProbes } from '../../src/publish/members/shard-probes.ts';
import { Alarms } from '../../src/runtime/alarms.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../probe/certificate.ts';

const WAIT = { timeout: 20_000, interval: 10 };
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const http = (listener: RequestListener) => listen(createServer(listener));
const https = (listener: RequestListener) =>
  listen(createSecureServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, listener));

/** One shard at 127.0.0.1, asked as its owner says; perhaps it has answered before. */
function probed(annotations: Record<string, string>, hasAnswered = false) {
  const logger = createLogger('silent');
  const prober = new ThreadedProber({
    settings: { ...PROBE_DEFAULTS, periodMs: 50, timeoutMs: 300, fall: 2 },
    onVerdicts: () => undefined,
    alarms: new Alarms(logger),
    logger,
  });
  ends.push(() => prober.stop());
  prober.start();
  const probes = new ShardProbes(prober);
  const service = readService({
    metadata: { name: 'web', annotations },
    spec: { type: 'LoadBalancer', ports: [{ port: 1 }] },
  });
  const { report, problems } = readShardReport(
    service,
    { slices: [], nodes: undefined },
    {
      before: undefined,
      defaultPolicy: 'keep',
    },
  );
  expect(problems).toEqual([]);
  const addresses = { ipv4: ['127.0.0.1'], ipv6: [] };
  probes.follow('default/web', [{ cluster: 'c1', addresses, report, hasAnswered }]);
  return {
    signal: () => probes.signal('default/web', 'c1').signal,
    reason: () => probes.reason('default/web', 'c1'),
  };
}

it('asks path and host as said; up while the status is a wanted one, and why it is not', async () => {
  const asked = new Set<string>();
  let status = 204;
  const port = await http((request, response) => {
    asked.add(`${request.method} ${request.url} ${request.headers.host}`);
    response.writeHead(status).end();
  });
  const { signal, reason } = probed({
    'fedns.io/probe': `http:${port}/ready?deep=1`,
    'fedns.io/probe-status': '200-299',
    'fedns.io/probe-host': 'web.example',
  });
  await expect.poll(signal, WAIT).toBe('up');
  expect(reason()).toBeUndefined();
  expect([...asked]).toEqual(['GET /ready?deep=1 web.example']);
  status = 503;
  await expect.poll(signal, WAIT).toBe('down');
  expect(reason()).toBe('status 503 not in 200-299');
  status = 200;
  await expect.poll(signal, WAIT).toBe('up');
});

it('by default a redirect is an answer, and is not followed', async () => {
  const port = await http((_, response) =>
    response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  );
  const { signal } = probed({ 'fedns.io/probe': `http:${port}/` });
  await expect.poll(signal, WAIT).toBe('up');
});

it('HTTPS with any certificate; with a TLS name only one that is trusted', async () => {
  const port = await https((_, response) => response.end());
  const lax = probed({ 'fedns.io/probe': `https:${port}/` });
  const strict = probed(
    { 'fedns.io/probe': `https:${port}/`, 'fedns.io/probe-tls-name': 'probe.example' },
    true,
  );
  await expect.poll(lax.signal, WAIT).toBe('up');
  await expect.poll(strict.signal, WAIT).toBe('down');
  expect(strict.reason()).toContain('certificate not trusted');
});

it('says refused, timed out, and not asked at all', async () => {
  const port = await http(() => undefined);
  const silent = probed({ 'fedns.io/probe': `http:${port}/` }, true);
  await expect.poll(silent.signal, WAIT).toBe('down');
  expect(silent.reason()).toBe('timed out');
  const refused = probed({ 'fedns.io/probe': 'http:1/' });
  await expect.poll(refused.reason, WAIT).toBe('refused');
  expect(refused.signal()).toBe('unknown');
  expect(probed({ 'fedns.io/probe': 'none' }).reason()).toBe('not probed');
});
