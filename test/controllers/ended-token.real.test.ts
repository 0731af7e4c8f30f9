/**
 * A member's token that ended while the control plane was away: the member refuses it, the cluster says
 * so, no answer changes and nothing goes, until `fedns members renew` gives it another. Real clusters.
 */

import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningProcess } from '../lab/process.ts';
import { ends, makePlace, type Place, startServe } from '../scenario/running-fedns.ts';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';
import { EVERYWHERE, federated, lookingAt } from './two-members.ts';
import { type FederationVerbs, federationVerbs } from './verbs/federation-verbs.ts';

const DNS_API = 'multiclusterdns.kubefed.io/v1alpha1';
const SYSTEM = 'kube-federation-system';
const NAME = 'web.shop.site.svc.example.com';
const SECRET = ['secret', 'one-token', '-n', SYSTEM];

let federation: Federation;
let verbs: FederationVerbs;
let place: Place;
let server: RunningProcess;
const { copy, standing } = lookingAt(() => federation);

beforeAll(async () => {
  federation = await startFederation({ members: ['one'], withWorkloads: false });
  verbs = federationVerbs(federation);
  const { kubectl } = federation.member('one');
  await federation.member('one').addNode('node', { region: 'us', zone: 'us1' });
  await verbs.done('join', 'one');
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  const balanced = { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } };
  await federation.apply(
    federated('Namespace', 'shop', EVERYWHERE),
    federated('Service', 'web', EVERYWHERE, { template: balanced }),
    coloured('red'),
    {
      ...{ apiVersion: DNS_API, kind: 'Domain', domain: 'example.com' },
      metadata: { name: 'site', namespace: SYSTEM },
    },
    {
      ...{ apiVersion: DNS_API, kind: 'ServiceDNSRecord' },
      metadata: { name: 'web', namespace: 'shop' },
      spec: { domainRef: 'site', allowServiceWithoutEndpoints: true },
    },
  );
  await standing('configmap', 'settings', 'one', 'OK');
  await standing('service', 'web', 'one', 'OK');
  const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } });
  const how = ['--subresource=status', '--type=merge', '-p', status];
  await kubectl(['patch', 'service', 'web', '-n', 'shop', ...how]);
  const host = { kubeconfig: federation.host.kubeconfigPath };
  const more = {
    zones: ['example.com'],
    controlPlane: { host, publishRecords: true },
    federation: { domain: 'example.com' },
  };
  place = await makePlace({ more });
  server = await startServe(place);
  await eventually(
    () => ends(place.port, NAME),
    (seen) => seen === '192.0.2.1',
  );
}, 180_000);

afterAll(async () => {
  await server?.stop();
  await federation?.stop();
});

const coloured = (colour: string) =>
  federated('ConfigMap', 'settings', EVERYWHERE, { template: { data: { colour } } });

/** The token in the Secret as it was, but for its times: given long ago, and over for these seconds. */
async function endedToken(seconds: number): Promise<string> {
  const text = (await federation.get('host', SECRET)).data?.['token'] ?? '';
  const [head = '', body = ''] = Buffer.from(text, 'base64').toString().split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  const exp = Math.floor(Date.now() / 1000) - seconds;
  const times = { iat: exp - 3600, nbf: exp - 3600, exp };
  const ended = Buffer.from(JSON.stringify({ ...claims, ...times })).toString('base64url');
  const folder = dirname(federation.member('one').kubeconfigPath);
  const key = createPrivateKey(readFileSync(join(folder, 'account.key')));
  const signed = Buffer.from(`${head}.${ended}`);
  // RFC 7518, section 3.4.
  const signature = sign('sha256', signed, { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

const asked = (token: string) =>
  federation.member('one').kubectl(['get', '--raw', '/healthz', '--token', token]);

async function condition(type: string, isSo: (status: string) => boolean) {
  const cluster = await eventually(
    () => federation.get('host', ['kubefedcluster', 'one', '-n', SYSTEM]),
    ({ status }) =>
      status?.conditions?.some((one) => one.type === type && isSo(one.status)) === true,
    30_000,
  );
  return cluster.status?.conditions?.find((one) => one.type === type);
}

/** What people resolve, the statuses that it comes from, and what is in the member. */
async function everythingSaid(): Promise<unknown> {
  const { status } = await federation.get('host', ['servicednsrecord', 'web', '-n', 'shop']);
  const where = ['dnsendpoints.multiclusterdns.kubefed.io', 'service-web', '-n', 'shop'];
  const endpoints = await federation.get('host', where);
  const copies = await Promise.all([
    federation.get('one', ['namespace', 'shop']),
    copy('one', 'service', 'web'),
    copy('one', 'configmap', 'settings'),
  ]);
  return {
    answer: await ends(place.port, NAME),
    dns: JSON.parse(JSON.stringify(status)).dns,
    endpoints: endpoints.spec,
    copies: copies.map(({ metadata, spec, data }) => [metadata.uid, spec, data]),
  };
}

it('is refused by the member, and the cluster says so; no answer changes, nothing goes', async () => {
  const before = await everythingSaid();
  await federation.controlPlane.stop();
  // API servers forgive a minute, for clocks that differ.
  const token = await endedToken(50);
  expect(await asked(token)).toBe('ok');
  const data = { token: Buffer.from(token).toString('base64') };
  await federation.host.kubectl([
    ...['patch', ...SECRET, '--type=merge', '-p', JSON.stringify({ data })],
  ]);
  await eventually(
    () => asked(token).catch((error: unknown) => String(error)),
    (said) => said.includes('Unauthorized') || said.includes('must be logged in'),
    60_000,
  );
  await federation.startControlPlane();
  expect(await condition('fedns.io/Token', (status) => status === 'False')).toMatchObject({
    reason: 'Ended',
    message: expect.stringMatching(
      /^its token ended 20\S+Z: "fedns members renew one" makes another$/,
    ),
  });
  const offline = await condition('Offline', (status) => status === 'True');
  expect(offline?.message).toContain('401 Unauthorized');
  // Neither is anything made of what is wanted now.
  await federation.apply(coloured('blue'));
  await standing('configmap', 'settings', 'one', 'ClusterNotReady');
  for (let second = 0; second < 5; second++) {
    expect(await everythingSaid()).toEqual(before);
    await sleep(1000);
  }
}, 180_000);

it('a token of `fedns members renew`, and the member has what came meanwhile', async () => {
  expect(await verbs.done('members', 'renew', 'one')).toContain('one: renewed; its token ends 20');
  await condition('Ready', (status) => status === 'True');
  const valid = await condition('fedns.io/Token', (status) => status === 'True');
  expect(valid?.reason).toBe('Valid');
  await standing('configmap', 'settings', 'one', 'OK');
  expect((await copy('one', 'configmap', 'settings')).data).toEqual({ colour: 'blue' });
  expect(await ends(place.port, NAME)).toBe('192.0.2.1');
}, 60_000);
