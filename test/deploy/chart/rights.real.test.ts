/**
 * The rights that the chart gives in the host, and `join` and `enable` in the members, are all that the
 * control plane asks for: every loop of it at work, of the whole cluster and of one namespace, and no
 * request refused by any API server.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listAt, textAt, textMapAt, valueAt } from '../../../src/api/untyped.ts';
import { eventually } from '../../controllers/eventually.ts';
import { startFakeClock } from '../../lab/fake-clock.ts';
import { loadBalancerStatus } from '../../lab/kubernetes-objects.ts';
import { temporaryFolder } from '../../lab/process.ts';
import { type HostWithPods, NAMESPACE, startHostWithPods } from '../host-with-pods.ts';
import {
  COLLECTS_STATUS,
  exceptRoles,
  objectsOfEveryLoop,
  sharedAutoscaler,
  sharedJob,
} from './every-loop.ts';

const LONG_MS = 180_000;
const MEMBERS = ['east', 'west'] as const;
const ADDRESS = '192.0.2.7';
const TYPES = ['deployment', 'service', 'job', 'horizontalpodautoscaler'];

const SCOPES = [
  { scope: 'Cluster', namespace: 'demo' },
  { scope: 'Namespaced', namespace: NAMESPACE },
] as const;

describe.each(SCOPES)('$scope: no request is refused', { timeout: LONG_MS }, (given) => {
  const { scope, namespace } = given;
  const isOfCluster = scope === 'Cluster';
  let on: HostWithPods;

  beforeAll(async () => {
    on = await startHostWithPods(MEMBERS);
    await upgrade('kubefed-0.3.1.yaml');
    const escalates = isOfCluster ? ['--allow-escalate'] : [];
    await done('join', 'east', '--cluster-context', 'east', ...escalates);
    await done('join', 'west', '--cluster-context', 'west');
    await done('enable', 'horizontalpodautoscalers');
    if (isOfCluster) {
      await on.host.kubectl(['create', 'namespace', namespace]);
      await on.apply({
        ...{ apiVersion: 'types.kubefed.io/v1beta1', kind: 'FederatedNamespace' },
        metadata: { name: namespace, namespace },
        spec: { placement: { clusterSelector: {} } },
      });
    }
    await on.apply(...objectsOfEveryLoop(namespace));
  }, LONG_MS);
  afterAll(() => on?.stop());

  afterEach(() => {
    for (const name of on.runner.logs().keys()) expect(name).not.toContain('not live');
    expect(on.refusals()).toEqual([]);
    expect(on.refusals('east')).toEqual([]);
    expect(exceptRoles(on.refusals('west'))).toEqual([]);
  });

  const upgrade = (values: string, ...more: readonly string[]) =>
    on.upgrade(values, '--set', `global.scope=${scope}`, ...more);

  async function done(...args: readonly string[]): Promise<void> {
    const ran = await on.fedns(...args, '--host-cluster-context', 'host');
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
  }

  const sees = (cluster: string, what: string, isSo: (text: string) => boolean) =>
    eventually(
      async () => JSON.stringify(await on.get(cluster, ...what.split(' '), '-n', namespace)),
      isSo,
      60_000,
    );

  it('of replicas, records, DNSEndpoints', async () => {
    await sees('host', 'federateddeployment web', (text) => text.includes('"/spec/replicas"'));
    await sees('west', 'service web', () => true);
    await on
      .member('west')
      .kubectl([
        ...['patch', 'service', 'web', '-n', namespace, '--subresource=status', '--type=merge'],
        ...['-p', loadBalancerStatus([ADDRESS])],
      ]);
    await sees('host', 'servicednsrecord web', (text) => text.includes(ADDRESS));
    for (const group of ['multiclusterdns.kubefed.io', 'externaldns.k8s.io']) {
      await sees('host', `dnsendpoints.${group} service-web`, (text) => text.includes(ADDRESS));
    }
  });

  it('of Jobs and autoscalers that clusters share', async () => {
    await on.apply(sharedJob(namespace), sharedAutoscaler(namespace));
    for (const name of MEMBERS) {
      await sees(name, 'job sum', (text) => /"completions":2,.*"parallelism":2/.test(text));
      await sees(name, 'hpa scaled', (text) => /"maxReplicas":3,.*"minReplicas":1/.test(text));
    }
    const isPlanned = (text: string) => text.includes('"reason":"Planned"');
    await sees('host', 'federatedjob sum', isPlanned);
    await sees('host', 'federatedhorizontalpodautoscaler scaled', isPlanned);
  });

  it('of FederatedServiceStatuses', async () => {
    const config = ['federatedtypeconfig', 'services', '-n', NAMESPACE];
    await on.host.kubectl(['patch', ...config, ...patchOf(COLLECTS_STATUS)]);
    await sees('host', 'federatedservicestatus web', (text) => text.includes(ADDRESS));
  });

  it('of the status of copies, collected, and of a token that is renewed', async () => {
    const renewed = await shortenToken(on, 'west');
    // A third of its ten minutes is over for controllers that live five minutes later.
    const clock = await startFakeClock();
    clock.set('+5m');
    const file = join(temporaryFolder('values'), 'values.yaml');
    writeFileSync(file, JSON.stringify({ controllermanager: { controller: { env: clock.env } } }));
    await upgrade('kubefed-0.10.yaml', '-f', file);
    await renewed();
    await sees('host', 'federatedservice web', (text) => {
      const copies = listAt(JSON.parse(text), 'status', 'clusters');
      return copies.some((copy) =>
        JSON.stringify(valueAt(copy, 'remoteStatus') ?? '').includes(ADDRESS),
      );
    });
  });

  it('of deletions, of members’ namespaces too', async () => {
    const types = isOfCluster ? [...TYPES, 'namespace'] : TYPES;
    for (const type of types) {
      const all = ['delete', `federated${type}`, '--all', '-n', namespace, '--timeout=60s'];
      await on.host.kubectl(all);
    }
    const left = isOfCluster ? ['namespace', namespace] : ['service,job,hpa,deployment'];
    for (const name of MEMBERS) {
      const get = ['get', ...left, '-n', namespace, '--ignore-not-found', '-o', 'name'];
      await eventually(
        () => on.member(name).kubectl(get),
        (said) => said === '',
        60_000,
      );
    }
  });
});

const patchOf = (patch: object) => ['--type=merge', '-p', JSON.stringify(patch)];

/** The member's token becomes one of ten minutes; what comes back waits until it was renewed. */
async function shortenToken(on: HostWithPods, member: string): Promise<() => Promise<void>> {
  const cluster = () => on.get('host', 'kubefedcluster', member, '-n', NAMESPACE);
  const name = textAt(await cluster(), 'spec', 'secretRef', 'name') ?? '';
  const secret = () => on.get('host', 'secret', name, '-n', NAMESPACE);
  const annotations = textMapAt(await secret(), 'metadata', 'annotations');
  const account = annotations.get('fedns.io/token-account')?.split('/')[1] ?? '';
  const create = ['create', 'token', account, '-n', NAMESPACE, '--duration=10m'];
  const token = btoa((await on.member(member).kubectl(create)).trim());
  const patch = patchOf({ data: { token } });
  await on.host.kubectl(['patch', 'secret', name, '-n', NAMESPACE, ...patch]);
  return async () => {
    const isAnother = (seen: unknown) => (textAt(seen, 'data', 'token') ?? token) !== token;
    await eventually(secret, isAnother, 60_000);
    await eventually(cluster, (seen) =>
      listAt(seen, 'status', 'conditions').some(
        (one) => textAt(one, 'type') === 'fedns.io/Token' && textAt(one, 'reason') === 'Valid',
      ),
    );
  };
}
