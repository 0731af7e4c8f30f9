/** A file that people edit, followed: the text, and a call whenever it is another. */

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { FILE_SETTLE_MS } from '../limits.ts';
import { fileStamp, WatchedPlace } from './watched-place.ts';

export class WatchedFile {
  readonly #path: string;
  readonly #place: WatchedPlace;

  constructor(path: string, onChange: () => void) {
    this.#path = path;
    this.#place = new WatchedPlace({
      folder: dirname(path),
      stamp: () => fileStamp(path),
      settleMs: FILE_SETTLE_MS,
      onChange,
    });
  }

  /** Throws the system's error. */
  read(): string {
    this.#place.mark();
    return readFileSync(this.#path, 'utf8');
  }

  /** Starting twice is starting once. */
  start(): void {
    this.#place.start();
  }

  stop(): void {
    this.#place.stop();
  }
}
