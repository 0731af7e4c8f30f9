/**
 * The control plane killed right after one of its writes, a run for each: whatever it was about to do
 * next, another brings everything to what is wanted, and leaves nothing behind. Real processes, real
 * clusters; the writes are counted by the API servers' own audit logs.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { startControlPlane } from './control-plane-process.ts';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

const MEMBERS = ['one', 'two'];

let federation: Federation;

async function start(): Promise<void> {
  federation = await startFederation({
    members: MEMBERS,
    withWorkloads: false,
    audits: 'writes',
    isWithoutControlPlane: true,
    // Who is killed lets go of nothing: the next one waits for the lease to end.
    config: { leaderElect: { leaseDuration: '3s', renewDeadline: '2s', retryPeriod: '500ms' } },
  });
  for (const name of MEMBERS) await federation.join(name);
}

/** All of ours, in the host and in the members. */
const writeCount = () =>
  [federation.host, ...MEMBERS.map((name) => federation.member(name))].reduce(
    (sum, cluster) => sum + cluster.writes().length,
    0,
  );

const federated = (namespace: string, kind: string, name: string, spec: object) => ({
  apiVersion: 'types.kubefed.io/v1beta1',
  kind: `Federated${kind}`,
  metadata: { name, namespace },
  spec: { placement: { clusterSelector: {} }, ...spec },
});

const settings = (namespace: string, colour: string) =>
  federated(namespace, 'ConfigMap', 'settings', {
    template: { data: { colour } },
    overrides: [
      { clusterName: 'two', clusterOverrides: [{ path: '/data/size', op: 'add', value: 'l' }] },
    ],
  });

/** Steps of a story, each with what must come of it. */
const STORY: readonly {
  begin(namespace: string): Promise<unknown>;
  end(namespace: string): Promise<unknown>;
}[] = [
  {
    begin: async (namespace) => {
      await federation.host.kubectl(['create', 'namespace', namespace]);
      await federation.apply(
        federated(namespace, 'Namespace', namespace, {}),
        settings(namespace, 'red'),
      );
    },
    end: (namespace) => isEverywhere(namespace, 'red'),
  },
  {
    begin: (namespace) => federation.apply(settings(namespace, 'blue')),
    end: (namespace) => isEverywhere(namespace, 'blue'),
  },
  {
    begin: (namespace) =>
      federation.host.kubectl([
        ...['delete', 'federatedconfigmap', 'settings', '-n', namespace, '--wait=false'],
      ]),
    end: isNowhere,
  },
];

async function isEverywhere(namespace: string, colour: string): Promise<void> {
  for (const [name, data] of [
    ['one', { colour }],
    ['two', { colour, size: 'l' }],
  ] as const) {
    const copy = await eventually(
      () => federation.get(name, ['configmap', 'settings', '-n', namespace]),
      (seen) => JSON.stringify(seen.data) === JSON.stringify(data),
      40_000,
    );
    expect(copy.metadata.labels).toEqual({ 'kubefed.io/managed': 'true' });
  }
  const object = await eventually(
    () => federation.get('host', ['federatedconfigmap', 'settings', '-n', namespace]),
    ({ status, metadata }) =>
      status?.conditions?.[0]?.status === 'True' &&
      (status as { observedGeneration?: number }).observedGeneration === metadata.generation,
    40_000,
  );
  expect(object.status?.clusters).toEqual([{ name: 'one' }, { name: 'two' }]);
}

async function isNowhere(namespace: string): Promise<void> {
  await eventually(
    () => federation.get('host', ['federatedconfigmap', '-n', namespace]),
    ({ items }) => items.length === 0,
    40_000,
  );
  for (const name of MEMBERS) {
    const { items } = await federation.get(name, ['configmap', '-n', namespace]);
    expect(items.map(({ metadata }) => metadata.name)).not.toContain('settings');
  }
  const { items } = await federation.get('host', ['copytombstones', '-A']);
  expect(items).toEqual([]);
}

/** Without anybody killed: how many writes each step is. */
async function countWrites(): Promise<number[]> {
  const running = await startControlPlane(federation);
  const counts: number[] = [];
  for (const step of STORY) {
    const before = writeCount();
    await step.begin('plain');
    await step.end('plain');
    await sleep(1500);
    counts.push(writeCount() - before);
  }
  await running.stop();
  return counts;
}

/** Killed after every write, or after the first of so many; throws where it does not converge. */
export async function killAfterWrites(every: number): Promise<void> {
  await start();
  try {
    await killThroughStory(every);
  } finally {
    await federation.stop();
  }
}

async function killThroughStory(every: number): Promise<void> {
  const counts = await countWrites();
  // Namespace, two copies, finalizers, memories, statuses: a story, not a line.
  expect(counts[0]).toBeGreaterThanOrEqual(10);
  let running = await startControlPlane(federation);
  for (const [at, step] of STORY.entries()) {
    const runs = Array.from({ length: counts[at] ?? 0 }, (_, run) => run).filter(
      (run) => run % every === 0,
    );
    const namespaceOf = (run: number) => `killed-${at}-${run}`;
    // What comes before this step nobody disturbs.
    for (const earlier of STORY.slice(0, at)) {
      for (const run of runs) await earlier.begin(namespaceOf(run));
      for (const run of runs) await earlier.end(namespaceOf(run));
    }
    for (const run of runs) {
      await sleep(300);
      const before = writeCount();
      await step.begin(namespaceOf(run));
      // Writes that fall together are fewer: then it is killed once it rests.
      const endsMs = performance.now() + REST_MS;
      while (writeCount() - before <= run && performance.now() < endsMs) await sleep(2);
      await running.kill9();
      // The next one to be killed, too.
      running = await startControlPlane(federation);
      await step.end(namespaceOf(run));
    }
  }
  await running.stop();
}

const REST_MS = 6000;
