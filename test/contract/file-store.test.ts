/** Runs the record store contract on the file store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileStore } from '../../src/store/file/file-store.ts';
import { recordStoreSuite } from './record-store.suite.ts';

recordStoreSuite('file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fedns-file-store-'));
  const store = await openFileStore(folder);
  return {
    store,
    async close() {
      await store.stop();
      rmSync(folder, { recursive: true });
    },
  };
});
