/** The file store on disk: reopening, torn tails, damage, locks, kill -9, a full disk. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FileStore, openFileStore } from '../../src/store/file/file-store.ts';
import { repairStateFolder } from '../../src/store/file/repair-folder.ts';

const storeFile = new URL('../../src/store/file/file-store.ts', import.meta.url);
const ALL = [{ from: '', to: '\xff' }];

describe('file store', () => {
  let folder: string;
  const open: FileStore[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fedns-state-'));
  });
  afterEach(async () => {
    for (const store of open.splice(0)) await store.stop();
    rmSync(folder, { recursive: true });
  });

  async function opened(options = {}): Promise<FileStore> {
    const store = await openFileStore(folder, options);
    open.push(store);
    return store;
  }
  const put = (store: FileStore, key: string, value = key) =>
    store.commit({ compares: [], puts: [{ key, value }], deletes: [] });
  const keys = async (store: FileStore) => [...(await store.read(ALL)).values.keys()];
  const path = (name: string) => join(folder, name);

  test('what was confirmed is there after reopening, revisions too', async () => {
    const store = await opened();
    for (const key of ['a', 'b\xff\0"', 'c']) await put(store, key);
    await put(store, 'a', 'again');
    await store.commit({ compares: [], puts: [], deletes: ['c'] });
    const before = await store.read(ALL);
    await store.stop();
    expect(await (await opened()).read(ALL)).toEqual(before);
  });

  test('commits gathered in one turn are one write, in order, with their compares', async () => {
    const store = await opened();
    const outcomes = await Promise.all([
      put(store, 'a'),
      store.commit({
        compares: [{ key: 'a', modRevision: 0 }],
        puts: [{ key: 'b', value: '' }],
        deletes: [],
      }),
      put(store, 'c'),
    ]);
    expect(outcomes.map(({ kind, revision }) => [kind, revision])).toEqual([
      ['committed', 2],
      ['conflict', 2],
      ['committed', 3],
    ]);
    await store.stop();
    expect(await keys(await opened())).toEqual(['a', 'c']);
  });

  test('a journal that has grown becomes a snapshot', async () => {
    const store = await opened({ journalOctetsMax: 500 });
    for (let index = 0; index < 40; index++) await put(store, `k${index % 7}`, `${index}`);
    const before = await store.read(ALL);
    await store.stop();
    expect(readFileSync(path('journal')).length).toBeLessThan(1_000);
    const again = await opened();
    expect(await again.read(ALL)).toEqual(before);
    expect((await put(again, 'x')).revision).toBe(before.revision + 1);
  });

  test('a tail torn at any octet is cut off; all before it stays', async () => {
    const store = await opened();
    await put(store, 'a');
    const sound = readFileSync(path('journal'));
    await put(store, 'b', 'ü'.repeat(5).normalize());
    await store.stop();
    const whole = readFileSync(path('journal'));
    for (let length = sound.length; length < whole.length; length += 3) {
      writeFileSync(path('journal'), whole.subarray(0, length));
      const again = await openFileStore(folder);
      expect(await keys(again)).toEqual(['a']);
      expect(again.repairedOctets).toBe(length - sound.length);
      await again.stop();
      expect(readFileSync(path('journal'))).toEqual(sound);
    }
    writeFileSync(path('journal'), Buffer.concat([whole, Buffer.alloc(300)]));
    expect(await keys(await opened())).toEqual(['a', 'b']);
  });

  test('damage in the middle is refused with the repair command, and repaired by it', async () => {
    const store = await opened();
    for (const key of ['a', 'b', 'c']) await put(store, key);
    await store.stop();
    const octets = readFileSync(path('journal'));
    const at = octets.indexOf('"b"');
    octets[at + 1] = 0x58;
    writeFileSync(path('journal'), octets);
    await expect(opened()).rejects.toThrow(
      `${path('journal')} is damaged (line 3); "fedns store repair" keeps what checks out`,
    );
    const report = await repairStateFolder(folder);
    expect(report).toMatchObject({ keyCount: 2, lostLines: 1, revision: 5 });
    expect(report.setAside).toEqual([path('journal.damaged')]);
    expect(await keys(await opened())).toEqual(['a', 'c']);
  });

  test('a damaged snapshot is refused and repaired', async () => {
    const store = await opened({ journalOctetsMax: 1 });
    for (const key of ['a', 'b', 'c']) await put(store, key);
    await store.stop();
    const octets = readFileSync(path('snapshot'));
    octets[octets.indexOf('"b"') + 1] = 0x58;
    writeFileSync(path('snapshot'), octets);
    await expect(opened()).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await repairStateFolder(folder);
    expect(await keys(await opened())).toEqual(['a', 'c']);
  });

  test('a sound folder is left as it is by repair', async () => {
    const store = await opened();
    await put(store, 'a');
    await store.stop();
    const before = readFileSync(path('journal'));
    expect(await repairStateFolder(folder)).toMatchObject({ lostLines: 0, setAside: [] });
    expect(readFileSync(path('journal'))).toEqual(before);
  });

  test('a second process, and a second open, find the folder in use', async () => {
    const store = await opened();
    await expect(openFileStore(folder)).rejects.toThrow(`${folder} is in use`);
    await store.stop();
    const holder = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { openFileStore } from '${storeFile}';
       await openFileStore(${JSON.stringify(folder)});
       console.log('held'); setTimeout(() => {}, 20_000);`,
    ]);
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    await expect(openFileStore(folder)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await expect(repairStateFolder(folder)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    const exited = new Promise((resolve) => holder.once('exit', resolve));
    holder.kill('SIGKILL');
    await exited;
    expect(await keys(await opened())).toEqual([]);
  });

  test('kill -9 in the middle of writing loses nothing that was confirmed', async () => {
    const writer = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { openFileStore } from '${storeFile}';
       const store = await openFileStore(${JSON.stringify(folder)}, { journalOctetsMax: 20_000 });
       for (let index = 0; ; index++) {
         await store.commit({ compares: [], puts: [{ key: 'k' + index % 50, value: String(index) }], deletes: [] });
         process.stdout.write(index + '\\n');
       }`,
    ]);
    let confirmed = -1;
    writer.stdout.on('data', (data) => {
      confirmed = Number(String(data).trim().split('\n').at(-1));
      if (confirmed > 600) writer.kill('SIGKILL');
    });
    await new Promise((resolve) => writer.once('exit', resolve));
    const store = await opened();
    const state = await store.read(ALL);
    const newest = Math.max(...[...state.values].map(([, { value }]) => Number(value)));
    expect(newest).toBeGreaterThanOrEqual(confirmed);
    expect(state.revision).toBe(newest + 2);
  });

  test('a disk that refuses: an error, nothing of it is seen, what was confirmed stays', async () => {
    // The shell's file size limit (8 KiB) stands for a full disk: EFBIG where that says ENOSPC.
    const script = `import { openFileStore } from '${storeFile}';
      const store = await openFileStore(${JSON.stringify(folder)});
      const put = (key) => store.commit(
        { compares: [], puts: [{ key, value: 'x'.repeat(900) }], deletes: [] });
      let confirmed = 0;
      let error;
      while (error === undefined) {
        await put('k' + confirmed).then(() => confirmed++, (why) => { error = why; });
      }
      const { values, revision } = await store.read([{ from: '', to: '\\xff' }]);
      console.log(JSON.stringify({ confirmed, keys: values.size, revision, code: error.code }));`;
    const shell = `trap '' XFSZ; ulimit -f 16; exec "$0" --input-type=module -e "$1"`;
    const child = spawn('bash', ['-c', shell, process.execPath, script]);
    let said = '';
    child.stdout.on('data', (data) => {
      said += String(data);
    });
    await new Promise((resolve) => child.once('exit', resolve));
    const { confirmed, keys: keyCount, revision, code } = JSON.parse(said);
    expect(code).toBe('STORE_DISK');
    expect(confirmed).toBeGreaterThan(5);
    expect([keyCount, revision]).toEqual([confirmed, confirmed + 1]);
    expect(await keys(await opened())).toHaveLength(confirmed);
  });
});
