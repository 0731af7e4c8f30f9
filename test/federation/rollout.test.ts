/** A change goes from cluster to cluster, and stops where it goes wrong. */

import { expect, it } from 'vitest';
import { type RollingCluster, waitForTurn } from '../../src/federation/copies/rollout.ts';

const rollout = { maxClusters: 2, pauseMs: 100 };
const rolled = (given: Readonly<Record<string, RollingCluster>>) => new Map(Object.entries(given));
const well = (changedAtMs: number): RollingCluster => ({ changedAtMs, isWell: true });
const ill = (changedAtMs: number): RollingCluster => ({ changedAtMs, isWell: false });
const underWay: RollingCluster = { changedAtMs: undefined, isWell: true };

it.each<readonly [string, Readonly<Record<string, RollingCluster>>, number]>([
  ['nobody before it', {}, 0],
  ['one under way', { a: underWay }, 0],
  ['two under way', { a: underWay, b: underWay }, Infinity],
  ['one done a while ago', { a: well(0), b: underWay }, 0],
  ['two just done', { a: well(950), b: well(980) }, 50],
  ['three just done, by an edit of the number', { a: well(950), b: well(970), c: well(990) }, 70],
  ['one that went wrong, one done', { a: ill(0), b: well(0) }, 0],
  ['two that went wrong', { a: ill(0), b: ill(0) }, Infinity],
])('%s', (_what, given, want) => {
  expect(waitForTurn('z', rolled(given), rollout, 1000)).toBe(want);
});

it('whose turn it is may try again', () => {
  expect(waitForTurn('a', rolled({ a: ill(0), b: ill(0) }), rollout, 1000)).toBe(0);
});
