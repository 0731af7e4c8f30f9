/** Where workloads may be, the step towards a plan, and how it is written into the object. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readFederatedObject } from '../../src/api/kubefed/federated-object.ts';
import {
  type CandidateCluster,
  judgeCandidates,
} from '../../src/federation/replicas/candidates.ts';
import { nextMove } from '../../src/federation/replicas/move-step.ts';
import { askedReplicas, scheduledSpec } from '../../src/federation/replicas/scheduled-object.ts';

const settings = { workloadGraceMs: 60_000, returnAfterMs: 120_000, suspectShare: 0.7 };
const cluster = (given: Partial<CandidateCluster>): CandidateCluster => ({
  name: 'b',
  isReady: true,
  sinceMs: 0,
  addresses: { kind: 'unknown' },
  wasLeft: false,
  isDrained: false,
  ...given,
});
const ANSWERING = { kind: 'answering' } as const;
const silent = (sinceMs: number) => ({ kind: 'silent', sinceMs }) as const;
const others = ['x', 'y', 'z'].map((name) => cluster({ name }));

it.each<readonly [string, Partial<CandidateCluster>, number, string]>([
  ['ready', {}, 0, 'in'],
  ['lost a moment ago', { isReady: false }, 59_999, 'kept'],
  ['lost, its grace over', { isReady: false }, 60_000, 'out'],
  ['lost, its addresses answer', { isReady: false, addresses: ANSWERING }, 600_000, 'kept'],
  ['lost, its addresses are silent, too', { isReady: false, addresses: silent(0) }, 60_000, 'out'],
  ['silent for less long', { isReady: false, addresses: silent(3_600_000) }, 3_659_999, 'kept'],
  ['silent for the grace', { isReady: false, addresses: silent(3_600_000) }, 3_660_000, 'out'],
  ['silent before it was lost', { isReady: false, addresses: silent(-60_000) }, 59_999, 'kept'],
  ['back a moment ago', { wasLeft: true }, 119_999, 'out'],
  ['back for long enough', { wasLeft: true }, 120_000, 'in'],
  ['left, and flapping', { isReady: false, wasLeft: true }, 10, 'out'],
  ['drained', { isDrained: true }, 0, 'out'],
  ['drained and lost', { isDrained: true, isReady: false }, 0, 'out'],
])('%s', (_what, given, nowMs, want) => {
  const judged = judgeCandidates([cluster(given), ...others], settings, nowMs);
  const { verdicts, dead, lookAgainMs } = judged;
  expect(verdicts.get('b')).toBe(want);
  // Whoever is only drained, or not back for long enough, still runs what it has.
  const isDead = want === 'out' && given.isReady === false && given.isDrained !== true;
  expect([...dead]).toEqual(isDead ? ['b'] : []);
  // What may turn by time alone is looked at again.
  const isOpen = want === 'kept' || (given.wasLeft === true && given.isReady !== false);
  if (isOpen && want !== 'in') expect(lookAgainMs).toBeGreaterThan(0);
});

it('with most clusters lost at once nobody is given up', () => {
  const lost = ['p', 'q', 'r'].map((name) => cluster({ name, isReady: false }));
  const { verdicts } = judgeCandidates([cluster({}), ...lost], settings, 600_000);
  expect([...verdicts.values()]).toEqual(['in', 'kept', 'kept', 'kept']);
});

const counts = (given: Readonly<Record<string, number>>) => new Map(Object.entries(given));

it.each([
  ['a first spreading', {}, { a: 3, b: 3 }, {}, { a: 3, b: 3 }, []],
  ['a move begins', { a: 6 }, { b: 6 }, { a: 6 }, { a: 6, b: 6 }, ['b']],
  ['half of it is ready', { a: 6, b: 6 }, { b: 6 }, { a: 6, b: 3 }, { a: 3, b: 6 }, ['b']],
  ['all of it is', { a: 6, b: 6 }, { b: 6 }, { a: 6, b: 6 }, { b: 6 }, []],
  ['down to less, all ready', { a: 5, b: 5 }, { a: 3, b: 3 }, { a: 5, b: 5 }, { a: 3, b: 3 }, []],
  ['to nothing', { a: 5 }, { a: 0 }, { a: 5 }, { a: 0 }, []],
])('%s', (_what, asked, wanted, ready, want, awaited) => {
  const step = nextMove({
    asked: counts(asked as Record<string, number>),
    wanted: counts(wanted as Record<string, number>),
    planned: counts(wanted as Record<string, number>),
    ready: counts(ready as Record<string, number>),
    lost: new Set(),
  });
  expect(Object.fromEntries(step.counts)).toEqual(want);
  expect(step.awaited).toEqual(awaited);
});

it('nothing is kept in a cluster that is lost', () => {
  const step = nextMove({
    asked: counts({ a: 6 }),
    wanted: counts({ b: 6 }),
    planned: counts({ b: 6 }),
    ready: counts({}),
    lost: new Set(['a']),
  });
  expect(Object.fromEntries(step.counts)).toEqual({ b: 6 });
});

it('no step takes away what nobody else has ready, and steps come to an end', () => {
  const spread = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(9));
  fc.assert(
    fc.property(spread, spread, (from, to) => {
      const wanted = counts(to);
      const total = [...wanted.values()].reduce((sum, count) => sum + count, 0);
      let asked = counts(from);
      let ready = counts(from);
      for (let round = 0; round < 5; round++) {
        const step = nextMove({ asked, wanted, planned: wanted, ready, lost: new Set() });
        const left = [...step.counts].map(([name, count]) => Math.min(count, ready.get(name) ?? 0));
        const before = [...ready.values()].reduce((sum, count) => sum + count, 0);
        const after = left.reduce((sum, count) => sum + count, 0);
        expect(after).toBeGreaterThanOrEqual(Math.min(total, before));
        asked = new Map(step.counts);
        ready = new Map(step.counts);
      }
      expect(Object.fromEntries(asked)).toEqual(to);
    }),
  );
});

const object = (spec: object) => readFederatedObject({ metadata: { name: 'w' }, spec });

it('a plan is placement and one override each; others’ overrides stay', () => {
  const image = { path: '/spec/image', value: 'x' };
  const overrides = [
    { clusterName: 'a', clusterOverrides: [image, { path: '/spec/replicas', value: 1 }] },
    { clusterName: 'gone', clusterOverrides: [{ path: '/spec/replicas', value: 4 }] },
    { clusterName: 'kept', clusterOverrides: [image, { path: '/spec/replicas', value: 4 }] },
  ];
  const template = { spec: { replicas: 1 } };
  const given = object({ template, overrides, placement: { clusterSelector: {} } });
  const spec = scheduledSpec(given, counts({ b: 2, a: 3 }));
  const replicas = (value: number) => ({ op: 'replace', path: '/spec/replicas', value });
  expect(spec).toEqual({
    placement: { clusters: [{ name: 'a' }, { name: 'b' }] },
    overrides: [
      { clusterName: 'a', clusterOverrides: [image, replicas(3)] },
      { clusterName: 'kept', clusterOverrides: [image] },
      { clusterName: 'b', clusterOverrides: [replicas(2)] },
    ],
  });
  const written = object({ template, ...spec });
  expect(scheduledSpec(written, counts({ a: 3, b: 2 }))).toBeUndefined();
  expect(Object.fromEntries(askedReplicas(written))).toEqual({ a: 3, b: 2 });
});

it('of a template that says no replicas they are added: there is nothing to replace', () => {
  const replaced = [{ path: '/spec/replicas', value: 1 }];
  const given = object({
    template: {},
    overrides: [{ clusterName: 'a', clusterOverrides: replaced }],
  });
  const spec = scheduledSpec(given, counts({ a: 1 }));
  const added = [{ op: 'add', path: '/spec/replicas', value: 1 }];
  expect(spec?.overrides).toEqual([{ clusterName: 'a', clusterOverrides: added }]);
  expect(scheduledSpec(object({ template: {}, ...spec }), counts({ a: 1 }))).toBeUndefined();
});
