/**
 * DNSEndpoints in a real host, with a resolver of ours: host names by their TTL, the last good
 * addresses, a start that remembers them, objects of others.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  readDomain,
  readIngressDnsRecord,
  readServiceDnsRecord,
} from '../../src/api/kubefed/dns-record-objects.ts';
import { DnsEndpoints } from '../../src/controllers/records/dns-endpoints/dns-endpoints.ts';
import { RecordClaims } from '../../src/controllers/records/record-claims.ts';
import { RecordEvents } from '../../src/controllers/records/record-events.ts';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import { loadKubeconfig } from '../../src/kubernetes/kubeconfig.ts';
import { FollowedCollection } from '../../src/kubernetes/reconciling/followed-collection.ts';
import { PacedClient } from '../../src/kubernetes/reconciling/paced-client.ts';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

const API = 'multiclusterdns.kubefed.io/v1alpha1';
const GROUP = '/apis/multiclusterdns.kubefed.io/v1alpha1';
const KUBEFED = 'dnsendpoints.multiclusterdns.kubefed.io';
const EXTERNAL_DNS = 'dnsendpoints.externaldns.k8s.io';

let federation: Federation;
let running: { stop(): Promise<void> };
/** Host name -> addresses; none: it fails. */
const hosts = new Map<string, string[]>();
const asked: string[] = [];

beforeAll(async () => {
  federation = await startFederation({ members: [], withWorkloads: false });
  // Its own loop would do the work instead.
  await federation.controlPlane.stop();
  running = await startLoop();
}, 120_000);

afterAll(async () => {
  await running.stop();
  await federation.clusters.stop();
});

async function startLoop() {
  const { kubeconfigPath } = federation.host;
  const kubeconfig = await loadKubeconfig({ path: kubeconfigPath, environment: {} });
  const access = kubeconfig.access(kubeconfig.currentContext);
  const host = new PacedClient(new ApiClient(access), { perSecond: 100, burst: 100 });
  const { client } = host;
  const service = new FollowedCollection({
    client,
    path: `${GROUP}/servicednsrecords`,
    project: readServiceDnsRecord,
    onObject: (key) => claims.recordChanged('ServiceDNSRecord', key),
  });
  const ingress = new FollowedCollection({
    client,
    path: `${GROUP}/ingressdnsrecords`,
    project: readIngressDnsRecord,
    onObject: (key) => claims.recordChanged('IngressDNSRecord', key),
  });
  const namespace = 'kube-federation-system';
  const domains = new FollowedCollection({
    client,
    path: `${GROUP}/namespaces/${namespace}/domains`,
    project: readDomain,
  });
  const claims = new RecordClaims({
    ...{ namespace, domains },
    records: { ServiceDNSRecord: service, IngressDNSRecord: ingress },
    onRecord: (kind, key) => loop.wake(kind === 'ServiceDNSRecord' ? 'service' : 'ingress', key),
  });
  const loop = new DnsEndpoints({
    host,
    events: new RecordEvents(host),
    onlyNamespace: undefined,
    records: { service, ingress },
    claims,
    isWanted: true,
    lookUp: async (name) => {
      asked.push(name);
      const addresses = hosts.get(name);
      if (addresses === undefined) throw new Error(`no answer of ${name}`);
      return { addresses, ttlSeconds: 1 };
    },
    onHostFailure: () => {},
    onFault: (key, error) => console.error(key, error),
  });
  const parts = [service, ingress, domains, loop];
  for (const part of parts) part.start();
  return {
    stop: async () => {
      await Promise.all(parts.map((part) => part.stop()));
      await host.close();
    },
  };
}

/** An IngressDNSRecord at these targets of one cluster. */
async function put(name: string, ...ingress: object[]): Promise<void> {
  const metadata = { name, namespace: 'default' };
  const spec = { hosts: [`${name}.example.com`] };
  await federation.apply({ apiVersion: API, kind: 'IngressDNSRecord', metadata, spec });
  const patch = JSON.stringify({
    status: { dns: [{ cluster: 'one', loadBalancer: { ingress } }] },
  });
  const how = ['--subresource=status', '--type=merge', '-p', patch];
  await federation.host.kubectl(['patch', 'ingressdnsrecord', name, ...how]);
}

