/**
 * The chart with `certManager`, and cert-manager itself at work: it issues the webhook's certificate, API
 * servers trust it, and what it renews is shown without a restart and without a failed review.
 */

import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAt, textAt } from '../../../src/api/untyped.ts';
import { eventually } from '../../controllers/eventually.ts';
import { refusal } from '../host-with-kinds.ts';
import { type HostWithPods, NAMESPACE, startHostWithPods } from '../host-with-pods.ts';
import { clusterOf } from '../host-with-webhook.ts';
import { type CertManagerAlive, startCertManager } from './cert-manager-alive.ts';

const LONG_MS = 1_800_000;
const SECRET = 'kubefed-admission-webhook-serving-cert';
const CERTIFICATE = 'kubefed-certificate';
const NAME = `kubefed-admission-webhook.${NAMESPACE}.svc`;
let on: HostWithPods;
let certManager: CertManagerAlive;
/** Of the webhook, from the start. */
let pods: readonly string[];

beforeAll(async () => {
  on = await startHostWithPods([]);
  certManager = await startCertManager(on);
  await on.upgrade('kubefed-0.10.yaml', '--set', 'controllermanager.certManager.enabled=true');
  pods = webhooks();
}, LONG_MS);
afterAll(async () => {
  await certManager?.stop();
  await on?.stop();
});

const webhooks = () => on.runner.running().filter((name) => name.includes('admission-webhook'));

/** PEM, by the file's name in it. */
async function inSecret(file: string, name = SECRET): Promise<string> {
  const secret = await on.get('host', 'secret', name, '-n', NAMESPACE);
  return Buffer.from(textAt(secret, 'data', file) ?? '', 'base64').toString('utf8');
}

const fingerprint = (pem: string) => new X509Certificate(pem).fingerprint256;

/** What a new connection is shown; rejects where this authority does not speak for it. */
function shownAt(pod: string, ca: string): Promise<string> {
  const to = { host: on.runner.addressOf(pod), port: 8443, servername: NAME, ca };
  return new Promise((resolve, reject) => {
    const socket = connect(to, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

/** Waits until every replica shows what the Secret holds now. */
async function allShowTheSecret(): Promise<string> {
  const want = fingerprint(await inSecret('tls.crt'));
  const ca = await inSecret('ca.crt');
  await eventually(
    () => Promise.all(pods.map((pod) => shownAt(pod, ca))),
    (shown) => shown.every((one) => one === want),
    120_000,
  );
  return want;
}

const create = (object: object) =>
  refusal(on.host.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(object)));

/** What a review should have said and did not; both ways. */
async function wrongReviews(): Promise<readonly unknown[]> {
  const good = await create(clusterOf('good', 'good.example'));
  const wrong = await create(clusterOf('wrong', 'wrong..example'));
  return [
    ...(good === undefined ? [] : [good]),
    ...(wrong?.includes('its host is no name') ? [] : [wrong]),
  ];
}

/** Meanwhile it is asked, again and again, and for a while after. */
async function expectReviewed(meanwhile: () => Promise<void>): Promise<void> {
  let isOver = false;
  const wrong: unknown[] = [];
  const asking = async () => {
    while (!isOver) wrong.push(...(await wrongReviews()));
  };
  const done = (async () => {
    await meanwhile();
    await sleep(2000);
  })().finally(() => {
    isOver = true;
  });
  await Promise.all([done, asking()]);
  expect(wrong).toEqual([]);
  expect(webhooks()).toEqual(pods);
  expect([...on.runner.logs().keys()].filter((name) => /webhook.*#/.test(name))).toEqual([]);
}

describe('certificates of cert-manager', { timeout: LONG_MS }, () => {
  it('are issued, trusted by both configurations, and shown by the webhook', async () => {
    const authority = await inSecret('ca.crt');
    for (const configuration of [
      'validatingwebhookconfiguration/validation.core.kubefed.io',
      'mutatingwebhookconfiguration/mutation.core.kubefed.io',
    ]) {
      await eventually(
        async () => listAt(await on.get('host', configuration), 'webhooks'),
        (hooks) =>
          hooks.length > 0 &&
          hooks.every((hook) => textAt(hook, 'clientConfig', 'caBundle') === btoa(authority)),
        60_000,
      );
    }
    await allShowTheSecret();
    await eventually(wrongReviews, (wrong) => wrong.length === 0);
  });

  it('renewed, are shown without a restart', async () => {
    const before = await allShowTheSecret();
    await expectReviewed(async () => {
      await renew(CERTIFICATE);
      await becomesAnother(before);
    });
  });

  it('of a root authority that was renewed itself, are trusted at every moment', async () => {
    const before = await allShowTheSecret();
    const authority = () => inSecret('tls.crt', 'kubefed-root-ca');
    const root = await authority();
    await expectReviewed(async () => {
      await renew('kubefed-root-certificate');
      await eventually(authority, (now) => now !== root, 60_000);
      await renew(CERTIFICATE);
      await becomesAnother(before);
    });
    expect(await inSecret('ca.crt')).toBe(await authority());
  });

  it('of a Secret that was lost, are issued anew and shown', async () => {
    const before = await allShowTheSecret();
    await expectReviewed(async () => {
      await on.host.kubectl(['delete', 'secret', SECRET, '-n', NAMESPACE]);
      await becomesAnother(before);
    });
  });
});

/** As `cmctl renew` does. */
async function renew(name: string): Promise<void> {
  const condition = {
    ...{ type: 'Issuing', status: 'True', reason: 'ManuallyTriggered' },
    ...{ message: 'renewed', lastTransitionTime: new Date().toISOString() },
  };
  const get = ['get', 'certificate', name, '-n', NAMESPACE, '-o', 'json'];
  const certificate = JSON.parse(await on.host.kubectl(get));
  certificate.status.conditions.push(condition);
  const replace = ['replace', '--subresource=status', '-f', '-'];
  await on.host.kubectl(replace, JSON.stringify(certificate));
}

/** In the Secret, and then on the wire. */
async function becomesAnother(before: string): Promise<void> {
  await eventually(
    async () => fingerprint(await inSecret('tls.crt')),
    (now) => now !== before,
    60_000,
  );
  expect(await allShowTheSecret()).not.toBe(before);
}
