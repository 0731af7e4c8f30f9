/** A member's token is renewed after a third of its life; what cannot be renewed is told, and kept. */

import { Registry } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import { textMapAt } from '../../src/api/untyped.ts';
import type { FederatedClusters } from '../../src/controllers/clusters/federated-clusters.ts';
import { TokenRenewal } from '../../src/controllers/clusters/token-renewal.ts';
import type { FederationLoops } from '../../src/controllers/federation-loops.ts';
import { registerFederationMetrics } from '../../src/controllers/metrics.ts';
import { isRenewalDue, lifeOfToken } from '../../src/federation/joining/token-life.ts';
import { ApiError } from '../../src/kubernetes/api-error.ts';
import type { PacedClient } from '../../src/kubernetes/reconciling/paced-client.ts';

const HOUR_MS = 3_600_000;

function tokenOf(claims: object): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
}

/** Issued so many hours ago, living so many. */
function aged(hours: number, lifeHours: number): string {
  const iat = Math.floor((Date.now() - hours * HOUR_MS) / 1000);
  return tokenOf({ iat, exp: iat + lifeHours * 3600, sub: 'system:serviceaccount:kube:east-host' });
}

it.each([
  [0, false],
  [9.9, false],
  [10.1, true],
  [31, true],
])('%d hours of thirty: due %s', (hours, isDue) => {
  const life = lifeOfToken(aged(hours, 30));
  expect(life && isRenewalDue(life, Date.now())).toBe(isDue);
});

it.each([['no token'], ['a.b.c'], [tokenOf({ sub: 'x' })], [tokenOf({ iat: 5, exp: 1 })]])(
  '%s says nothing of its end',
  (token) => expect(lifeOfToken(token)).toBeUndefined(),
);

const running: TokenRenewal[] = [];
afterEach(async () => {
  for (const loop of running.splice(0)) await loop.stop();
});

interface Trial {
  readonly asked: string[];
  readonly patched: unknown[];
  readonly condition: () => unknown;
  readonly loop: TokenRenewal;
}

interface Server {
  readonly refusal?: ApiError;
  /** Of the tokens that it grants, whatever it is asked for. */
  readonly grantedHours?: number;
}

async function trial(token: string, { refusal, grantedHours = 720 }: Server = {}): Promise<Trial> {
  const asked: string[] = [];
  const patched: unknown[] = [];
  const data = { token: Buffer.from(token).toString('base64') };
  const host = {
    get: async () => ({ metadata: { name: 'east', resourceVersion: '7' }, data }),
    patch: async (_path: string, body: unknown) => void patched.push(body),
  };
  const member = {
    post: async (path: string) => {
      asked.push(path);
      if (refusal !== undefined) throw refusal;
      const expirationTimestamp = new Date(Date.now() + grantedHours * HOUR_MS).toISOString();
      return { status: { token: aged(0, grantedHours), expirationTimestamp } };
    },
  };
  const cluster = {
    name: 'east',
    isReady: true,
    client: member,
    object: { spec: { secretRef: { name: 'east' } } },
  };
  const loop = new TokenRenewal({
    clusters: { get: () => cluster } as unknown as FederatedClusters,
    host: host as unknown as PacedClient,
    namespace: 'kube',
    onCondition: () => undefined,
    onFault: (_cluster, error) => {
      throw error;
    },
  });
  running.push(loop);
  loop.start();
  loop.clusterChanged('east');
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { asked, patched, condition: () => loop.conditionOf('east'), loop };
}

it('a young one stays, and says when it ends', async () => {
  const { asked, condition } = await trial(aged(1, 30));
  expect(asked).toEqual([]);
  expect(condition()).toMatchObject({ type: 'fedns.io/Token', status: 'True', reason: 'Valid' });
});

it('after a third of its life it is renewed, under the version of the Secret that was read', async () => {
  const { asked, patched, condition } = await trial(aged(11, 30));
  expect(asked).toEqual(['/api/v1/namespaces/kube/serviceaccounts/east-host/token']);
  expect(patched).toMatchObject([
    { metadata: { resourceVersion: '7' }, data: { token: expect.stringMatching(/^\w/) } },
  ]);
  expect(condition()).toMatchObject({ status: 'True', reason: 'Valid' });
});

it('a server that grants less than was asked is taken at its word', async () => {
  const { patched, condition, loop } = await trial(aged(11, 30), { grantedHours: 1 });
  const [patch] = patched;
  const expires = textMapAt(patch, 'metadata', 'annotations').get('fedns.io/token-expires') ?? '';
  expect(Math.abs(Date.parse(expires) - Date.now() - HOUR_MS)).toBeLessThan(60_000);
  expect(condition()).toMatchObject({ status: 'True', reason: 'Valid' });
  expect(await endsInSeconds(loop)).toBeCloseTo(Date.parse(expires) / 1000, -1);
});

/** As the control plane's metrics say it; undefined: they do not. */
async function endsInSeconds(tokens: TokenRenewal): Promise<number | undefined> {
  const registry = new Registry();
  const clusters = { names: [], get: () => undefined };
  const loops = { tokens, clusters, types: { engines: [] }, tombstoneCount: 0 };
  const source = { isLeading: true, loops: loops as unknown as FederationLoops };
  registerFederationMetrics(registry, source);
  const name = 'fedns_federation_token_ends_timestamp_seconds{cluster="east"}';
  const line = (await registry.metrics()).split('\n').find((one) => one.startsWith(name));
  return line === undefined ? undefined : Number(line.slice(name.length));
}

it('when a token ends is a metric; one that never does has none', async () => {
  const { loop } = await trial(aged(1, 30));
  expect(await endsInSeconds(loop)).toBeCloseTo(Date.now() / 1000 + 29 * 3600, -2);
  const forever = await trial(tokenOf({ sub: 'system:serviceaccount:kube:east-host' }));
  expect(await endsInSeconds(forever.loop)).toBeUndefined();
});

it('a refusal is told with what is left', async () => {
  const refusal = new ApiError('API_STATUS', 'server says 403 Forbidden', { status: 403 });
  const { patched, condition } = await trial(aged(11, 30), { refusal });
  expect(patched).toEqual([]);
  expect(condition()).toMatchObject({
    status: 'False',
    reason: 'RenewalFailed',
    message: expect.stringMatching(/403 Forbidden; it ends 20/),
  });
});

it('one that has ended cannot renew itself', async () => {
  const { asked, condition } = await trial(aged(40, 30));
  expect(asked).toEqual([]);
  expect(condition()).toMatchObject({ status: 'False', reason: 'Ended' });
});

it('KubeFed’s older form never ends', async () => {
  const { condition } = await trial(tokenOf({ sub: 'system:serviceaccount:kube:east-host' }));
  expect(condition()).toMatchObject({ status: 'True', reason: 'NeverEnds' });
});
