/**
 * The law: whatever is created, changed, deleted, cut, compacted, repeated and replayed, the sink
 * ends up with the server's collection, and no object was ever taken back.
 */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Faults } from '../support/faulty-api.ts';
import { FaultyWorld, pause } from './faulty-world.ts';

type Step =
  | { readonly kind: 'put' | 'remove'; readonly index: number }
  | { readonly kind: 'cut' | 'compact' | 'pass' | 'wait' }
  | { readonly kind: 'faults'; readonly faults: Faults };

const faultsAny: fc.Arbitrary<Faults> = fc.constantFrom<Faults>(
  {},
  { repeats: true },
  { replays: 5 },
  { replays: 50, repeats: true },
  { watchEndsMs: 5 },
  { watchEndsMs: 3, noBookmarks: true, replays: 3 },
  { expiresByEvent: true },
  { status: 500 },
  { alternates: true },
  { cutAfter: { events: 3, how: 'half a line' } },
  { cutAfter: { events: 2, how: 'reset' } },
  { cutAfter: { events: 5, how: 'end' } },
);

const stepAny: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('put', 'put', 'remove'), index: fc.nat(6) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('cut', 'compact', 'pass', 'wait') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('faults'), faults: faultsAny }) },
) as fc.Arbitrary<Step>;

async function take(world: FaultyWorld, step: Step, content: string): Promise<void> {
  switch (step.kind) {
    case 'put':
      world.collection.put(`d/s${step.index}`, { spec: content });
      break;
    case 'remove':
      world.collection.remove(`d/s${step.index}`);
      break;
    case 'faults':
      world.api.faults = step.faults;
      break;
    case 'cut':
      world.api.cutAll();
      break;
    case 'compact':
      world.collection.compact();
      break;
    case 'pass':
      world.collection.pass();
      break;
    case 'wait':
      await pause(8);
      break;
    default:
      step satisfies never;
  }
}

it.each([
  ['lists by watch', {}],
  ['lists in pages', { streamsNoLists: true }],
])('%s: the sink equals the collection', async (_name, always: Faults) => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepAny, { minLength: 5, maxLength: 40 }), async (steps) => {
      const world = new FaultyWorld();
      await world.start();
      try {
        world.fill(4);
        world.api.faults = always;
        const followed = world.follow();
        for (const [at, step] of steps.entries()) {
          await take(world, step, `v${at}`);
          world.api.faults = { ...world.api.faults, ...always };
          if (at % 4 === 0) await pause(1);
        }
        world.api.faults = always;
        await world.sameAsServer(followed);
        expect(followed.stepsBack).toEqual([]);
      } finally {
        await world.stop();
      }
    }),
    { numRuns: 30 },
  );
});
