/**
 * A file that people edit, followed: the text, and a call whenever it is another. Editors replace
 * files, mounts swap links, networks lose events, so the file itself is looked at besides.
 */

import { type FSWatcher, readFileSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { FILE_POLL_MS, FILE_SETTLE_MS } from './limits.ts';

export class WatchedFile {
  readonly #path: string;
  readonly #onChange: () => void;
  #seen = '';
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #settle: NodeJS.Timeout | undefined;

  constructor(path: string, onChange: () => void) {
    this.#path = path;
    this.#onChange = onChange;
  }

  /** Throws the system's error. */
  read(): string {
    // Stamped first: what is written while we read shows as another file at the next look.
    this.#seen = this.#stamp();
    return readFileSync(this.#path, 'utf8');
  }

  /** Starting twice is starting once. */
  start(): void {
    if (this.#poll !== undefined) return;
    this.#poll = setInterval(() => this.#look(), FILE_POLL_MS);
    try {
      this.#watcher = watch(dirname(this.#path), () => this.#look());
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // No watch to be had (limits, file system): looking at the file every so often serves.
    }
  }

  stop(): void {
    this.#watcher?.close();
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
  }

  /** An editor may still be writing: told once the file has rested. */
  #look(): void {
    const stamp = this.#stamp();
    if (stamp === this.#seen) return;
    this.#seen = stamp;
    clearTimeout(this.#settle);
    this.#settle = setTimeout(this.#onChange, FILE_SETTLE_MS);
  }

  #stamp(): string {
    try {
      const { ino, size, mtimeNs } = statSync(this.#path, { bigint: true });
      return `${ino} ${size} ${mtimeNs}`;
    } catch (error) {
      // A folder closed to us, links in a circle: told once by whoever reads it then.
      return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    }
  }
}
