/** Conditions on members' objects: what they say, and when they are written. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../src/kubernetes/api-error.ts';
import { ClusterConditions } from '../../src/members/host/cluster-conditions.ts';
import {
  isSaidIn,
  patchWith,
  WATCHED,
  type WatchedCondition,
  watchedCondition,
} from '../../src/members/host/watched-condition.ts';
import {
  CONDITION_AGAIN_MS,
  CONDITION_CHECK_MS,
  CONDITION_REFUSED_REST_MS,
} from '../../src/members/limits.ts';

const FRESH: WatchedCondition = { status: 'True', reason: 'Fresh', message: 'all is well' };
const LOST: WatchedCondition = { status: 'False', reason: 'Lost', message: 'it is gone' };
const NOW = new Date('2026-05-06T07:08:09.123Z');

describe('what it says', () => {
  const rows = [
    [undefined, true, 'fresh', 'True Fresh watched, and its API answers'],
    [undefined, true, 'lost', 'False Lost what it said last stays: cut'],
    [undefined, true, undefined, 'Unknown NotReadYet not read yet'],
    ['bad', true, 'fresh', 'True AccessKept bad: the access it had stays'],
    ['bad', true, 'lost', 'False Lost what it said last stays: cut; bad: the access it had stays'],
    ['bad', false, undefined, 'False AccessUnusable bad: it cannot be read'],
    ['bad', false, 'fresh', 'False AccessUnusable bad: it cannot be read'],
  ] as const;
  it.each(rows)('problem %s, access %s, API %s: %s', (problem, hasAccess, api, want) => {
    const said = watchedCondition({ problem, hasAccess, api, reason: 'cut' });
    expect(`${said.status} ${said.reason} ${said.message}`).toBe(want);
  });
});

describe('its place beside others', () => {
  const ready = { type: 'Ready', status: 'True', lastProbeTime: 'then', odd: [1] };
  const withOurs = (status: string, lastTransitionTime: string) => ({
    metadata: { resourceVersion: '7' },
    status: { conditions: [{ type: WATCHED, status, lastTransitionTime }, ready], region: 'r' },
  });

  it('those of others stay as they were, ours is last, the version is named', () => {
    expect(patchWith(withOurs('False', 'before'), FRESH, NOW)).toEqual({
      metadata: { resourceVersion: '7' },
      status: {
        conditions: [
          ready,
          {
            type: WATCHED,
            ...FRESH,
            lastProbeTime: '2026-05-06T07:08:09Z',
            lastTransitionTime: '2026-05-06T07:08:09Z',
          },
        ],
      },
    });
  });

  it('the time of its last turn is that of another status, not of another word', () => {
    expect(patchWith(withOurs('True', 'before'), FRESH, NOW)).toMatchObject({
      status: { conditions: [ready, { lastTransitionTime: 'before' }] },
    });
  });

  it.each([[undefined], ['text'], [{ status: 7 }], [{ status: { conditions: {} } }]])(
    'an object that is none: %j',
    (object) => {
      expect(isSaidIn(object, FRESH)).toBe(false);
      expect(patchWith(object, FRESH, NOW)).toMatchObject({
        status: { conditions: [{ type: WATCHED, status: 'True' }] },
      });
    },
  );
});

describe('when it is written', () => {
  let objects: Map<string, object>;
  let patched: string[];
  let fails: ApiError | undefined;
  let conditions: ClusterConditions;

  beforeEach(() => {
    vi.useFakeTimers();
    objects = new Map(['a', 'b'].map((name) => [name, {}]));
    [patched, fails] = [[], undefined];
    conditions = new ClusterConditions({
      path: '/kfc',
      client: {
        get: async (path) => objects.get(path.replace('/kfc/', '')),
        patch: async (path, body) => {
          if (fails !== undefined) throw fails;
          const name = path.split('/')[2] ?? '';
          patched.push(name);
          objects.set(name, body as object);
          return {};
        },
      },
    });
  });
  afterEach(() => {
    conditions.stop();
    vi.useRealTimers();
  });
  const passed = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it('by the process that publishes only; once, until it is another', async () => {
    conditions.set('a', FRESH);
    await passed(CONDITION_CHECK_MS);
    expect(patched).toEqual([]);
    conditions.write(true);
    await passed(0);
    conditions.set('a', { ...FRESH });
    conditions.set('b', LOST);
    await passed(0);
    conditions.set('a', LOST);
    await passed(0);
    expect(patched).toEqual(['a', 'b', 'a']);
    conditions.write(false);
    conditions.set('b', FRESH);
    await passed(2 * CONDITION_CHECK_MS);
    expect(patched).toEqual(['a', 'b', 'a']);
  });

  it('again where another took it away; not where its object has left', async () => {
    conditions.write(true);
    conditions.set('a', FRESH);
    conditions.set('b', FRESH);
    await passed(0);
    objects.set('a', {});
    objects.set('b', {});
    conditions.set('b', undefined);
    await passed(CONDITION_CHECK_MS);
    expect(patched).toEqual(['a', 'b', 'a']);
  });

  const fault = (status: number | undefined) =>
    new ApiError('API_UNREACHABLE', 'no', status === undefined ? {} : { status });
  it.each([
    ['written by another meanwhile', 409, CONDITION_AGAIN_MS],
    ['forbidden', 403, CONDITION_REFUSED_REST_MS],
    ['away', undefined, CONDITION_REFUSED_REST_MS],
  ])('%s: all of them after a rest', async (_what, status, restMs) => {
    conditions.write(true);
    fails = fault(status);
    conditions.set('a', FRESH);
    conditions.set('b', FRESH);
    await passed(restMs - 1);
    fails = undefined;
    expect(patched).toEqual([]);
    await passed(1);
    expect(patched.toSorted()).toEqual(['a', 'b']);
  });

  it('gone meanwhile: nothing but its own', async () => {
    conditions.write(true);
    fails = fault(404);
    conditions.set('a', FRESH);
    await passed(0);
    fails = undefined;
    conditions.set('b', FRESH);
    await passed(0);
    expect(patched).toEqual(['b']);
  });
});
