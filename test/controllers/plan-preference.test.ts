/** What a preference is planned from: pods that run and those that fit nowhere, clusters kept and dead. */

import { expect, it } from 'vitest';
import { readFederatedObject } from '../../src/api/kubefed/federated-object.ts';
import { readReplicaSchedulingPreference } from '../../src/api/kubefed/replica-scheduling-preference.ts';
import type { Workload } from '../../src/controllers/replicas/member-workloads.ts';
import { planPreference } from '../../src/controllers/replicas/preferences/plan-preference.ts';
import { readPods } from '../../src/controllers/replicas/preferences/read-pods.ts';
import type { CandidateVerdict } from '../../src/federation/replicas/candidates.ts';

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const pod = (phase: string, ...conditions: readonly object[]) => ({
  status: { phase, conditions },
});
const READY = { type: 'Ready', status: 'True' };
const UNREADY = { type: 'Ready', status: 'False' };
const unschedulable = (seconds: number) => ({
  type: 'PodScheduled',
  status: 'False',
  reason: 'Unschedulable',
  lastTransitionTime: ago(seconds),
});

/** A member's API that has these pods, one on a page. */
function pods(...items: readonly object[]) {
  const asked: object[] = [];
  const get = async (path: string, options?: { query?: Record<string, string> }) => {
    asked.push({ path, ...options?.query });
    const at = Number(options?.query?.['continue'] ?? 0);
    const more = at + 1 < items.length ? String(at + 1) : '';
    return { items: items.slice(at, at + 1), metadata: { continue: more } };
  };
  return { asked, get };
}

it.each<[string, object, object]>([
  ['runs and is ready', pod('Running', READY), { ready: 1 }],
  // KubeFed counts it: its condition is there.
  ['runs and is not ready', pod('Running', UNREADY), {}],
  ['has no word about it', pod('Running'), {}],
  ['has ended', pod('Succeeded', READY), {}],
  ['goes', { ...pod('Running', READY), metadata: { deletionTimestamp: ago(1) } }, {}],
  ['fits nowhere for long', pod('Pending', unschedulable(61)), { unschedulable: 1 }],
  ['fits nowhere yet', pod('Pending', unschedulable(50)), { maybeUnschedulable: 1 }],
  [
    'waits for something else',
    pod('Pending', { ...unschedulable(99), reason: 'SchedulingGated' }),
    {},
  ],
  ['is scheduled', pod('Pending', { ...unschedulable(99), status: 'True' }), {}],
])('a pod that %s', async (_what, one, want) => {
  const none = { ready: 0, unschedulable: 0, maybeUnschedulable: 0 };
  expect(await readPods(pods(one), 'shop', new Map())).toEqual({ ...none, ...want });
});

it('all pages of the pods that the workload selects', async () => {
  const api = pods(pod('Running', READY), pod('Running', READY), pod('Pending', unschedulable(99)));
  const labels = new Map([
    ['app', 'w'],
    ['tier', 'x'],
  ]);
  expect(await readPods(api, 'shop', labels)).toMatchObject({ ready: 2, unschedulable: 1 });
  expect(api.asked).toMatchObject([
    { path: '/api/v1/namespaces/shop/pods', labelSelector: 'app=w,tier=x' },
    { continue: '1' },
    { continue: '2' },
  ]);
});

interface Member {
  readonly verdict?: CandidateVerdict;
  /** Replicas that the object asks for there. */
  readonly asked?: number;
  readonly workload?: Pick<Workload, 'wanted' | 'ready'>;
  readonly pods?: readonly object[];
  readonly isUnread?: boolean;
  /** Why it is unread. */
  readonly problem?: string;
}

