/**
 * FlatValues: what a store holds at one revision, by key, where it is very much: outside the heap, each
 * value made when it is asked for (1,000,000 keys take 204 MB so, 269 as objects, and none for a collector to walk). In the order in
 * which keys were put in.
 *
 *   key -> "<mod revision> <create revision> <lease id, or nothing> <value>"
 */

import { FlatTexts } from '../runtime/tables/flat-texts.ts';
import { STATE_FLAT_FROM } from './limits.ts';
import type { StoredValue, StoredValues } from './record-store.ts';

export class FlatValues implements StoredValues {
  readonly #texts = new FlatTexts();

  get size(): number {
    return this.#texts.size;
  }

  has(key: string): boolean {
    return this.#texts.has(key);
  }

  get(key: string): StoredValue | undefined {
    const text = this.#texts.get(key);
    return text === undefined ? undefined : storedOf(text);
  }

  set(key: string, { value, modRevision, createRevision, leaseId = '' }: StoredValue): void {
    this.#texts.set(key, `${modRevision} ${createRevision} ${leaseId} ${value}`);
  }

  keys(): Iterable<string> {
    return this.#texts.keys();
  }

  *[Symbol.iterator](): Generator<[key: string, stored: StoredValue], void, undefined> {
    for (const [key, text] of this.#texts) yield [key, storedOf(text)];
  }
}

/** A state that comes key by key: few as a Map, for these are asked for most often. */
export class GrowingValues {
  #values: Map<string, StoredValue> | FlatValues = new Map();

  get values(): StoredValues {
    return this.#values;
  }

  set(key: string, stored: StoredValue): void {
    if (this.#values instanceof Map && this.#values.size >= STATE_FLAT_FROM) {
      const few = this.#values;
      this.#values = new FlatValues();
      for (const [one, its] of few) this.#values.set(one, its);
    }
    this.#values.set(key, stored);
  }

  clear(): void {
    this.#values = new Map();
  }
}

function storedOf(text: string): StoredValue {
  const first = text.indexOf(' ');
  const second = text.indexOf(' ', first + 1);
  const third = text.indexOf(' ', second + 1);
  const stored = {
    value: text.slice(third + 1),
    modRevision: Number(text.slice(0, first)),
    createRevision: Number(text.slice(first + 1, second)),
  };
  return third === second + 1 ? stored : { ...stored, leaseId: text.slice(second + 1, third) };
}
