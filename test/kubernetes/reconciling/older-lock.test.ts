/** Locks of KubeFed's days: who holds one is waited for, a dead one's only as long as it must be. */

import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/kubernetes/api-error.ts';
import { olderLockEnds, readOlderLocks } from '../../../src/kubernetes/reconciling/older-lock.ts';

const PATH = '/api/v1/namespaces/system';

const lockObject = (record: object) => ({
  metadata: { annotations: { 'control-plane.alpha.kubernetes.io/leader': JSON.stringify(record) } },
});

const record = (renewed: number, holderIdentity = 'somebody') => ({
  holderIdentity,
  leaseDurationSeconds: 1,
  renewTime: new Date(renewed).toISOString(),
});

/** What the paths give now; others are not there. */
function clientOf(objects: () => Readonly<Record<string, unknown>>) {
  return {
    get: async (path: string) => {
      const found = objects()[path];
      if (found instanceof Error) throw found;
      if (found === undefined) throw new ApiError('API_STATUS', 'none', { status: 404 });
      return found;
    },
  };
}

async function waited(objects: () => Readonly<Record<string, unknown>>, limitMs = 10_000) {
  const holders: string[] = [];
  const troubles: unknown[] = [];
  const begunMs = performance.now();
  await olderLockEnds({
    client: clientOf(objects),
    namespace: 'system',
    name: 'manager',
    isWanted: () => performance.now() - begunMs < limitMs,
    onHeld: ({ holder, plural }) => holders.push(`${plural} ${holder}`),
    onTrouble: (error) => troubles.push(error),
  });
  return { ms: performance.now() - begunMs, holders, troubles };
}

describe.concurrent('waiting for the end of an older lock', () => {
  it.each([
    ['none', {}],
    ['one that was let go', { [`${PATH}/configmaps/manager`]: lockObject(record(Date.now(), '')) }],
    ['one of long ago', { [`${PATH}/endpoints/manager`]: lockObject(record(0)) }],
    ['one that is no record', { [`${PATH}/configmaps/manager`]: lockObject(['{']) }],
    [
      'one that may not be read',
      { [`${PATH}/configmaps/manager`]: new ApiError('API_STATUS', 'no', { status: 403 }) },
    ],
  ])('%s: not at all', async (_what, objects) => {
    const { ms, holders } = await waited(() => objects);
    expect(ms).toBeLessThan(900);
    expect(holders).toEqual([]);
  });

  it('a dead one’s: until it was seen unchanged for twice its duration', async () => {
    const objects = { [`${PATH}/configmaps/manager`]: lockObject(record(Date.now() - 60_000)) };
    const { ms, holders } = await waited(() => objects);
    expect(ms).toBeGreaterThan(1900);
    expect(ms).toBeLessThan(5000);
    expect(new Set(holders)).toEqual(new Set(['configmaps somebody']));
  });

  it('one that is renewed, whatever its clock says: as long as it is', async () => {
    const renewed = () => record(Date.now() - 300_000);
    const objects = () => ({ [`${PATH}/endpoints/manager`]: lockObject(renewed()) });
    const { ms, holders } = await waited(objects, 4000);
    expect(ms).toBeGreaterThan(3900);
    expect(holders.length).toBeGreaterThan(2);
  });

  it('while it cannot be asked: until it can, and that is told', async () => {
    const begunMs = performance.now();
    const away = new ApiError('API_UNREACHABLE', 'away');
    const objects = () =>
      performance.now() - begunMs < 1500 ? { [`${PATH}/configmaps/manager`]: away } : {};
    const { ms, troubles } = await waited(objects);
    expect(ms).toBeGreaterThan(1500);
    expect(troubles).toContain(away);
  });
});

it('reads both kinds, each with its holder', async () => {
  const objects = {
    [`${PATH}/configmaps/manager`]: lockObject(record(5000, 'one')),
    [`${PATH}/endpoints/manager`]: lockObject(record(5000, 'two')),
  };
  const locks = await readOlderLocks(
    clientOf(() => objects),
    'system',
    'manager',
  );
  expect(locks.map(({ plural, holder, durationMs }) => [plural, holder, durationMs])).toEqual([
    ['configmaps', 'one', 1000],
    ['endpoints', 'two', 1000],
  ]);
});