function plan(
  members: Readonly<Record<string, Member>>,
  also: object = {},
  selected?: ReadonlySet<string>,
) {
  const names = Object.keys(members);
  const overrides = names.flatMap((clusterName) => {
    const value = members[clusterName]?.asked;
    const clusterOverrides = [{ path: '/spec/replicas', value }];
    return value === undefined ? [] : [{ clusterName, clusterOverrides }];
  });
  const asked = names.filter((name) => members[name]?.asked !== undefined);
  const placement = { clusters: asked.map((name) => ({ name })) };
  const workloads = new Map(
    Object.entries(members).map(([name, { workload, pods: items = [], isUnread, problem }]) => {
      const get = () => workload && { ...workload, labels: new Map([['app', 'w']]) };
      const client = pods(...items);
      return [name, { hasSynced: isUnread !== true, get, problem, client } as never];
    }),
  );
  const spec = { targetKind: 'FederatedDeployment', totalReplicas: 6, rebalance: true, ...also };
  const read = readReplicaSchedulingPreference({
    apiVersion: 'scheduling.kubefed.io/v1alpha1',
    kind: 'ReplicaSchedulingPreference',
    metadata: { name: 'w', namespace: 'shop' },
    spec,
  });
  if (read.kind === 'bad') throw new Error(read.problem);
  return planPreference({
    preference: read.value,
    object: readFederatedObject({
      metadata: { name: 'w', namespace: 'shop' },
      spec: { placement, overrides },
    }),
    verdicts: new Map(names.map((name) => [name, members[name]?.verdict ?? 'in'])),
    dead: new Set(names.filter((name) => members[name]?.verdict === 'out')),
    selected,
    workloads,
  });
}

it('what fits nowhere for long counts as no room, and goes elsewhere', async () => {
  const stuck = [
    pod('Running', READY),
    pod('Pending', unschedulable(61)),
    pod('Pending', unschedulable(61)),
  ];
  const planned = await plan({
    a: { asked: 3, workload: { wanted: 3, ready: 1 }, pods: stuck },
    b: { asked: 3, workload: { wanted: 3, ready: 3 } },
  });
  // Two stay asked for, to find out when there is room again (overflow).
  expect(planned).toMatchObject({ kind: 'planned', message: 'a 1, b 5', isOpen: false });
  expect(planned.kind === 'planned' && [...planned.step.counts]).toEqual([
    ['a', 3],
    ['b', 5],
  ]);
});

it('what may yet find room is looked at again', async () => {
  const planned = await plan({
    a: { asked: 3, workload: { wanted: 3, ready: 2 }, pods: [pod('Pending', unschedulable(50))] },
    b: { asked: 3, workload: { wanted: 3, ready: 3 } },
  });
  expect(planned).toMatchObject({ message: 'a 3, b 3', isOpen: true });
});

it('a cluster that blinks keeps what it has and is given no more; a dead one gives up all at once', async () => {
  const alive = { asked: 2, workload: { wanted: 2, ready: 2 } };
  const kept = await plan({ a: alive, b: { asked: 2, verdict: 'kept' } }, { totalReplicas: 8 });
  expect(kept).toMatchObject({ message: 'a 6, b 2' });
  const dead = await plan({ a: alive, b: { asked: 2, verdict: 'out' } }, { totalReplicas: 8 });
  expect(dead).toMatchObject({ message: 'a 8' });
  // Nobody waits until others have ready what runs nowhere.
  expect(dead.kind === 'planned' && [...dead.step.counts]).toEqual([['a', 8]]);
  expect(dead.kind === 'planned' && dead.leaving.size + dead.step.awaited.length).toBe(0);
});

it('before a cluster was read nothing is planned, and why is told', async () => {
  const reason = 'WorkloadsNotRead';
  const message = 'the workloads of cluster a were not read yet';
  expect(await plan({ a: { isUnread: true } })).toEqual({ kind: 'none', reason, message });
  const refused = await plan({ a: { isUnread: true, problem: 'server says 403' } });
  expect(refused).toEqual({ kind: 'none', reason, message: `${message}: server says 403` });
});

it('where no cluster may have any, each is told with what keeps them from it', async () => {
  const none = { kind: 'none', reason: 'NoClusters' };
  expect(await plan({})).toEqual({ ...none, message: 'no KubeFedCluster is registered' });
  const out: Member = { verdict: 'out' };
  const lost = 'drained, lost, or not back for long enough';
  const message = `no cluster may have replicas now: a: not ready; b: ${lost}`;
  expect(await plan({ b: out, a: { verdict: 'kept' } })).toEqual({ ...none, message });
  const unselected = await plan({ a: {}, b: out }, {}, new Set(['b']));
  const not = 'a: not selected by placement or namespace';
  expect(unselected).toMatchObject({ message: expect.stringContaining(`: ${not}; b: ${lost}`) });
});
