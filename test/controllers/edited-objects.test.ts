/** What takes a copy away: an edit that a person made, or whatever else turned. */

import { expect, it } from 'vitest';
import { readFederatedObject } from '../../src/api/kubefed/federated-object.ts';
import { NewWishes } from '../../src/controllers/replicas/preferences/new-wishes.ts';
import { isEdited, type PlannedBy } from '../../src/controllers/sync/object-outlook.ts';

it.each<[observed: number | undefined, plannedBy: PlannedBy, want: boolean]>([
  [1, 'person', true],
  [2, 'person', false],
  [undefined, 'person', false],
  [1, 'turn', false],
  [2, 'wish', true],
])('generation 2, seen %s, planned by %s: edited is %s', (observed, plannedBy, want) => {
  const status = observed === undefined ? {} : { observedGeneration: observed };
  const object = readFederatedObject({ metadata: { name: 'a', generation: 2 }, status });
  expect(isEdited(object, plannedBy)).toBe(want);
});

it('a preference is a new wish until its workload is as it says, and by its next change again', () => {
  const wishes = new NewWishes();
  const preference = (generation: number, observed?: number) => {
    const ready = { type: 'Ready', status: 'False', observedGeneration: observed };
    return {
      metadata: { generation },
      ...(observed !== undefined && { status: { conditions: [ready] } }),
    };
  };
  const has = () => wishes.has('shop/web');
  wishes.note('shop/web', preference(1));
  expect(has()).toBe(true);
  // Told to be moving, it still is.
  wishes.note('shop/web', preference(1, 1));
  expect(has()).toBe(true);
  wishes.forget('shop/web');
  wishes.note('shop/web', preference(1, 1));
  expect(has()).toBe(false);
  wishes.note('shop/web', preference(2, 1));
  expect(has()).toBe(true);
});
