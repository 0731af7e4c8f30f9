/** The status of a federated object: when it is written, and what it says. */

import { expect, it } from 'vitest';
import { type CopyResult, foldStatus } from '../../src/federation/propagation-status.ts';

const NOW = '2026-11-01T10:00:00Z';
const THEN = '2026-11-01T09:00:00Z';
const ok: CopyResult = { status: '', message: '' };
const away: CopyResult = { status: 'ClusterNotReady', message: '' };
const copies = (given: Readonly<Record<string, CopyResult>>) => new Map(Object.entries(given));
const base = { generation: 1, hasChanged: false, before: undefined, now: NOW };

it('all well: True, without a reason; clusters by name', () => {
  expect(foldStatus({ ...base, copies: copies({ two: ok, one: ok }) })).toEqual({
    observedGeneration: 1,
    conditions: [
      { type: 'Propagation', status: 'True', lastUpdateTime: NOW, lastTransitionTime: NOW },
    ],
    clusters: [{ name: 'one' }, { name: 'two' }],
  });
});

it('one that is not well: False, CheckClusters, with its word and message', () => {
  const failed: CopyResult = { status: 'CreationFailed', message: 'quota' };
  expect(foldStatus({ ...base, copies: copies({ one: ok, two: failed }) })).toMatchObject({
    conditions: [{ status: 'False', reason: 'CheckClusters' }],
    clusters: [{ name: 'one' }, { name: 'two', status: 'CreationFailed', message: 'quota' }],
  });
});

it('a status that is collected and not there yet is not well', () => {
  const awaited: CopyResult = { status: '', message: '', isStatusAwaited: true };
  expect(foldStatus({ ...base, copies: copies({ one: awaited }) })).toMatchObject({
    conditions: [{ status: 'False', reason: 'CheckClusters' }],
    clusters: [{ name: 'one' }],
  });
});

it('where it cannot be placed, the reason is that', () => {
  const failed = { reason: 'ComputePlacementFailed', message: 'bad selector' } as const;
  expect(foldStatus({ ...base, copies: copies({ one: ok }), failed })).toMatchObject({
    conditions: [{ status: 'False', reason: 'ComputePlacementFailed', message: 'bad selector' }],
  });
});

const settled = foldStatus({ ...base, copies: copies({ one: ok }), now: THEN });

it('nothing new: nothing is written, whatever the order of keys in the API', () => {
  const { clusters, ...rest } = settled as { clusters: object[] };
  const before = { clusters, ...rest };
  expect(foldStatus({ ...base, copies: copies({ one: ok }), before })).toBeUndefined();
});

it('a change that was propagated moves the time of the update alone', () => {
  const said = foldStatus({
    ...base,
    copies: copies({ one: ok }),
    before: settled,
    hasChanged: true,
  });
  expect(said).toMatchObject({
    conditions: [{ status: 'True', lastUpdateTime: NOW, lastTransitionTime: THEN }],
  });
});

it('a turn moves both; a generation alone moves neither', () => {
  expect(foldStatus({ ...base, copies: copies({ one: away }), before: settled })).toMatchObject({
    conditions: [{ status: 'False', lastUpdateTime: NOW, lastTransitionTime: NOW }],
  });
  const said = foldStatus({ ...base, generation: 2, copies: copies({ one: ok }), before: settled });
  expect(said).toMatchObject({
    observedGeneration: 2,
    conditions: [{ lastUpdateTime: THEN, lastTransitionTime: THEN }],
  });
});

it('conditions of others stay', () => {
  const other = { type: 'Other', status: 'True' };
  const before = { ...settled, conditions: [other, ...(settled as { conditions: [] }).conditions] };
  const said = foldStatus({ ...base, copies: copies({ one: away }), before });
  expect(said).toMatchObject({ conditions: [{ type: 'Propagation' }, other] });
});
