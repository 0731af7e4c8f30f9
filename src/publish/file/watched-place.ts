/**
 * A place in the file system that people edit, followed: a call whenever it is another. Editors
 * replace files, mounts swap links, networks lose events, so the place itself is looked at besides.
 */

import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { FILE_POLL_MS, SETTLE_MAX_MS } from '../limits.ts';

export interface WatchedPlaceOptions {
  /** In it something changes. */
  readonly folder: string;
  /** Another text whenever the place is another. Never throws. */
  readonly stamp: () => string;
  /** The place rests so long, ms, before it is told; not for ever, where it never does. */
  readonly settleMs: number;
  readonly onChange: () => void;
}

export class WatchedPlace {
  readonly #options: WatchedPlaceOptions;
  #seen = '';
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #settle: NodeJS.Timeout | undefined;
  #unrestSinceMs: number | undefined;

  constructor(options: WatchedPlaceOptions) {
    this.#options = options;
  }

  /** Before it is read: what is written meanwhile shows as another at the next look. */
  mark(): void {
    this.#seen = this.#options.stamp();
  }

  /** Starting twice is starting once. */
  start(): void {
    if (this.#poll !== undefined) return;
    this.#poll = setInterval(() => this.#look(), FILE_POLL_MS);
    try {
      this.#watcher = watch(this.#options.folder, () => this.#look());
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // No watch to be had (limits, file system): looking at the place every so often serves.
    }
  }

  stop(): void {
    this.#watcher?.close();
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
  }

  /** Somebody may still be writing. */
  #look(): void {
    const { stamp: stampOf, settleMs, onChange } = this.#options;
    const stamp = stampOf();
    if (stamp === this.#seen) return;
    this.#seen = stamp;
    const nowMs = performance.now();
    this.#unrestSinceMs ??= nowMs;
    const restMs = Math.min(settleMs, this.#unrestSinceMs + SETTLE_MAX_MS - nowMs);
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => {
      this.#unrestSinceMs = undefined;
      onChange();
    }, restMs);
  }
}

/** Of a file, through links; the system's word where it cannot be seen. */
export function fileStamp(path: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    // A folder closed to us, links in a circle: told once by whoever reads it then.
    return codeOf(error);
  }
}

/** Of all that is in a folder and not hidden, through links. */
export function folderStamp(folder: string): string {
  try {
    const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
    return names
      .sort()
      .map((name) => `${name} ${fileStamp(join(folder, name))}`)
      .join('\n');
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
}
