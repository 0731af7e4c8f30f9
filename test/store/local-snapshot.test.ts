/** The local snapshot: whole or refused, never another store's. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { readLocalSnapshot, writeLocalSnapshot } from '../../src/store/local-snapshot.ts';
import type { StoredValue } from '../../src/store/record-store.ts';

const ORIGIN = { storeId: 'c1', prefix: '/skydns/', zones: [parseName('example.')] };

function snapshotOf(count: number) {
  const values = new Map<string, StoredValue>();
  for (let index = 0; index < count; index++) {
    const stored = {
      value: `{"host":"192.0.2.1","n":${index}}`,
      modRevision: 7,
      createRevision: 5,
    };
    const key = `/skydns/example/service-${index}/\xff\0"`;
    values.set(key, index % 2 === 0 ? stored : { ...stored, leaseId: '99' });
  }
  const serials = { 'example.': 7 };
  return { state: { revision: 9, values }, takenAtSeconds: 1_000, serials };
}

describe('local snapshot', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fedns-snapshot-'));
    path = join(folder, 'zones.snapshot');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('it comes back as it was', async () => {
    const { state, ...head } = snapshotOf(2_500);
    const digest = await writeLocalSnapshot(path, ORIGIN, { state, ...head });
    const reading = readLocalSnapshot(path, ORIGIN);
    expect(reading).toMatchObject({ kind: 'sound', head: { ...head, revision: 9 }, digest });
    if (reading.kind !== 'sound') return;
    const steps = reading.steps();
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    expect(step.value).toEqual(state);
    const unknown = readLocalSnapshot(path, { ...ORIGIN, storeId: undefined });
    expect(unknown.kind).toBe('sound');
  });

  test('none is absent; another store, prefix or zone set is refused', async () => {
    expect(readLocalSnapshot(path, ORIGIN)).toEqual({ kind: 'absent' });
    await writeLocalSnapshot(path, ORIGIN, snapshotOf(1));
    const others = [
      [{ storeId: 'c2' }, 'taken from another store'],
      [{ prefix: '/other/' }, 'prefix /skydns/'],
      [{ zones: [parseName('example.'), parseName('more.')] }, 'it does not hold zone more.'],
    ] as const;
    for (const [other, reason] of others) {
      const reading = readLocalSnapshot(path, { ...ORIGIN, ...other });
      expect(reading).toEqual({ kind: 'refused', reason });
    }
  });

  test('any damage is refused', async () => {
    await writeLocalSnapshot(path, ORIGIN, snapshotOf(20));
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at += 37) {
      const octets = Buffer.from(whole);
      octets[at] = (octets[at] ?? 0) ^ 1;
      writeFileSync(path, octets);
      expect(readLocalSnapshot(path, ORIGIN).kind).toBe('refused');
      writeFileSync(path, whole.subarray(0, at));
      expect(readLocalSnapshot(path, ORIGIN).kind).toBe('refused');
    }
  });

  test('100,000 keys load soon', async () => {
    await writeLocalSnapshot(path, ORIGIN, snapshotOf(100_000));
    const startedAt = performance.now();
    const reading = readLocalSnapshot(path, ORIGIN);
    console.info(`100,000 keys in ${Math.round(performance.now() - startedAt)} ms`);
    expect(reading.kind).toBe('sound');
  });

  test('a folder that cannot be written: one clear error, the old file untouched', async () => {
    await writeLocalSnapshot(path, ORIGIN, snapshotOf(1));
    const nowhere = writeLocalSnapshot(join(folder, 'no', 'such'), ORIGIN, snapshotOf(2));
    await expect(nowhere).rejects.toMatchObject({ code: 'STORE_DISK' });
    expect(readLocalSnapshot(path, ORIGIN).kind).toBe('sound');
  });
});
