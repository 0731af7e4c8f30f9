/** Saves the book beside other work: begun, and waited for when it must be in the store. */

import type { Logger } from '../../runtime/logger.ts';
import type { Fence } from '../../store/control/control-keys.ts';
import type { RecordStore } from '../../store/record-store.ts';
import type { ShardBook } from './shard-book.ts';

export class BookSaver {
  readonly #book: ShardBook;
  readonly #logger: Logger;
  #saving: Promise<void> | undefined;

  constructor(book: ShardBook, logger: Logger) {
    this.#book = book;
    this.#logger = logger;
  }

  /** Begun, and not waited for yet. */
  get isSaving(): boolean {
    return this.#saving !== undefined;
  }

  /** One at a time: `end` first. */
  begin(store: RecordStore, fence: Fence | undefined): void {
    this.#saving = this.#save(store, fence);
    // Whoever waits for it is told.
    this.#saving.catch(() => undefined);
  }

  /** Throws what the save under way throws, once. */
  async end(): Promise<void> {
    const saving = this.#saving;
    this.#saving = undefined;
    await saving;
  }

  async #save(store: RecordStore, fence: Fence | undefined): Promise<void> {
    for (const { key, reason } of await this.#book.save(store, fence)) {
      this.#logger.error('not remembered over a restart: the store refuses it', { key, reason });
    }
  }
}
