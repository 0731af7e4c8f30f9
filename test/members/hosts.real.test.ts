/**
 * Hosts of real Ingresses and routes, and Services by their nodes' and endpoints' addresses, in two
 * real members: one with the rights of deploy/, one that lets us read no Ingresses.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Clusters, type KubernetesCluster, startClusters } from '../lab/kubernetes.ts';
import type { RunningProcess } from '../lab/process.ts';
import {
  ends,
  fedns,
  makePlace,
  type Place,
  startServe,
  until,
} from '../scenario/running-fedns.ts';
import { GATEWAY_CRDS, gatewayCrds } from './gateway-crds.ts';

const ROLE = readFileSync(
  join(import.meta.dirname, '../../deploy/member/cluster-role.yaml'),
  'utf8',
);
/** A CRD that appears is looked for once a minute. */
const CRD_LIMIT_MS = 90_000;
const LABELS = { published: 'yes' };

let clusters: Clusters;
let place: Place;
let serve: RunningProcess;

function cluster(name: string): KubernetesCluster {
  const found = clusters.clusters.get(name);
  if (found === undefined) throw new Error(`no cluster ${name}`);
  return found;
}

function apply(name: string, ...objects: readonly object[]): Promise<string> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  return cluster(name).kubectl(['apply', '-f', '-'], JSON.stringify(list));
}

function setStatus(name: string, object: string, status: object): Promise<string> {
  const patch = JSON.stringify({ status });
  return cluster(name).kubectl([
    'patch',
    object,
    '--subresource=status',
    '--type=merge',
    '-p',
    patch,
  ]);
}

async function answers(host: string, want: string, limitMs = 20_000): Promise<void> {
  let last = '';
  const isSo = await until(async () => {
    last = await ends(place.port, host);
    return last === want;
  }, limitMs);
  if (!isSo) throw new Error(`${host}: ${last}, not ${want}; ${serve.log().slice(-3000)}`);
}

function ingress(host: string): object {
  const backend = { service: { name: 'web', port: { number: 80 } } };
  const http = { paths: [{ path: '/', pathType: 'Prefix', backend }] };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'shop', namespace: 'default' },
    spec: { rules: [{ host, http }] },
  };
}

function service(name: string, addresses: string, spec: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: 'default',
      labels: LABELS,
      annotations: { 'fedns.io/addresses': addresses },
    },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, name: 'http' }], ...spec },
  };
}

/** All that deploy/ asks for, but for Ingresses and what is beside them. */
function poorRules(): unknown {
  const role = parseAllDocuments(ROLE)[0]?.toJS() as { rules: { apiGroups: string[] }[] };
  return role.rules.filter(({ apiGroups }) => !apiGroups.join().includes('networking.k8s.io'));
}

beforeAll(async () => {
  clusters = await startClusters(['west', 'east']);
  const members = await Promise.all(
    (['west', 'east'] as const).map(async (name) => {
      await cluster(name).addNode('n1', { region: name, zone: 'a' });
      const addresses = [name === 'west' ? '192.0.2.1' : '192.0.2.2'];
      await cluster(name).deployService({ name: 'web', replicas: 2, addresses });
      await cluster(name).kubectl(['label', 'service', 'web', 'published=yes']);
      await apply(name, ingress('www.example.com'));
      const ip = name === 'west' ? '192.0.2.11' : '192.0.2.12';
      await setStatus(name, 'ingress/shop', { loadBalancer: { ingress: [{ ip }] } });
      const rules = name === 'west' ? ROLE : poorRules();
      const account = { serviceAccount: 'fedns', namespace: 'fedns-test', rules };
      // kwok's nodes are at 127.0.0.1, where no member is believed unless a person says so.
      const allow = ['127.0.0.1/32', '10.0.0.0/8', '192.0.2.0/24'];
      return { name, kubeconfig: await cluster(name).kubeconfigFor(account), allow };
    }),
  );
  place = await makePlace({
    more: {
      federation: { name: 'fed', domain: 'example.com' },
      members: { list: members, select: 'published=yes', ingresses: 'all' },
    },
  });
  serve = await startServe(place);
}, 180_000);

