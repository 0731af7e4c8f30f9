/**
 * One collection as it is taken over object by object: projected, bounded, with what could not be
 * read counted and told once. Feeds the sink.
 */

import { textAt } from '../api/untyped.ts';
import { ApiError } from './api-error.ts';
import { keyOfObject } from './watch-event.ts';

export interface ListWatchSink<T> {
  /** The whole collection, after each list: what is not in it is gone. */
  replace(objects: ReadonlyMap<string, T>): void;
  put(key: string, object: T): void;
  remove(key: string): void;
}

export interface CollectionOptions<T> {
  readonly project: (object: unknown) => T | undefined;
  readonly sink: ListWatchSink<T>;
  readonly onSkipped: ((key: string, reason: string) => void) | undefined;
  readonly objectsMax: number;
}

export class Collection<T> {
  readonly #options: CollectionOptions<T>;
  #keys = new Set<string>();
  readonly #told = new Set<string>();
  /** Of the list that is being read. */
  #arriving: Map<string, T> | undefined;
  skippedCount = 0;

  constructor(options: CollectionOptions<T>) {
    this.#options = options;
  }

  get objectCount(): number {
    return this.#keys.size;
  }

  /** A list begins; until `completeList` the sink sees nothing of it. */
  beginList(): void {
    this.#arriving = new Map();
  }

  dropList(): void {
    this.#arriving = undefined;
  }

  completeList(): void {
    const objects = this.#arriving ?? new Map<string, T>();
    this.#arriving = undefined;
    this.#keys = new Set(objects.keys());
    this.#options.sink.replace(objects);
  }

  put(object: unknown): void {
    const key = keyOfObject(object);
    const projected = this.#project(key, object);
    if (this.#arriving !== undefined) {
      if (projected === undefined) this.#arriving.delete(key);
      else if (this.#hasRoom(this.#arriving, key)) this.#arriving.set(key, projected);
    } else if (projected === undefined) {
      this.#remove(key);
    } else if (this.#hasRoom(this.#keys, key)) {
      this.#keys.add(key);
      this.#options.sink.put(key, projected);
    }
  }

  remove(object: unknown): void {
    const key = keyOfObject(object);
    if (this.#arriving === undefined) this.#remove(key);
    else this.#arriving.delete(key);
  }

  #remove(key: string): void {
    if (this.#keys.delete(key)) this.#options.sink.remove(key);
  }

  /** A bad object harms only itself: it is left out, as if it were not there. */
  #project(key: string, object: unknown): T | undefined {
    try {
      return this.#options.project(object);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#skip(key, reason, textAt(object, 'metadata', 'resourceVersion') ?? '');
      return undefined;
    }
  }

  #hasRoom(held: { readonly size: number; has(key: string): boolean }, key: string): boolean {
    const { objectsMax } = this.#options;
    if (held.size < objectsMax || held.has(key)) return true;
    this.#skip('', `more than ${objectsMax} objects: the rest is not taken`, '');
    return false;
  }

  #skip(key: string, reason: string, version: string): void {
    this.skippedCount++;
    const id = `${key} ${version}`;
    if (this.#told.has(id)) return;
    if (this.#told.size >= TOLD_MAX) this.#told.clear();
    this.#told.add(id);
    this.#options.onSkipped?.(key, reason);
  }
}

const TOLD_MAX = 1000;

/** The items of a list page. Throws ApiError for an answer that is none. */
export function itemsOf(page: unknown): readonly unknown[] {
  if (typeof page === 'object' && page !== null && 'items' in page) {
    if (Array.isArray(page.items)) return page.items;
    // Go writes an empty slice of some types as null.
    if (page.items === null) return [];
  }
  throw new ApiError('API_GARBAGE', 'a list without items');
}
