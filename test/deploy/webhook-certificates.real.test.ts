/**
 * Certificates renewed and authorities changed, several times within seconds, under a real API
 * server that asks two replicas all the while: no review fails, and whoever connects anew trusts
 * what it is shown.
 */

import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listAt, textAt } from '../../src/api/untyped.ts';
import { readConfig } from '../../src/app/config/read-config.ts';
import { WebhookProcess } from '../../src/app/webhook-process.ts';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import { loadKubeconfig } from '../../src/kubernetes/kubeconfig.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { freePort } from '../lab/free-port.ts';
import { NAMESPACE, refusal } from './host-with-kinds.ts';
import {
  clusterOf,
  type HostWithWebhook,
  startHostWithWebhook,
  until,
} from './host-with-webhook.ts';

/** A year is half a minute. */
const TIMES = {
  authorityLifeMs: 18_000,
  servingLifeMs: 9000,
  announcedMs: 2000,
  overlapMs: 2500,
  roundMs: 250,
};
const SECONDS = 40;
const VALIDATION =
  '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/validation.core.kubefed.io';

let host: HostWithWebhook;
let client: ApiClient;
const replicas: { readonly process: WebhookProcess; readonly port: number }[] = [];

beforeAll(async () => {
  host = await startHostWithWebhook();
  const admin = await loadKubeconfig({ path: host.host.kubeconfigPath, environment: {} });
  client = new ApiClient(admin.access(admin.currentContext));
  for (const port of [host.port, await freePort()]) {
    const flags = new Map([['--webhook-listen', [`127.0.0.1:${port}`]]]);
    const read = () => readConfig({ file: host.config, environment: {}, flags });
    const logger = createLogger('error');
    const process = new WebhookProcess({ read: read(), readAgain: read, logger, times: TIMES });
    replicas.push({ process, port });
  }
  await Promise.all(replicas.map(({ process }) => process.start()));
  await host.whenAsked();
}, 180_000);
afterAll(async () => {
  await Promise.all(replicas.map(({ process }) => process.stop()));
  await client?.close();
  await host?.clusters.stop();
});

const create = (object: object) =>
  refusal(
    client
      .post(`/apis/core.kubefed.io/v1beta1/namespaces/${NAMESPACE}/kubefedclusters`, object, {
        query: { dryRun: 'All' },
      })
      .then(() => ''),
  );

async function bundle(): Promise<string> {
  const [webhook] = listAt(await client.get(VALIDATION), 'webhooks');
  const encoded = textAt(webhook, 'clientConfig', 'caBundle') ?? '';
  return Buffer.from(encoded, 'base64').toString('utf8');
}

/** What a new connection is shown; rejects where the bundle does not trust it. */
function shownAt(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

it('the two replicas show one certificate', async () => {
  const shown = async () => {
    const ca = await bundle();
    return await Promise.all(replicas.map(({ port }) => shownAt(port, ca)));
  };
  await until(async () => new Set(await shown()).size === 1);
});

it('authorities follow each other, no review fails, no new connection is distrusted', async () => {
  const authorities = new Set<string>();
  const certificates = new Set<string>();
  const failures: unknown[] = [];
  let reviewCount = 0;
  const end = performance.now() + SECONDS * 1000;
  const untilEnd = async (work: () => Promise<void>, pauseMs: number) => {
    while (performance.now() < end) {
      await work().catch((error) => failures.push(error));
      await sleep(pauseMs);
    }
  };
  const reviews = async () => {
    const good = await create(clusterOf('good', 'good.example'));
    const wrong = await create(clusterOf('wrong', 'wrong..example'));
    if (good !== undefined) failures.push(good);
    if (!wrong?.includes('its host is no name')) failures.push(wrong);
    reviewCount += 2;
  };
  const connections = async () => {
    const ca = await bundle();
    for (const pem of ca.split(/(?<=-----END CERTIFICATE-----\n)/)) {
      if (pem !== '') authorities.add(new X509Certificate(pem).subject);
    }
    for (const { port } of replicas) certificates.add(await shownAt(port, ca));
  };
  await Promise.all([untilEnd(reviews, 10), untilEnd(connections, 50)]);
  expect(failures).toEqual([]);
  expect(reviewCount).toBeGreaterThan(200);
  expect(authorities.size).toBeGreaterThanOrEqual(3);
  expect(certificates.size).toBeGreaterThanOrEqual(5);
}, 120_000);
