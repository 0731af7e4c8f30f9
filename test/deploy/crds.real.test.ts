/**
 * The definitions of deploy/crds on a real API server: they go in without a warning, take what
 * KubeFed took, whatever its size, print the columns, and fill in the defaults.
 */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaultKubeFedConfig } from '../../src/api/kubefed/kubefed-config.ts';
import { federatedCrd } from '../../src/federation/federated-types/federated-crd.ts';
import { SHIPPED_TYPES } from '../../src/federation/federated-types/shipped-types.ts';
import { DEPLOY, MANIFEST_FILES, type ManifestObject, manifestObjects } from './admission-table.ts';
import { type HostWithKinds, NAMESPACE, refusal, startHostWithKinds } from './host-with-kinds.ts';

let host: HostWithKinds;

beforeAll(async () => {
  host = await startHostWithKinds();
});
afterAll(() => host?.clusters.stop());

const get = async (...args: string[]) =>
  JSON.parse(await host.kubectl(['get', ...args, '-o', 'json']));

it('goes in a second time, and over what is there', async () => {
  const said = await host.kubectl(['apply', '-f', join(DEPLOY, 'crds')]);
  expect(
    said
      .trim()
      .split('\n')
      .every((line) => line.endsWith('unchanged')),
  ).toBe(true);
});

it("leaves ExternalDNS's own definition alone where it is", async () => {
  const again = host.kubectl(['create', '-f', join(DEPLOY, 'crds/external-dns')]);
  expect(await refusal(again)).toContain('AlreadyExists');
  const crd = await get('crd', 'dnsendpoints.externaldns.k8s.io');
  expect(crd.metadata.annotations['api-approved.kubernetes.io']).toContain('external-dns');
  const conditions: { type: string; status: string }[] = crd.status.conditions;
  const wrong = conditions.filter(({ type }) => type === 'NonStructuralSchema');
  expect(wrong).toEqual([]);
});

it('has the names that KubeFed has', async () => {
  const text = await host.kubectl(['api-resources', '--no-headers']);
  const lines = text.split('\n').filter((line) => /kubefed\.io|externaldns/.test(line));
  const words = lines.map((line) => line.trim().split(/ +/).join(' '));
  expect(words.sort()).toEqual(NAMES);
});