afterAll(async () => {
  await serve?.stop();
  await clusters?.stop();
});

it('an Ingress is one name; rights that are missing in a member take only its hosts', async () => {
  await answers('www.example.com', '192.0.2.11');
  await answers('web.default.fed.svc.a.east.example.com', '192.0.2.2');
  const checked = await fedns(place, ['members', 'check']);
  const [west = '', east = ''] = checked.stdout.split(/^(?=east )/m);
  expect(west).toMatch(/ingresses\S*: get, list, watch/);
  expect(east).not.toMatch(/ingresses\S*: get, list, watch/);
  const shown = await fedns(place, ['members', 'show', 'east']);
  expect(shown.stdout).toMatch(/^not read +Ingress /m);
  await cluster('west').scale('web', 0);
  await answers('www.example.com', 'NOERROR');
  await cluster('west').scale('web', 2);
  await answers('www.example.com', '192.0.2.11');
  await apply('west', ingress('new.example.com'));
  await answers('new.example.com', '192.0.2.11');
  await answers('www.example.com', 'NXDOMAIN');
  const explained = await fedns(place, ['explain', 'new.example.com']);
  expect(explained).toMatchObject({ code: 0, stderr: '' });
  expect(explained.stdout).toContain('A 192.0.2.11');
}, 120_000);

it('nodes and headless endpoints, as the real controllers say them', async () => {
  const status = JSON.parse(
    await cluster('west').kubectl(['get', 'node', 'n1', '-o', 'json']),
  ).status;
  const internal = status.addresses.find(
    (one: { type: string }) => one.type === 'InternalIP',
  ).address;
  await apply(
    'west',
    service('by-node', 'node-ports', { type: 'NodePort', externalTrafficPolicy: 'Local' }),
    service('by-pod', 'endpoints', { clusterIP: 'None' }),
  );
  await answers('by-node.default.fed.svc.example.com', internal);
  const pods = JSON.parse(
    await cluster('west').kubectl(['get', 'pods', '-l', 'app=web', '-o', 'json']),
  ).items.map((pod: { status: { podIP: string } }) => pod.status.podIP);
  expect(new Set(pods).size).toBe(2);
  await answers('by-pod.default.fed.svc.example.com', pods.sort().join(' '));
}, 60_000);

it('the Gateway API comes while we run', async () => {
  await cluster('west').kubectl(['apply', '-f', '-'], gatewayCrds());
  const established = ['wait', '--for=condition=Established', '--timeout=30s'];
  await cluster('west').kubectl([...established, ...GATEWAY_CRDS.map((name) => `crd/${name}`)]);
  const metadata = { namespace: 'default' };
  const apiVersion = 'gateway.networking.k8s.io/v1';
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }];
  const rules = [{ backendRefs: [{ name: 'web', port: 80 }] }];
  await apply(
    'west',
    { apiVersion, kind: 'Gateway', metadata: { ...metadata, name: 'edge' }, spec: { listeners } },
    {
      apiVersion,
      kind: 'HTTPRoute',
      metadata: { ...metadata, name: 'shop' },
      spec: { hostnames: ['route.example.com'], parentRefs: [{ name: 'edge' }], rules },
    },
  );
  const addresses = [{ type: 'IPAddress', value: '192.0.2.21' }];
  await setStatus('west', 'gateway.gateway.networking.k8s.io/edge', { addresses });
  const accepted = (status: string) => ({
    parents: [{ parentRef: { name: 'edge' }, conditions: [{ type: 'Accepted', status }] }],
  });
  await setStatus('west', 'httproute.gateway.networking.k8s.io/shop', accepted('True'));
  await answers('route.example.com', '192.0.2.21', CRD_LIMIT_MS);
  await setStatus('west', 'httproute.gateway.networking.k8s.io/shop', accepted('False'));
  await answers('route.example.com', 'NOERROR');
  // They go again, with all that they held.
  await cluster('west').kubectl(['delete', ...GATEWAY_CRDS.map((name) => `crd/${name}`)]);
  await answers('route.example.com', 'NXDOMAIN', CRD_LIMIT_MS);
  await answers('new.example.com', '192.0.2.11');
}, 240_000);
