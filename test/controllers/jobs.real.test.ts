/**
 * FederatedJobs that clusters share, on real API servers: each member's Job is made with its share and
 * never with the whole, and what it was given stays with it.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type Federation, type SeenObject, startFederation } from './federation.ts';

const CLUSTERS = ['a', 'b', 'c'];
const PREFERENCES = 'federation.kubernetes.io/job-preferences';

let federation: Federation;

beforeAll(async () => {
  federation = await startFederation({
    members: CLUSTERS,
    withWorkloads: false,
    annotations: { 'fedns.io/workload-grace': '1s', 'fedns.io/return-after': '1s' },
  });
  for (const name of CLUSTERS) await federation.join(name, { name });
  await federation.host.kubectl(['create', 'namespace', 'sums']);
  await federation.apply({
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedNamespace',
    metadata: { name: 'sums', namespace: 'sums' },
    spec: { placement: { clusterSelector: {} } },
  });
}, 180_000);

afterAll(() => federation.stop());

const POD = {
  spec: { restartPolicy: 'Never', containers: [{ name: 'sum', image: 'sum' }] },
};

interface JobWish {
  readonly preferences?: string;
  readonly selector?: object;
  readonly job?: object;
}

async function makeJob(name: string, wish: JobWish): Promise<void> {
  const { preferences, selector = {}, job = { parallelism: 9, completions: 9 } } = wish;
  const annotations = preferences === undefined ? {} : { [PREFERENCES]: preferences };
  await federation.apply({
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedJob',
    metadata: { name, namespace: 'sums', annotations },
    spec: {
      placement: { clusterSelector: selector },
      template: { spec: { ...job, template: POD } },
    },
  });
}

/** `a 3/3`: completions by parallelism; absent where there is no Job. */
async function spread(name: string): Promise<string> {
  const words: string[] = [];
  for (const cluster of CLUSTERS) {
    try {
      const { items } = await federation.get(cluster, ['jobs', '-n', 'sums']);
      const spec = items.find(({ metadata }) => metadata.name === name)?.spec;
      if (spec !== undefined) {
        words.push(`${cluster} ${spec['completions']}/${spec['parallelism']}`);
      }
    } catch {
      words.push(`${cluster} away`);
    }
  }
  return words.join(', ');
}

const spreads = (name: string, want: string) =>
  eventually(
    () => spread(name),
    (seen) => seen === want,
    40_000,
  );

const federatedJob = (name: string): Promise<SeenObject> =>
  federation.get('host', ['federatedjob', name, '-n', 'sums']);

const sharedCondition = ({ status }: SeenObject) =>
  status?.conditions?.find(({ type }) => type === 'Shared');

it('nine by nine over three clusters are three by three each, from the first write on', async () => {
  await makeJob('even', { preferences: '{}' });
  await spreads('even', 'a 3/3, b 3/3, c 3/3');
  for (const cluster of CLUSTERS) {
    const { metadata } = await federation.get(cluster, ['job', 'even', '-n', 'sums']);
    expect(metadata.generation).toBe(1);
  }
  const told = await eventually(
    () => federatedJob('even'),
    (seen) => {
      const propagation = seen.status?.conditions?.find(({ type }) => type === 'Propagation');
      return sharedCondition(seen)?.status === 'True' && propagation?.status === 'True';
    },
  );
  expect(sharedCondition(told)).toMatchObject({
    reason: 'Planned',
    message: 'a 3 by 3, b 3 by 3, c 3 by 3',
  });
});

it('by weight, within the selector of its placement', async () => {
  const preferences = '{"clusters": {"a": {"weight": 1}, "*": {"weight": 2}}}';
  const selector = { matchExpressions: [{ key: 'name', operator: 'In', values: ['a', 'b'] }] };
  await makeJob('weighed', { preferences, selector });
  await spreads('weighed', 'a 3/3, b 6/6');
});

it('without preferences every cluster gets the whole of it', async () => {
  await makeJob('whole', {});
  await spreads('whole', 'a 9/9, b 9/9, c 9/9');
});

it('preferences that cannot be read make no Job anywhere', async () => {
  await makeJob('wrong', { preferences: '{"clusters": {"a": {"wait": 1}}}' });
  const told = await eventually(
    () => federatedJob('wrong'),
    (seen) => {
      const isTold = sharedCondition(seen) !== undefined;
      return isTold && seen.status?.clusters?.length === CLUSTERS.length;
    },
  );
  expect(sharedCondition(told)).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message:
      'metadata.annotations["federation.kubernetes.io/job-preferences"]: clusters.a.wait: is no field that is known',
  });
  expect(told.status?.clusters?.map(({ status }) => status)).toEqual(
    CLUSTERS.map(() => 'SharePending'),
  );
  expect(await spread('wrong')).toBe('');
});

it('parallelism changes where completions do not', async () => {
  await makeJob('even', { preferences: '{}', job: { parallelism: 6, completions: 9 } });
  await spreads('even', 'a 3/2, b 3/2, c 3/2');
});

it('a dead member gets no share, and takes none away when it is back', async () => {
  await federation.member('b').apiserver.kill9();
  await eventually(
    () => federation.get('host', ['kubefedcluster', 'b', '-n', 'kube-federation-system']),
    ({ status }) => status?.conditions?.some(({ type }) => type === 'Offline') === true,
  );
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await makeJob('late', { preferences: '{}' });
  await eventually(
    () => spread('late'),
    (seen) => /^a \d\/\d, b away, c \d\/\d$/.test(seen),
  );
  const given = await spread('late');
  expect(['a 5/5, b away, c 4/4', 'a 4/4, b away, c 5/5']).toContain(given);
  await federation.member('b').restartApi();
  await spreads('even', 'a 3/2, b 3/2, c 3/2');
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(await spread('late')).toBe(given.replace(', b away', ''));
}, 150_000);
