/** A preference of which nothing can be planned: what it had begun to move stays where it runs. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FederatedClusters } from '../../src/controllers/clusters/federated-clusters.ts';
import { ReplicaScheduling } from '../../src/controllers/replicas/preferences/replica-scheduling.ts';
import type { SyncType } from '../../src/controllers/sync/sync-type.ts';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import type { PacedClient } from '../../src/kubernetes/reconciling/paced-client.ts';
import { FaultyApi } from '../support/faulty-api.ts';
import { eventually } from './eventually.ts';

const PREFERENCES = '/apis/scheduling.kubefed.io/v1alpha1/replicaschedulingpreferences';
const api = new FaultyApi([PREFERENCES]);
let client: ApiClient;

beforeAll(async () => {
  await api.start();
  client = new ApiClient(api.access);
});

afterAll(async () => {
  await client.close();
  await api.stop();
});

const KEY = 'shop/web';
const OF = { targetKind: 'FederatedDeployment', totalReplicas: 2 };
const OBJECT = { key: KEY, namespace: 'shop', deletion: 'none', template: {} };

/** The one type that is federated, with this object. */
function federated(object?: object): ReadonlyMap<string, SyncType> {
  const engine = { objects: { hasSynced: true, get: () => object } };
  return new Map([['deployments.apps', engine as unknown as SyncType]]);
}

const NO_TYPES = new Map<string, SyncType>();

/** Reason of its condition, and the workloads that leave nowhere any more. */
async function toldOf(
  spec: object,
  engines: ReadonlyMap<string, SyncType>,
  isAutoscaled: boolean | undefined,
): Promise<{ readonly reason: string; readonly ended: readonly string[] }> {
  const reasons: string[] = [];
  const ended: string[] = [];
  let asked = 0;
  const patch = async (_: string, body: unknown) => {
    reasons.push(/"reason":"(\w+)"/.exec(JSON.stringify(body))?.[1] ?? '');
  };
  const kind = 'ReplicaSchedulingPreference';
  api.at(PREFERENCES).put(KEY, { apiVersion: 'scheduling.kubefed.io/v1alpha1', kind, spec });
  const scheduling = new ReplicaScheduling({
    host: { client, patch } as unknown as PacedClient,
    clusters: { hasSynced: true, names: [], labels: new Map() } as unknown as FederatedClusters,
    engines: () => engines,
    namespace: undefined,
    standings: {} as never,
    departures: {
      leave: ({ id }, clusters) => {
        expect([...clusters]).toEqual([]);
        ended.push(id);
        return new Map();
      },
    },
    isAutoscaled: () => {
      asked += 1;
      return isAutoscaled;
    },
    onFault: (_, error) => reasons.push(String(error)),
  });
  scheduling.start();
  await eventually(
    async () => reasons.length + (isAutoscaled === undefined ? asked : 0),
    (count) => count > 0,
  );
  await scheduling.stop();
  return { reason: reasons[0] ?? '', ended: [...new Set(ended)].sort() };
}

it.each([
  ['cannot be read', 'Invalid', { targetKind: 'Deployment' }, NO_TYPES, false],
  ['is of a type that is not federated', 'TypeNotFederated', OF, NO_TYPES, false],
  ['has no object', 'TargetNotFound', OF, federated(), false],
  [
    'is of one that goes',
    'TargetNotFound',
    OF,
    federated({ ...OBJECT, deletion: 'delete' }),
    false,
  ],
  ['is of an autoscaled one', 'Autoscaled', OF, federated(OBJECT), true],
] as const)('a preference that %s: %s', async (_, reason, spec, engines, isAutoscaled) => {
  expect(await toldOf(spec, engines, isAutoscaled)).toEqual({
    reason,
    ended: [`deployments.apps ${KEY}`, `replicasets.apps ${KEY}`],
  });
});

it('while it is not known whether it is autoscaled, nothing is ended', async () => {
  expect(await toldOf(OF, federated(OBJECT), undefined)).toEqual({ reason: '', ended: [] });
});
