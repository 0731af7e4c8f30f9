/** The local snapshot: whole or refused, never another store's. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { readLocalSnapshot, SnapshotWriting } from '../../src/store/file/local-snapshot.ts';
import { type StoredValue, type StoreState, scanState } from '../../src/store/record-store.ts';
import { atOnce } from '../../src/store/skydns/view/settled.ts';

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

async function writeSnapshot(path: string, count: number): Promise<string> {
  const { state, ...head } = snapshotOf(count);
  const writing = await SnapshotWriting.open(path);
  return writing.finish(ORIGIN, { ...head, revision: await scanState(state, writing) });
}

function stateRead(path: string): StoreState | undefined {
  const reading = readLocalSnapshot(path, ORIGIN);
  return reading.kind === 'sound' ? atOnce(reading.steps()) : undefined;
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
    const digest = await writeSnapshot(path, 2_500);
    const reading = readLocalSnapshot(path, ORIGIN);
    expect(reading).toMatchObject({ kind: 'sound', head: { ...head, revision: 9 }, digest });
    expect(stateRead(path)).toEqual(state);
    const unknown = readLocalSnapshot(path, { ...ORIGIN, storeId: undefined });
    expect(unknown.kind).toBe('sound');
  });

  test('a state that was begun anew has nothing of what came before', async () => {
    const writing = await SnapshotWriting.open(path);
    await scanState(snapshotOf(3_000).state, writing);
    const { state, ...head } = snapshotOf(10);
    const revision = await scanState(state, writing);
    const [last = '', beyond = ''] = [...snapshotOf(11).state.values.keys()].slice(-2);
    expect([writing.has(last), writing.has(beyond)]).toEqual([true, false]);
    expect(readLocalSnapshot(path, ORIGIN)).toEqual({ kind: 'absent' });
    await writing.finish(ORIGIN, { ...head, revision });
    expect(stateRead(path)).toEqual(state);
  });

  test('what was checked is what is read, whatever takes its place', async () => {
    await writeSnapshot(path, 2_500);
    const reading = readLocalSnapshot(path, ORIGIN);
    await writeSnapshot(path, 3);
    const read = reading.kind === 'sound' ? atOnce(reading.steps()) : undefined;
    expect(read).toEqual(snapshotOf(2_500).state);
  });

  test('one that is dropped leaves the old one, and nothing beside it', async () => {
    await writeSnapshot(path, 3);
    const before = readFileSync(path);
    const writing = await SnapshotWriting.open(path);
    await scanState(snapshotOf(5).state, writing);
    await writing.drop();
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['zones.snapshot']);
  });

  test('none is absent; another store, prefix or zone set is refused', async () => {
    expect(readLocalSnapshot(path, ORIGIN)).toEqual({ kind: 'absent' });
    await writeSnapshot(path, 1);
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
    await writeSnapshot(path, 20);
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
    await writeSnapshot(path, 100_000);
    const startedAt = performance.now();
    const reading = readLocalSnapshot(path, ORIGIN);
    console.info(`100,000 keys in ${Math.round(performance.now() - startedAt)} ms`);
    expect(reading.kind).toBe('sound');
  });

  test('a folder that cannot be written: one clear error, the old file untouched', async () => {
    await writeSnapshot(path, 1);
    const nowhere = writeSnapshot(join(folder, 'no', 'such'), 2);
    await expect(nowhere).rejects.toMatchObject({ code: 'STORE_DISK' });
    expect(readLocalSnapshot(path, ORIGIN).kind).toBe('sound');
  });
});
