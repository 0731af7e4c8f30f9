/** Whether a workload that is drained from a cluster is still there, and what keeps it. */

import { expect, it } from 'vitest';
import { readFederatedObject } from '../../../src/api/kubefed/federated-object.ts';
import { heldThere, stillPlaced } from '../../../src/federation/replicas/scheduled-placement.ts';

const CLUSTERS = new Map([
  ['one', new Map()],
  ['two', new Map()],
]);
const HELD = { name: 'two', status: 'RemovalHeld', message: 'kept until "fedns accept 1a"' };

const rows: readonly [
  what: string,
  placed: readonly string[],
  status: object,
  why: string | undefined,
][] = [
  ['placed there', ['one', 'two'], { clusters: [{ name: 'two' }] }, 'is placed there'],
  [
    'placed elsewhere, not seen yet',
    ['one'],
    { observedGeneration: 1, clusters: [{ name: 'two' }] },
    'is placed elsewhere, which the control plane has not seen yet',
  ],
  ['there for a while yet', ['one'], { clusters: [{ name: 'two' }] }, 'its copy is there'],
  ['gone', ['one'], { clusters: [{ name: 'one' }] }, undefined],
  [
    'one of too many that go',
    ['one'],
    { clusters: [HELD] },
    'RemovalHeld: kept until "fedns accept 1a"',
  ],
  [
    'one of too many that would run nothing there',
    ['one', 'two'],
    { clusters: [HELD] },
    'is placed there; RemovalHeld: kept until "fedns accept 1a"',
  ],
];

it.each(rows)('%s', (_what, placed, status, why) => {
  const object = readFederatedObject({
    metadata: { name: 'web', namespace: 'shop', generation: 2 },
    spec: { placement: { clusters: placed.map((name) => ({ name })) } },
    status: { observedGeneration: 2, ...status },
  });
  expect(stillPlaced(object, 'two', CLUSTERS)).toBe(why);
  const isHeld = why?.includes('RemovalHeld') === true;
  expect(heldThere(object, 'two') !== undefined).toBe(isHeld);
});
