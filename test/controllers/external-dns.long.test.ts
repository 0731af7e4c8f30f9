/**
 * ExternalDNS beside us on one etcd: it brings the DNSEndpoints of a ServiceDNSRecord there, and our
 * server answers from them; with our own names of the same record beside them nothing is answered
 * twice, and neither of the two writes for the other's sake.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ComponentName, ensure } from '../lab/components.ts';
import { dig } from '../lab/dig.ts';
import { type Etcd, startEtcd } from '../lab/etcd.ts';
import { freePort } from '../lab/free-port.ts';
import { loadBalancerStatus } from '../lab/kubernetes-objects.ts';
import { type RunningProcess, startProcess } from '../lab/process.ts';
import { ends, makePlace, type Place, startServe } from '../scenario/running-fedns.ts';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

const LONG_MS = 1_800_000;
const REST_MS = 15_000;
const P = 'web.shop.site.svc';
const LEVELS = [`${P}.us1.us.example.com`, `${P}.us.example.com`, `${P}.example.com`];

/** The guide's flags, and what later releases know of them. */
const RELEASES = [
  {
    component: 'external-dns-older',
    flags: [
      '--crd-source-apiversion=multiclusterdns.kubefed.io/v1alpha1',
      '--crd-source-kind=DNSEndpoint',
    ],
  },
  { component: 'external-dns', flags: ['--policy=sync'] },
] as const;

let federation: Federation;

beforeAll(async () => {
  for (const { component } of RELEASES) await ensure(component);
  federation = await startFederation({ members: ['one'] });
  await federation.member('one').addNode('a', { region: 'us', zone: 'us1' });
  await federation.join('one');
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  const everywhere = { placement: { clusterSelector: {} } };
  const federated = (kind: string, name: string, spec: object) => ({
    apiVersion: 'types.kubefed.io/v1beta1',
    kind,
    metadata: { name, namespace: 'shop' },
    spec: { ...everywhere, ...spec },
  });
  const api = 'multiclusterdns.kubefed.io/v1alpha1';
  await federation.apply(
    federated('FederatedNamespace', 'shop', {}),
    federated('FederatedService', 'web', {
      template: { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } },
    }),
    {
      ...{ apiVersion: api, kind: 'Domain', domain: 'example.com' },
      metadata: { name: 'site', namespace: 'kube-federation-system' },
    },
    {
      ...{ apiVersion: api, kind: 'ServiceDNSRecord' },
      metadata: { name: 'web', namespace: 'shop' },
      spec: { domainRef: 'site', recordTTL: 300, allowServiceWithoutEndpoints: true },
    },
  );
  await eventually(
    () => federation.member('one').kubectl(['get', 'service', 'web', '-n', 'shop']),
    () => true,
    60_000,
  );
}, LONG_MS);
afterAll(() => federation?.stop());

async function say(...addresses: string[]): Promise<void> {
  const patch = loadBalancerStatus(addresses);
  const how = ['--subresource=status', '--type=merge', '-p', patch];
  await federation.member('one').kubectl(['patch', 'service', 'web', '-n', 'shop', ...how]);
}

async function startExternalDns(
  component: ComponentName,
  flags: readonly string[],
  etcd: Etcd,
): Promise<RunningProcess> {
  const { programs } = await ensure(component);
  return startProcess({
    name: component,
    command: programs['external-dns'] ?? '',
    args: [
      ...['--source=crd', '--registry=txt', '--txt-owner-id=lab', '--provider=coredns'],
      ...['--interval=1s', `--metrics-address=127.0.0.1:${await freePort()}`],
      ...['--kubeconfig', federation.host.kubeconfigPath, ...flags],
    ],
    env: { ETCD_URLS: etcd.endpoint },
  });
}

describe.each(RELEASES)('$component', ({ component, flags }) => {
  let etcd: Etcd;
  let externalDns: RunningProcess;
  let place: Place;
  let server: RunningProcess;
  let publishing: RunningProcess | undefined;

  beforeAll(async () => {
    etcd = await startEtcd({ version: '3.7' });
    place = await makePlace({ more: settings() });
    server = await startServe(place);
    externalDns = await startExternalDns(component, flags, etcd);
  }, LONG_MS);
  afterAll(async () => {
    await externalDns?.stop();
    for (const one of [publishing, server, etcd]) await one?.stop();
  });

  const settings = () => ({
    zones: ['example.com'],
    store: { kind: 'etcd', urls: [etcd.endpoint], folder: './state' },
  });

  async function answered(wanted: string): Promise<void> {
    for (const name of LEVELS) {
      const seen = await eventually(
        () => ends(place.port, name),
        (end) => end === wanted,
        60_000,
      );
      expect(seen).toBe(wanted);
    }
  }

  it('brings the three levels, and we answer them with their TTL', {
    timeout: LONG_MS,
  }, async () => {
    await say('192.0.2.1', '192.0.2.2');
    await answered('192.0.2.1 192.0.2.2');
    const to = { host: '127.0.0.1', port: place.port };
    const said = await dig(to, '+noall', '+answer', `${P}.example.com`, 'A');
    expect(said.match(/\b300\s+IN\s+A\b/g)).toHaveLength(2);
    expect(await etcd.ctl(['get', '--prefix', '/skydns/com/example'])).toContain('owner=lab');
  });

  it('with our own names beside it nothing is answered twice', { timeout: LONG_MS }, async () => {
    const host = { kubeconfig: federation.host.kubeconfigPath };
    const more = {
      ...settings(),
      controlPlane: { host, publishRecords: true },
      federation: { domain: 'example.com' },
    };
    publishing = await startServe(await makePlace({ more }));
    await eventually(
      () => etcd.ctl(['get', '--prefix', '/skydns/com/example']),
      (stored) => stored.includes('fedns-records'),
      60_000,
    );
    await answered('192.0.2.1 192.0.2.2');
    // What it wrote before us it writes again and again (its README): the next addresses are ours first.
    await externalDns.stop();
    await say('192.0.2.3');
    await eventually(
      () => etcd.ctl(['get', '--prefix', '/skydns/com/example']),
      (stored) => stored.includes('192.0.2.3'),
      60_000,
    );
    externalDns = await startExternalDns(component, flags, etcd);
    await answered('192.0.2.3');
  });

  it('at rest neither writes, and neither takes away what is the other’s', {
    timeout: LONG_MS,
  }, async () => {
    const stored = async () => {
      const lines = await etcd.ctl(['get', '--prefix', '/skydns/', '-w', 'fields']);
      return lines.split('\n').filter((line) => /^"(Key|ModRevision)"/.test(line));
    };
    await eventually(
      async () => {
        const before = await stored();
        await sleep(REST_MS);
        return (await stored()).join() === before.join();
      },
      (isQuiet) => isQuiet,
      120_000,
    );
    await answered('192.0.2.3');
    expect(externalDns.log()).not.toMatch(/level=(error|fatal)/);
  });
});
