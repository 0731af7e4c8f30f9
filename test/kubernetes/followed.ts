/**
 * A sink that remembers what it was told, and notices when an object is taken back: versions of
 * our fake server are numbers, which only a test may know.
 */

import { textAt, valueAt } from '../../src/api/untyped.ts';
import type { ApiClient } from '../../src/kubernetes/api-client.ts';
import type { ListWatchLimits } from '../../src/kubernetes/limits.ts';
import { ListWatch } from '../../src/kubernetes/list-watch.ts';
import type { ListWatchOptions } from '../../src/kubernetes/list-watch-options.ts';

/** As the real ones, a hundred times faster. */
export const QUICK: Partial<ListWatchLimits> = {
  pageSize: 3,
  watchSecondsMin: 1,
  watchSecondsMax: 1,
  watchGraceMs: 300,
  headersTimeoutMs: 500,
  listSilenceMs: 200,
  requestTimeoutMs: 500,
  backoffMinMs: 10,
  backoffMaxMs: 40,
  backoffResetMs: 200,
  endedWaitMaxMs: 20,
  listPeriodMs: 20,
};

export interface Held {
  readonly content: string;
  readonly uid: string;
  readonly version: number;
}

export class Followed {
  held = new Map<string, Held>();
  readonly removed: string[] = [];
  /** `key: 120 after 130`, `key: uid-7 after its end`. */
  readonly stepsBack: string[] = [];
  readonly skipped: string[] = [];
  replaceCount = 0;
  statusCount = 0;
  readonly watch: ListWatch<Held>;
  readonly #newest = new Map<string, number>();
  readonly #ended = new Set<string>();

  constructor(
    client: ApiClient,
    path: string,
    options: Partial<Omit<ListWatchOptions<Held>, 'client' | 'path'>> = {},
  ) {
    this.watch = new ListWatch<Held>({
      client,
      path,
      project: heldOf,
      sink: {
        replace: (objects) => {
          this.replaceCount++;
          for (const key of this.held.keys()) if (!objects.has(key)) this.#remove(key);
          for (const [key, object] of objects) this.#put(key, object);
        },
        put: (key, object) => this.#put(key, object),
        remove: (key) => this.#remove(key),
      },
      onStatus: () => this.statusCount++,
      onSkipped: (key, reason) => this.skipped.push(`${key}: ${reason}`),
      limits: QUICK,
      ...options,
    });
  }

  /** Key -> content, sorted: to compare with. */
  get contents(): string {
    return contentsOf([...this.held].map(([key, { content }]) => [key, content]));
  }

  #put(key: string, object: Held): void {
    const { uid, version } = object;
    const newest = this.#newest.get(uid) ?? 0;
    if (version < newest) this.stepsBack.push(`${key}: ${version} after ${newest}`);
    if (this.#ended.has(uid)) this.stepsBack.push(`${key}: ${uid} after its end`);
    this.#newest.set(uid, version);
    this.held.set(key, object);
  }

  #remove(key: string): void {
    this.removed.push(key);
    const uid = this.held.get(key)?.uid;
    if (uid !== undefined) this.#ended.add(uid);
    this.held.delete(key);
  }
}

export function heldOf(object: unknown): Held {
  return {
    content: JSON.stringify(valueAt(object, 'spec') ?? ''),
    uid: textAt(object, 'metadata', 'uid') ?? '',
    version: Number(textAt(object, 'metadata', 'resourceVersion')),
  };
}

export function contentsOf(entries: Iterable<readonly [string, string]>): string {
  return [...entries]
    .map(([key, content]) => `${key}=${content}`)
    .sort()
    .join('\n');
}
