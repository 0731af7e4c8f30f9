/** ReplicaSchedulingPreferences as the guide has them: every case that it documents, over a, b and c. */

import { expect, it } from 'vitest';
import { eventually } from '../../controllers/eventually.ts';
import type { Guide } from './guide.ts';

const NAMESPACE = 'test-ns';
const NAME = 'test-deployment';

type Spread = Readonly<Record<string, number>>;

export function itSharesReplicas(guide: () => Guide): void {
  it('nine, by weights, between bounds, fifty with a maximum', async () => {
    await deploy(guide());
    const between = { minReplicas: 4, maxReplicas: 6, weight: 1 };
    const cases: readonly (readonly [object, Spread])[] = [
      [{ totalReplicas: 9 }, { a: 3, b: 3, c: 3 }],
      [
        { totalReplicas: 9, clusters: { a: { weight: 1 }, b: { weight: 2 } } },
        { a: 3, b: 6, c: 0 },
      ],
      [
        {
          totalReplicas: 9,
          clusters: { a: between, b: { minReplicas: 4, maxReplicas: 8, weight: 2 } },
        },
        { a: 4, b: 5, c: 0 },
      ],
    ];
    for (const [spec, want] of cases) {
      await prefer(guide(), { ...spec, rebalance: true });
      await spreads(guide(), (seen) => MEMBERS.every((name) => seen[name] === want[name]));
    }
    await prefer(guide(), {
      totalReplicas: 50,
      rebalance: true,
      clusters: { '*': { weight: 1 }, c: { maxReplicas: 20, weight: 1 } },
    });
    await spreads(guide(), isEven);
  });

  it('one away, then two: the others have them as far as they may; back again all share', async () => {
    const { on } = guide();
    await on.member('b').apiserver.kill9();
    await spreads(guide(), (seen) => seen['a'] === 30 && seen['c'] === 20);
    await on.member('a').apiserver.kill9();
    const planned = `kubectl -n ${NAMESPACE} get rsp ${NAME} -o jsonpath='{.status.conditions[0].message}'`;
    await guide().until(planned, (said) => said === 'c 20');
    expect(await spreads(guide(), () => true)).toEqual({ c: 20 });
    await Promise.all([on.member('a').restartApi(), on.member('b').restartApi()]);
    await spreads(guide(), isEven);
  });
}

const MEMBERS = ['a', 'b', 'c'];

/** Who has the two of the remainder hangs on names. */
function isEven(seen: Spread): boolean {
  const counts = MEMBERS.map((name) => seen[name]).sort();
  return counts.join() === '16,17,17';
}

async function deploy({ on, type }: Guide): Promise<void> {
  await type(`kubectl create namespace ${NAMESPACE}`);
  const types = 'types.kubefed.io/v1beta1';
  const labels = { app: 'nginx' };
  const pod = { metadata: { labels }, spec: { containers: [{ name: 'nginx', image: 'nginx' }] } };
  const template = { spec: { replicas: 1, selector: { matchLabels: labels }, template: pod } };
  const placement = { clusterSelector: {} };
  const metadata = { name: NAME, namespace: NAMESPACE };
  await on.apply(
    {
      apiVersion: types,
      kind: 'FederatedNamespace',
      metadata: { ...metadata, name: NAMESPACE },
      spec: { placement },
    },
    { apiVersion: types, kind: 'FederatedDeployment', metadata, spec: { placement, template } },
  );
}

/** A preference of before goes first: `apply` would keep what it alone said. */
async function prefer({ on, type }: Guide, spec: object): Promise<void> {
  await type(`kubectl -n ${NAMESPACE} delete rsp ${NAME} --ignore-not-found`);
  await on.apply({
    apiVersion: 'scheduling.kubefed.io/v1alpha1',
    kind: 'ReplicaSchedulingPreference',
    metadata: { name: NAME, namespace: NAMESPACE },
    spec: { targetKind: 'FederatedDeployment', ...spec },
  });
}

/** Replicas that each member wants; nothing of one that cannot be asked or has no workload. */
function spreads(guide: Guide, isSo: (seen: Spread) => boolean, limitMs = 60_000): Promise<Spread> {
  const line = (name: string) =>
    `kubectl --context=${name} -n ${NAMESPACE} get deployment ${NAME} -o jsonpath={.spec.replicas}`;
  return eventually(
    async () => {
      const asked = MEMBERS.map(async (name) => {
        const { code, stdout } = await guide.tried(line(name));
        return code === 0 ? [[name, Number(stdout)]] : [];
      });
      return Object.fromEntries((await Promise.all(asked)).flat());
    },
    isSo,
    limitMs,
  );
}
