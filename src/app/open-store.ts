/** The configured store, opened, and its state folder locked. One line of wiring a store. */

import { openEtcdStore } from '../store/etcd/etcd-store.ts';
import { openFileStore } from '../store/file/file-store.ts';
import { FolderLock } from '../store/file/folder-lock.ts';
import { makeStateFolder } from '../store/file/state-files.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { RecordStore } from '../store/record-store.ts';
import { etcdOptions } from './config/etcd-settings.ts';
import type { ReadConfig } from './config/read-config.ts';

export interface OpenStore {
  readonly store: RecordStore;
  /** Added to revisions for serials: Unix time for a store that starts anew each time. */
  readonly serialBase: number;
  /** Stops the store and frees the folder. */
  readonly close: () => Promise<void>;
}

/** Throws InputError or StoreError with one line that names the place. */
export async function openStore(
  read: ReadConfig,
  options: { readonly isVerb?: boolean } = {},
): Promise<OpenStore> {
  const folder = read.resolvePath(read.config.store.folder);
  switch (read.config.store.kind) {
    case 'file': {
      const store = await openFileStore(folder);
      return { store, serialBase: 0, close: () => store.stop() };
    }
    case 'memory': {
      const serialBase = Math.floor(Date.now() / 1000);
      return locked(folder, new MemoryStore(), serialBase);
    }
    case 'etcd': {
      const store = openEtcdStore(etcdOptions(read));
      // A verb beside a running server needs neither snapshot nor socket.
      if (options.isVerb === true) return { store, serialBase: 0, close: () => store.stop() };
      return locked(folder, store, 0);
    }
    default:
      return read.config.store.kind satisfies never;
  }
}

/** Snapshot and local socket rest in the folder whatever the store is: one process each. */
async function locked(folder: string, store: RecordStore, serialBase: number): Promise<OpenStore> {
  await makeStateFolder(folder);
  const lock = await FolderLock.take(folder);
  const close = async () => {
    await store.stop();
    await lock.release();
  };
  return { store, serialBase, close };
}
