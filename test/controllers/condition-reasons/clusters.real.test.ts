/**
 * Every reason of the conditions of KubeFedClusters that the control plane writes: of a real member, and
 * of an API of the test's own that answers as no API server does on demand.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CONTROL_PLANE_NAMESPACE as NAMESPACE } from '../definitions.ts';
import { type Federation, startFederation } from '../federation.ts';
import { grantAll, narrowAccount } from './narrow-account.ts';
import { columnsOf, ToldConditions } from './told-conditions.ts';

const AT = { kind: 'kubefedcluster', namespace: NAMESPACE };

let federation: Federation;
const told = new ToldConditions(() => federation);
const says = told.of('KubeFedCluster', AT);
/** What `/healthz` of the odd member says. */
let answer: (response: ServerResponse) => void = (response) => response.end('ok');
const odd = createServer((request, response) => {
  if (request.url === '/healthz') answer(response);
  else response.writeHead(404).end('{}');
}).listen(0, '127.0.0.1');

beforeAll(async () => {
  if (!odd.listening) await once(odd, 'listening');
  federation = await startFederation({ members: ['one'], withWorkloads: false });
}, 120_000);

afterAll(async () => {
  odd.closeAllConnections();
  odd.close();
  await federation.stop();
});

/** `account`: whose token it is said to be. */
async function register(name: string, token: string, account?: string): Promise<void> {
  const annotations = account === undefined ? {} : { 'fedns.io/token-account': account };
  const metadata = { name, namespace: NAMESPACE };
  const apiEndpoint = `http://127.0.0.1:${(odd.address() as AddressInfo).port}`;
  await federation.apply(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...metadata, annotations },
      data: { token: btoa(token) },
    },
    {
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedCluster',
      metadata,
      spec: { apiEndpoint, secretRef: { name } },
    },
  );
}

/** That of an account of a cluster, as far as we read it: begun and ended so many seconds from now. */
function tokenOf(begunS: number, endsS: number): string {
  const nowS = Math.floor(Date.now() / 1000);
  return ['e30', btoa(JSON.stringify({ iat: nowS + begunS, exp: nowS + endsS })), 'x'].join('.');
}

const ENDS = String.raw`its token ends \d{4}-\S+Z`;

it('a member that is well, whose token ends or does not', async () => {
  const one = federation.member('one');
  await federation.join('one');
  await says('one', 'Ready', 'ClusterReady', '/healthz responded with ok');
  const without = 'the token in its Secret does not say when it ends';
  await says('one', 'fedns.io/Token', 'NeverEnds', without);
  const kubeconfig = await narrowAccount(one);
  await grantAll(one);
  const { token } = parse(readFileSync(kubeconfig, 'utf8')).users[0].user;
  const data = JSON.stringify({ data: { token: btoa(token) } });
  await federation.host.kubectl([
    ...['patch', 'secret', 'one', '-n', NAMESPACE, '--type=merge', '-p', data],
  ]);
  await says('one', 'fedns.io/Token', 'Valid', new RegExp(`^${ENDS}$`));
});

it('a token that is not renewed says why, and what to do', async () => {
  await register('due', tokenOf(-500, 100));
  await says(
    'due',
    'fedns.io/Token',
    'RenewalDue',
    new RegExp(`^${ENDS}; .*"fedns members renew due" makes another$`),
  );
  await register('refused', tokenOf(-500, 100), 'system/account');
  await says(
    'refused',
    'fedns.io/Token',
    'RenewalFailed',
    /^POST \S+\/serviceaccounts\/account\/token: server says 404.*; it ends \S+Z/,
  );
  await register('ended', tokenOf(-500, -100), 'system/account');
  await says(
    'ended',
    'fedns.io/Token',
    'Ended',
    /^its token ended \S+: "fedns members renew ended" makes another$/,
  );
});

it('a member that answers otherwise, or of which nothing can be used', async () => {
  await register('odd', 'any');
  answer = (response) => response.end('etcd failed');
  await says('odd', 'Ready', 'ClusterNotReady', '/healthz responded without ok: etcd failed');
  await says('odd', 'Offline', 'ClusterReachable', 'cluster is reachable');
  await federation.apply({
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedCluster',
    metadata: { name: 'bare', namespace: NAMESPACE },
    spec: { apiEndpoint: 'http://127.0.0.1:1', secretRef: { name: 'nobody' } },
  });
  await says(
    'bare',
    'ConfigMalformed',
    'ClusterConfigMalformed',
    /^no access: spec\.secretRef\.name: Secret "nobody" is not there/,
  );
});

it('a member that does not answer, and the columns of all of them', async () => {
  const healthy = await columnsOf(federation, AT);
  expect(healthy['one']).toMatchObject({ READY: 'True', REASON: 'ClusterReady' });
  expect(healthy['odd']).toMatchObject({ READY: 'False', REASON: 'ClusterNotReady' });
  expect(healthy['bare']).toMatchObject({ READY: '', REASON: 'ClusterConfigMalformed' });
  await federation.member('one').apiserver.kill9();
  await says(
    'one',
    'Offline',
    'ClusterNotReachable',
    /^cluster is not reachable: GET \/healthz: connect ECONNREFUSED /,
  );
  const broken = await columnsOf(federation, AT);
  expect(broken['one']).toMatchObject({ READY: '', REASON: 'ClusterNotReachable' });
});

it('there is no reason but those, and the page has them', () => told.expectPage());
