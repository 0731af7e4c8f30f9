/** The snapshot on disk is never replaced by a state from which names are gone that are still served. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { Alarms } from '../../src/runtime/alarms.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import {
  type DistantStore,
  LocalStart,
  type LocalStartOptions,
} from '../../src/serve/local-start.ts';
import { type StoredValue, type StoreState, scanState } from '../../src/store/record-store.ts';
import { RecordView } from '../../src/store/skydns/view/record-view.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { temporaryFolder } from '../lab/process.ts';

const APEX = parseName('example.');

function stateAt(revision: number, count: number, modRevision = 5): StoreState {
  const values = new Map<string, StoredValue>();
  for (let at = 0; at < count; at++) {
    const value = `{"host":"192.0.2.${at}","targetstrip":1}`;
    values.set(`/skydns/example/n${at}/x`, { value, modRevision, createRevision: modRevision });
  }
  return { revision, values };
}

function localStart(
  path: string,
  options: Pick<LocalStartOptions, 'served' | 'ranges'> & Partial<LocalStartOptions>,
): LocalStart {
  const logger = createLogger('silent');
  return new LocalStart({
    path,
    prefix: '/skydns/',
    zones: [APEX],
    ageMaxSeconds: 100,
    imageOrigin: () => ({ meaning: 'm', nameHashSeed: 1 }),
    pinImages: () => undefined,
    nowSeconds: () => 1,
    alarms: new Alarms(logger),
    logger,
    ...options,
  });
}

function storeOf(read: () => StoreState): DistantStore {
  return {
    identity: async () => ({ clusterId: 'c', sentinel: 's' }),
    scan: (_, reader) => scanState(read(), reader),
  };
}

it.concurrent.each([
  ['emptied, ahead of the watch', stateAt(20, 0)],
  ['wiped, begun anew', stateAt(1, 0)],
  ['restored from before', stateAt(4, 30, 3)],
])(
  'a store %s: the old snapshot stays until the watch has told',
  async (_, after) => {
    const view = new RecordView({ prefix: '/skydns', zones: [{ apex: APEX, mode: 'owner' }] });
    const path = join(temporaryFolder('local-start'), 'snapshot');
    let state = stateAt(10, 100);
    let revision = 10;
    view.apply({ kind: 'state', reason: 'first', state });
    const local = localStart(path, {
      ranges: view.ranges(),
      served: () => ({
        revision,
        holdsEnded: revision,
        nameCount: 1,
        serials: new Map([[APEX, revision]]),
        isKeptBy: (at, one) => view.isKeptBy(at, one),
      }),
    });
    const ending = new AbortController();
    local.start(
      storeOf(() => state),
      ending.signal,
    );
    const revisionOnDisk = () => {
      const foot = readFileSync(path, 'utf8').split('\n').at(-3) ?? '';
      return JSON.parse(foot).revision;
    };
    await expect.poll(revisionOnDisk, { timeout: 8000 }).toBe(10);
    // Something else has moved on, so a new one is due; the names are gone in the store only.
    state = after;
    revision = 11;
    await new Promise((resolve) => setTimeout(resolve, 4500));
    expect(revisionOnDisk()).toBe(10);
    ending.abort();
    await local.idle();
  },
  20_000,
);

it.concurrent('while names come in none is written; once they are there, soon', async () => {
  const path = join(temporaryFolder('local-start'), 'snapshot');
  const nothing = new RecordView({ prefix: '/skydns', zones: [] });
  let isComing = true;
  let revision = 10;
  const local = localStart(path, {
    ranges: [],
    served: () => {
      if (isComing) revision++;
      return {
        revision,
        holdsEnded: 0,
        // Each look half a hundredth more: a million names come in for minutes.
        nameCount: 1_000_000 + revision * 5000,
        serials: new Map([[APEX, revision]]),
        isKeptBy: (at, one) => nothing.isKeptBy(at, one),
      };
    },
  });
  const ending = new AbortController();
  local.start(
    storeOf(() => ({ revision, values: new Map() })),
    ending.signal,
  );
  await new Promise((resolve) => setTimeout(resolve, 6500));
  expect(existsSync(path)).toBe(false);
  isComing = false;
  await expect.poll(() => existsSync(path), { timeout: 8000 }).toBe(true);
  ending.abort();
  await local.idle();
}, 20_000);

it.concurrent('a store that is away: no images are written for nothing', async ({ expect }) => {
  const path = join(temporaryFolder('local-start'), 'snapshot');
  const nothing = new RecordView({ prefix: '/skydns', zones: [] });
  let pinCount = 0;
  const local = localStart(path, {
    ranges: [],
    pinImages: () => void pinCount++,
    served: () => ({
      revision: 10,
      holdsEnded: 0,
      nameCount: 0,
      serials: new Map([[APEX, 10]]),
      isKeptBy: (at, one) => nothing.isKeptBy(at, one),
    }),
  });
  const ending = new AbortController();
  let isAway = true;
  const store = storeOf(() => ({ revision: 10, values: new Map() }));
  const identity = async () => {
    if (isAway) throw new StoreError('STORE_UNREACHABLE', 'away');
    return store.identity();
  };
  local.start({ ...store, identity }, ending.signal);
  await new Promise((resolve) => setTimeout(resolve, 8500));
  expect([pinCount, existsSync(path)]).toEqual([0, false]);
  isAway = false;
  await expect.poll(() => existsSync(path), { timeout: 8000 }).toBe(true);
  expect(pinCount).toBe(1);
  ending.abort();
  await local.idle();
}, 20_000);
