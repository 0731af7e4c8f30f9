/** How shares stand in a federated object, and what waits until they do. */

import { expect, it } from 'vitest';
import { readFederatedObject } from '../../../src/api/kubefed/federated-object.ts';
import { sharedSpec } from '../../../src/federation/replicas/scheduled-object.ts';
import { awaitsShare, SHARED_JOBS } from '../../../src/federation/replicas/shared-kinds.ts';

const share = (parallelism: number, completions?: number) =>
  new Map([
    ['/spec/parallelism', parallelism],
    ...(completions === undefined ? [] : [['/spec/completions', completions] as const]),
  ]);
const add = (path: string, value: unknown) => ({ op: 'add', path, value });

it('own overrides stay, shares are theirs alone, and the same is not written again', () => {
  const object = readFederatedObject({
    spec: {
      placement: { clusters: [{ name: 'a' }, { name: 'gone' }] },
      overrides: [
        { clusterName: 'gone', clusterOverrides: [add('/spec/parallelism', 1)] },
        {
          clusterName: 'a',
          clusterOverrides: [
            { path: '/spec/suspend', value: true },
            { path: '/spec/parallelism', value: 2 },
            add('/spec/completions', 2),
          ],
        },
        { clusterName: 'other', clusterOverrides: [{ path: '/spec/suspend', value: true }] },
      ],
    },
  });
  const shares = new Map([
    ['c', share(1, 3)],
    ['a', share(2)],
  ]);
  const spec = sharedSpec(object, shares, SHARED_JOBS);
  expect(spec).toEqual({
    placement: { clusters: [{ name: 'a' }, { name: 'c' }] },
    overrides: [
      {
        clusterName: 'a',
        clusterOverrides: [{ path: '/spec/suspend', value: true }, add('/spec/parallelism', 2)],
      },
      { clusterName: 'other', clusterOverrides: [{ path: '/spec/suspend', value: true }] },
      {
        clusterName: 'c',
        clusterOverrides: [add('/spec/parallelism', 1), add('/spec/completions', 3)],
      },
    ],
  });
  const written = readFederatedObject({ spec });
  expect(sharedSpec(written, shares, SHARED_JOBS)).toBeUndefined();
});

it('only what asks for a share waits for it, and only where it has none', () => {
  const annotations = {
    'federation.kubernetes.io/job-preferences': '{}',
    'fedns.io/share-limits': 'true',
  };
  const overrides = [{ clusterName: 'a', clusterOverrides: [add('/spec/parallelism', 1)] }];
  const asking = readFederatedObject({ metadata: { annotations }, spec: { overrides } });
  const whole = readFederatedObject({ spec: { overrides } });
  expect(awaitsShare(asking, 'jobs.batch', 'a')).toBe(false);
  expect(awaitsShare(asking, 'jobs.batch', 'b')).toBe(true);
  expect(awaitsShare(asking, 'horizontalpodautoscalers.autoscaling', 'a')).toBe(true);
  expect(awaitsShare(asking, 'deployments.apps', 'b')).toBe(false);
  expect(awaitsShare(whole, 'jobs.batch', 'b')).toBe(false);
});
