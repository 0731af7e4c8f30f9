/** The configured store, opened. One line of wiring a store. */

import { openFileStore } from '../store/file/file-store.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { ReadConfig } from './read-config.ts';

export interface OpenStore {
  readonly store: RecordStore;
  /** Added to revisions for serials: Unix time for a store that starts anew each time. */
  readonly serialBase: number;
}

/** Throws InputError or StoreError with one line that names the place. */
export async function openStore(read: ReadConfig): Promise<OpenStore> {
  switch (read.config.store.kind) {
    case 'file':
      return {
        store: await openFileStore(read.resolvePath(read.config.store.folder)),
        serialBase: 0,
      };
    case 'memory':
    case 'etcd':
      return { store: new MemoryStore(), serialBase: Math.floor(Date.now() / 1000) };
    default:
      return read.config.store.kind satisfies never;
  }
}
