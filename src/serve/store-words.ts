/**
 * What a replica says back to the store: that it holds removals, that a hold has ended, that a
 * serial needs an offset. One word there reaches every replica. Saying is best effort: what is
 * served here does not wait for it.
 */

import { type DomainName, formatName } from '../dns/name.ts';
import type { Alarms } from '../runtime/alarms.ts';
import type { Logger } from '../runtime/logger.ts';
import { ControlKeys } from '../store/control/control-keys.ts';
import type { FilteredUpdate } from '../store/hold/held-removals.ts';
import { clearHold, writeHold } from '../store/hold/hold-keys.ts';
import type { ZoneSerials } from '../store/hold/zone-serial.ts';
import type { RecordStore } from '../store/record-store.ts';

export interface StoreWordsOptions {
  readonly serials: ZoneSerials;
  readonly controlPrefix: string;
  readonly alarms: Alarms;
  readonly logger: Logger;
}

export class StoreWords {
  readonly #options: StoreWordsOptions;
  readonly #keys: ControlKeys;
  #store: RecordStore | undefined;

  constructor(options: StoreWordsOptions) {
    this.#options = options;
    this.#keys = new ControlKeys(options.controlPrefix);
  }

  speakTo(store: RecordStore): void {
    this.#store = store;
  }

  tellHolds({ held, started, released, ended }: FilteredUpdate): void {
    const { alarms, logger } = this.#options;
    for (const hold of started) {
      const zone = formatName(hold.apex);
      this.#say('hold', async (store) => {
        await writeHold(store, hold, this.#keys);
      });
      const message = `removals held, their names keep answering; if they are meant: fedns store accept ${zone}`;
      alarms.raise('removals-held', message, { zone, held: hold.heldNames });
    }
    for (const apex of released) logger.info('hold ended', { zone: formatName(apex) });
    for (const apex of ended)
      this.#say('end of hold', (store) => clearHold(store, apex, this.#keys));
    if (held.length === 0) alarms.clear('removals-held', 'no removals are held');
  }

  tellOffset(apex: DomainName, offset: number): void {
    const { serials } = this.#options;
    this.#say('serial offset', async (store) => {
      await serials.writeOffset(store, apex, offset);
    });
  }

  #say(what: string, act: (store: RecordStore) => Promise<void>): void {
    const store = this.#store;
    if (store === undefined) return;
    act(store).catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      this.#options.logger.warn('word not left in the store', { key: what, error: text });
    });
  }
}
