/**
 * The health of clusters on a real host: real members, and one API of the test's own that answers as
 * no API server does on demand.
 */

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerFederationMetrics } from '../../src/controllers/metrics.ts';
import { CONTROL_PLANE_NAMESPACE as NAMESPACE } from './definitions.ts';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

let federation: Federation;
/** What `/healthz` of the odd member says. */
let answer: (response: ServerResponse) => void = (response) => response.end('ok');
const odd = createServer((request, response) => {
  if (request.url === '/healthz') answer(response);
  else response.writeHead(404).end('{}');
}).listen(0, '127.0.0.1');
const registry = new Registry();

beforeAll(async () => {
  if (!odd.listening) await once(odd, 'listening');
  federation = await startFederation({ members: ['one'], withWorkloads: false });
  registerFederationMetrics(registry, {
    get isLeading() {
      return federation.controlPlane.isLeading;
    },
    get loops() {
      return federation.controlPlane.loops;
    },
  });
  const one = federation.member('one');
  await one.addNode('n1', { region: 'eu', zone: 'eu-a' });
  await one.addNode('n2', { region: 'eu', zone: 'eu-b' });
  await federation.join('one');
  await registerOdd({ token: 'any' });
}, 120_000);

afterAll(async () => {
  odd.closeAllConnections();
  odd.close();
  await federation.stop();
});

const endpoint = () => `http://127.0.0.1:${(odd.address() as AddressInfo).port}`;

async function registerOdd(data: object): Promise<void> {
  const metadata = { name: 'odd', namespace: NAMESPACE };
  await federation.apply(
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: data },
    {
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedCluster',
      metadata,
      spec: { apiEndpoint: endpoint(), secretRef: { name: 'odd' } },
    },
  );
}

/** `Type status Reason` of each. */
async function words(name: string): Promise<string[]> {
  const { status } = await federation.get('host', ['kubefedcluster', name, '-n', NAMESPACE]);
  const conditions = (status?.conditions ?? []).filter(({ type }) => type !== 'fedns.io/Token');
  return conditions.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`).sort();
}

const says = (name: string, ...want: string[]) =>
  eventually(
    () => words(name),
    (seen) => JSON.stringify(seen) === JSON.stringify(want),
  );

const states = async (cluster: string) => {
  const text = await registry.metrics();
  const rows = text.matchAll(/^kubefedcluster_total{state="(\w+)",cluster="(\w+)"} 1$/gm);
  return [...rows].filter(([, , name]) => name === cluster).map(([, state]) => state);
};

const READY = 'Ready True ClusterReady';
const OFFLINE = 'Offline True ClusterNotReachable';

it('what is well is ready, with its version and place', async () => {
  await says('one', READY);
  await says('odd', READY);
  const { status } = await federation.get('host', ['kubefedcluster', 'one', '-n', NAMESPACE]);
  expect(status).toMatchObject({ region: 'eu', zones: ['eu-a', 'eu-b'] });
  expect(status?.kubernetesVersion).toMatch(/^v1\./);
  expect(await states('one')).toEqual(['ready']);
});

it('another body is not ready and reachable; an error of HTTP is offline and nothing more', async () => {
  answer = (response) => response.end('etcd failed');
  await says('odd', 'Offline False ClusterReachable', 'Ready False ClusterNotReady');
  expect(await states('odd')).toEqual(['notready']);
  answer = (response) => response.end('OK');
  await says('odd', READY);
  answer = (response) => response.writeHead(500).end('ok');
  await says('odd', OFFLINE);
  expect(await states('odd')).toEqual(['offline']);
});

it('who hangs is offline after its time-out, and delays nobody', async () => {
  answer = (response) => response.end('ok');
  await says('odd', READY);
  answer = () => undefined;
  await federation.member('one').apiserver.kill9();
  await says('one', OFFLINE);
  await says('odd', OFFLINE);
  await federation.member('one').restartApi();
  // While the other one hangs in every round.
  await says('one', READY);
  expect(await words('odd')).toEqual([OFFLINE]);
});

it('where a cluster is, and its version, is remembered while nobody can be asked', async () => {
  const look = () => federation.get('host', ['kubefedcluster', 'one', '-n', NAMESPACE]);
  const placeOf = ({ status }: Awaited<ReturnType<typeof look>>) => {
    const { conditions: _, ...place } = status ?? {};
    return place;
  };
  const before = placeOf(await look());
  await federation.member('one').apiserver.kill9();
  await says('one', OFFLINE);
  expect(placeOf(await look())).toEqual(before);
  // A start in the middle of it, too.
  await federation.controlPlane.stop();
  await federation.startControlPlane();
  await eventually(states.bind(undefined, 'one'), (seen) => seen.join() === 'offline');
  expect(placeOf(await look())).toEqual(before);
  await federation.member('one').restartApi();
  await says('one', READY);
}, 60_000);

it('what cannot be used says so, and what was in use stays in use', async () => {
  answer = (response) => response.end('ok');
  await says('odd', READY);
  const patch = (spec: object) =>
    federation.host.kubectl([
      ...['patch', 'kubefedcluster', 'odd', '-n', NAMESPACE, '--type=merge'],
      ...['-p', JSON.stringify({ spec })],
    ]);
  await patch({ secretRef: { name: 'nobody' } });
  await says('odd', 'ConfigMalformed True ClusterConfigMalformed', READY);
  const { status } = await federation.get('host', ['kubefedcluster', 'odd', '-n', NAMESPACE]);
  expect(status?.conditions?.find(({ type }) => type === 'ConfigMalformed')?.message).toMatch(
    /^spec\.secretRef\.name: Secret "nobody" is not there.*: the access it had stays$/,
  );
  await patch({ secretRef: { name: 'odd' } });
  await says('odd', READY);
  // Never usable: nothing else is known of it.
  await federation.host.kubectl(['delete', 'kubefedcluster,secret', 'odd', '-n', NAMESPACE]);
  await registerOdd({ key: 'without a token' });
  await says('odd', 'ConfigMalformed True ClusterConfigMalformed');
});
