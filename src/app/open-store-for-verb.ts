/** The configured store for one verb: opened, or reached through the server that holds it. */

import type { RecordStore } from '../store/record-store.ts';
import { StoreError } from '../store/store-error.ts';
import type { ReadConfig } from './config/read-config.ts';
import { RemoteStore } from './control/remote-store.ts';
import { openStore } from './open-store.ts';

export interface StoreForVerb {
  readonly store: RecordStore;
  readonly close: () => Promise<void>;
}

/** Throws StoreError, InputError. A memory store exists only in its server. */
export async function openStoreForVerb(read: ReadConfig): Promise<StoreForVerb> {
  const folder = read.resolvePath(read.config.store.folder);
  const remote = { store: new RemoteStore(folder), close: async () => undefined };
  if (read.config.store.kind === 'memory') return remote;
  try {
    return await openStore(read, { isVerb: true });
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_LOCKED') return remote;
    throw error;
  }
}