describe('what KubeFed took', () => {
  it.each(MANIFEST_FILES.flatMap(manifestObjects).map((each) => [each.kind, each] as const))(
    '%s',
    async (_, object) => {
      await host.kubectl(['apply', '-f', '-'], JSON.stringify(object));
      const { kind, metadata } = object;
      const resource = `${kind.toLowerCase()}.${object.apiVersion.split('/')[0]}`;
      const within = metadata.namespace === undefined ? [] : ['-n', metadata.namespace];
      const stored = await get(resource, metadata.name, ...within);
      expect(stored).toMatchObject(withoutStatus(object));
    },
  );

  it.each([
    ['nothing', {}],
    ['2000 clusters', { placement: { clusters: many(2000, (at) => ({ name: `c${at % 1999}` })) } }],
    ['1000 clusters with overrides', { overrides: many(1000, (at) => overridesOf(at, 5)) }],
    ['5000 overrides of one cluster', { overrides: [overridesOf(0, 5000)] }],
    [
      '5000 expressions',
      { placement: { clusterSelector: { matchExpressions: many(5000, expression) } } },
    ],
  ])('a federated object of %s', async (_, spec) => {
    const metadata = { name: 'any', namespace: 'shop' };
    const object = { apiVersion: 'types.kubefed.io/v1beta1', kind: 'FederatedConfigMap', metadata };
    const args = ['create', '--dry-run=server', '-f', '-'];
    await host.kubectl(args, JSON.stringify({ ...object, spec }));
  });

  it('preferences of 2000 clusters, 3000 hosts', async () => {
    const preferences = many(2000, (at) => [`c${at}`, { minReplicas: at, maxReplicas: at }]);
    const spec = { targetKind: 'FederatedDeployment', totalReplicas: 1 };
    const args = ['create', '--dry-run=server', '-f', '-'];
    const metadata = { name: 'any', namespace: 'shop' };
    const items = [
      {
        apiVersion: 'scheduling.kubefed.io/v1alpha1',
        kind: 'ReplicaSchedulingPreference',
        metadata,
        spec: { ...spec, clusters: Object.fromEntries(preferences) },
      },
      {
        apiVersion: 'multiclusterdns.kubefed.io/v1alpha1',
        kind: 'IngressDNSRecord',
        metadata,
        spec: { hosts: many(3000, (at) => `h${at}.example.com`) },
      },
    ];
    await host.kubectl(args, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  });
});

it.each([
  ['kubefedclusters', 'NAME AGE READY KUBERNETES-VERSION REASON WATCHED REGION'],
  ['kubefedconfigs', 'NAME AGE SCOPE READY REASON'],
  ['federatedtypeconfigs', 'NAME AGE PROPAGATION CONTROLLER READY REASON'],
  ['federateddeployments', 'NAME AGE PROPAGATED REASON'],
  ['replicaschedulingpreferences', 'NAME AGE TARGET TOTAL READY REASON'],
  ['domains', 'NAME AGE DOMAIN READY REASON'],
  ['servicednsrecords', 'NAME AGE DOMAIN READY REASON'],
  ['ingressdnsrecords', 'NAME AGE HOST READY REASON'],
  ['dnsendpoints.multiclusterdns.kubefed.io', 'NAME AGE NAME TYPE'],
  ['propagatedversions', 'NAME AGE'],
])('kubectl get %s: %s', async (resource, header) => {
  const namespace = /^(kubefed|federatedtype|domains)/.test(resource) ? NAMESPACE : 'shop';
  const text = await host.kubectl(['get', resource, '-n', namespace]);
  expect(text.split('\n')[0]?.trim().split(/ +/).join(' ')).toBe(header);
});

describe('is it working', () => {
  it('a cluster that is ready, and one that cannot be reached', async () => {
    const [ready] = manifestObjects('core.yaml').filter(({ kind }) => kind === 'KubeFedCluster');
    if (ready === undefined) throw new Error('no KubeFedCluster');
    await writeStatus(ready);
    expect(await rowOfCluster()).toBe('True v1.24.3 ClusterReady True west');
    const time = '2022-08-01T10:00:00Z';
    const watched = { type: 'fedns.io/Watched', status: 'False', lastProbeTime: time };
    const offline = { type: 'Offline', status: 'True', lastProbeTime: time };
    const conditions = [
      { ...watched, reason: 'Lost' },
      { ...offline, reason: 'ClusterNotReachable' },
    ];
    await writeStatus({ ...ready, status: { conditions } });
    expect(await rowOfCluster()).toBe('ClusterNotReachable False');
  });

  it('a federated object, a domain', async () => {
    const conditions = [{ type: 'Propagation', status: 'False', reason: 'CheckClusters' }];
    await statusOf('FederatedDeployment', { conditions });
    const deployment = await host.kubectl(['get', 'fdeploy', 'web', '-n', 'shop', '--no-headers']);
    expect(deployment).toMatch(/^web +\S+ +False +CheckClusters\s*$/);
    await statusOf('Domain', { conditions: [{ type: 'Ready', status: 'True', reason: 'Served' }] });
    const domain = await host.kubectl(['get', 'domains', '-n', NAMESPACE, '--no-headers']);
    expect(domain).toMatch(/test-domain +\S+ +example.com +True +Served/);
  });
});

it('the API server fills in the defaults, all but the gates', async () => {
  const metadata = { name: 'other', namespace: NAMESPACE };
  const config = { apiVersion: 'core.kubefed.io/v1beta1', kind: 'KubeFedConfig', metadata };
  const object = { ...config, spec: { scope: 'Cluster', leaderElect: { leaseDuration: '1m' } } };
  await host.kubectl(['create', '-f', '-'], JSON.stringify(object));
  const { spec } = await get('kubefedconfig', 'other', '-n', NAMESPACE);
  const { featureGates: _, ...wanted } = Object(defaultKubeFedConfig(object)['spec']);
  expect(spec).toEqual(wanted);
});

it('what is stored already stays writable', async () => {
  const [target] = SHIPPED_TYPES.filter(({ kind }) => kind === 'ReplicaSet');
  if (target === undefined) throw new Error('no ReplicaSet');
  const crd = federatedCrd(target);
  const lax = parse(JSON.stringify(crd));
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  lax.spec.versions[0].schema.openAPIV3Schema.properties.spec = anything;
  await host.kubectl(['apply', '-f', '-'], JSON.stringify(lax));
  const path = '/metadata/name';
  const twice = { clusterName: 'c', clusterOverrides: [{ path }, { path }, { path: 'x' }] };
  const unnamed = { clusterOverrides: [] };
  const matchExpressions = [{ key: 'a b', operator: 'Gt', values: ['x y'] }];
  const metadata = { name: 'old', namespace: 'shop', finalizers: ['kubefed.io/sync-controller'] };
  const object = { apiVersion: 'types.kubefed.io/v1beta1', kind: 'FederatedReplicaSet', metadata };
  const placement = { clusterSelector: { matchExpressions } };
  const spec = { overrides: [twice, twice, unnamed], placement, template: {} };
  // The definition is in force a little after it was taken.
  await expect
    .poll(() => refusal(host.kubectl(['apply', '-f', '-'], JSON.stringify({ ...object, spec }))), {
      timeout: 20_000,
    })
    .toBeUndefined();
  await host.kubectl(['apply', '-f', '-'], JSON.stringify(crd));
  const dry = ['create', '--dry-run=server', '-f', '-'];
  const another = JSON.stringify({ ...object, metadata: { ...metadata, name: 'new' }, spec });
  await expect
    .poll(() => refusal(host.kubectl(dry, another)), { timeout: 20_000 })
    .toContain('Duplicate value');
  // With warnings of what is wrong.
  const { kubectl } = host.host;
  const old = ['frs', 'old', '-n', 'shop'];
  await kubectl(['label', ...old, 'seen=yes']);
  const template = JSON.stringify({ spec: { template: { metadata: { labels: { app: 'web' } } } } });
  await kubectl(['patch', ...old, '--type=merge', '-p', template]);
  await kubectl(['patch', ...old, '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
  await kubectl(['delete', ...old]);
});

const NAMES = `
clusterpropagatedversions core.kubefed.io/v1alpha1 false ClusterPropagatedVersion
dnsendpoints externaldns.k8s.io/v1alpha1 true DNSEndpoint
dnsendpoints multiclusterdns.kubefed.io/v1alpha1 true DNSEndpoint
domains multiclusterdns.kubefed.io/v1alpha1 true Domain
federatedclusterroles types.kubefed.io/v1beta1 false FederatedClusterRole
federatedconfigmaps fcm types.kubefed.io/v1beta1 true FederatedConfigMap
federateddeployments fdeploy types.kubefed.io/v1beta1 true FederatedDeployment
federatedingresses fing types.kubefed.io/v1beta1 true FederatedIngress
federatedjobs types.kubefed.io/v1beta1 true FederatedJob
federatednamespaces fns types.kubefed.io/v1beta1 true FederatedNamespace
federatedreplicasets frs types.kubefed.io/v1beta1 true FederatedReplicaSet
federatedsecrets types.kubefed.io/v1beta1 true FederatedSecret
federatedserviceaccounts fsa types.kubefed.io/v1beta1 true FederatedServiceAccount
federatedservices fsvc types.kubefed.io/v1beta1 true FederatedService
federatedservicestatuses core.kubefed.io/v1alpha1 true FederatedServiceStatus
federatedtypeconfigs ftc core.kubefed.io/v1beta1 true FederatedTypeConfig
ingressdnsrecords multiclusterdns.kubefed.io/v1alpha1 true IngressDNSRecord
kubefedclusters kfc core.kubefed.io/v1beta1 true KubeFedCluster
kubefedconfigs core.kubefed.io/v1beta1 true KubeFedConfig
propagatedversions core.kubefed.io/v1alpha1 true PropagatedVersion
replicaschedulingpreferences rsp scheduling.kubefed.io/v1alpha1 true ReplicaSchedulingPreference
servicednsrecords multiclusterdns.kubefed.io/v1alpha1 true ServiceDNSRecord
`
  .trim()
  .split('\n');

function many<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

function overridesOf(cluster: number, count: number) {
  const clusterOverrides = many(count, (at) => ({ path: `/data/k${at}`, value: `${at}` }));
  return { clusterName: `c${cluster}`, clusterOverrides };
}

function expression(at: number) {
  return { key: `example.com/k${at}`, operator: 'NotIn', values: [`v${at}`] };
}

/** The status of what has a subresource for it is not taken from a manifest. */
function withoutStatus({ status: _, ...object }: ManifestObject): object {
  return object;
}

async function writeStatus(object: ManifestObject): Promise<void> {
  const args = ['replace', '--subresource=status', '-f', '-'];
  await host.kubectl(args, JSON.stringify(object));
}

async function statusOf(kind: string, status: object): Promise<void> {
  const object = MANIFEST_FILES.flatMap(manifestObjects).find((each) => each.kind === kind);
  if (object === undefined) throw new Error(`no ${kind}`);
  await writeStatus({ ...object, status });
}

async function rowOfCluster(): Promise<string> {
  const args = ['get', 'kfc', 'cluster1', '-n', NAMESPACE, '--no-headers'];
  return (await host.kubectl(args)).trim().split(/ +/).slice(2).join(' ');
}