const get = async (...args: string[]) =>
  JSON.parse(await federation.host.kubectl(['get', '-o', 'json', ...args]));

const targetsOf = async (kind: string, name: string) =>
  (await get(kind, name)).spec.endpoints.flatMap((one: { targets: string[] }) => one.targets);

const endpoint = (name: string, metadata: object) => ({
  apiVersion: API,
  kind: 'DNSEndpoint',
  metadata: { name, namespace: 'default', ...metadata },
  spec: { endpoints: [] },
});

const written = async (name: string) => {
  const { status } = await get('ingressdnsrecord', name);
  return status.conditions?.find((one: { type: string }) => one.type === 'DNSEndpointWritten');
};

it('host names are asked again by their TTL, and what fails keeps its last addresses', async () => {
  hosts.set('lb.example.net', ['192.0.2.1']);
  await put('web', { hostname: 'lb.example.net' });
  const isAt = (...ips: string[]) =>
    eventually(
      () => targetsOf(KUBEFED, 'ingress-web'),
      (seen) => seen.join() === ips.join(),
    );
  await isAt('192.0.2.1');
  hosts.set('lb.example.net', ['192.0.2.2']);
  await isAt('192.0.2.2');
  hosts.delete('lb.example.net');
  const before = asked.length;
  await eventually(
    async () => asked.length,
    (count) => count > before + 1,
  );
  await isAt('192.0.2.2');
  expect(await targetsOf(EXTERNAL_DNS, 'ingress-web')).toEqual(['192.0.2.2']);
});

it('a start with a resolver that is away remembers them; another name harms nobody', async () => {
  await running.stop();
  running = await startLoop();
  await put('web', { hostname: 'lb.example.net' }, { hostname: 'new.example.net' });
  await eventually(
    () => written('web'),
    (one) => one?.reason === 'HostNotResolved',
  );
  expect(await targetsOf(KUBEFED, 'ingress-web')).toEqual(['192.0.2.2']);
  hosts.set('new.example.net', ['192.0.2.3']);
  await eventually(
    () => targetsOf(KUBEFED, 'ingress-web'),
    (seen) => seen.join() === '192.0.2.2,192.0.2.3',
  );
});

it('an object of another owner is left alone, in its API only', async () => {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'mine', uid: 'abc' };
  await federation.apply(endpoint('ingress-other', { ownerReferences: [owner] }));
  await put('other', { ip: '192.0.2.4' });
  const condition = await eventually(
    () => written('other'),
    (one) => one?.reason === 'NotOurs',
  );
  expect(condition.message).toContain('is of ConfigMap mine');
  expect(await targetsOf(KUBEFED, 'ingress-other')).toEqual([]);
  expect(await targetsOf(EXTERNAL_DNS, 'ingress-other')).toEqual(['192.0.2.4']);
});

it('one that KubeFed made, without an owner, becomes ours', async () => {
  await federation.apply(endpoint('ingress-old', {}));
  await put('old', { ip: '192.0.2.5' });
  await eventually(
    () => targetsOf(KUBEFED, 'ingress-old'),
    (seen) => seen.join() === '192.0.2.5',
  );
  const { metadata } = await get(KUBEFED, 'ingress-old');
  expect(metadata.ownerReferences).toMatchObject([{ kind: 'IngressDNSRecord', name: 'old' }]);
});

it('a record that can have no names says so', async () => {
  const label = 'x'.repeat(60);
  const externalName = [label, label, label, label].join('.');
  const metadata = { name: 'long', namespace: 'default' };
  const spec = { domainRef: 'd', externalName };
  await federation.apply({ apiVersion: API, kind: 'ServiceDNSRecord', metadata, spec });
  const patch = JSON.stringify({ status: { domain: 'example.com', dns: [] } });
  const how = ['--subresource=status', '--type=merge', '-p', patch];
  await federation.host.kubectl(['patch', 'servicednsrecord', 'long', ...how]);
  await eventually(
    () => get('servicednsrecord', 'long'),
    ({ status }) => status.conditions?.[0]?.reason === 'NameInvalid',
  );
});
