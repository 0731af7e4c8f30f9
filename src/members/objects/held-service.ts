/**
 * HeldService: one Service of a member and its EndpointSlices, in little room: there are as many
 * as shards, and nearly all have one slice, named after the Service (50,000 of them took 46 MB as
 * Maps of Maps).
 */

import type { PackedService } from './packed-objects.ts';

export class HeldService {
  /** `namespace/name`. */
  readonly key: string;
  /** undefined: there is none (yet), only slices that name it. */
  service: PackedService | undefined;
  /** Of the first: what its key has more than ours, `-x7f2p`; the whole where it is no such. */
  #sliceTail: string | undefined;
  /** Texts of packed slices. */
  #slice: string | undefined;
  /** All beside the first, by their keys. */
  #more: Map<string, string> | undefined;

  constructor(key: string) {
    this.key = key;
  }

  get isEmpty(): boolean {
    return this.service === undefined && this.#slice === undefined && this.#more === undefined;
  }

  /** Of the Service: `namespace/name`, cut. */
  get name(): string {
    return this.key.slice(this.key.indexOf('/') + 1);
  }

  *slices(): Generator<string, void, undefined> {
    if (this.#slice !== undefined) yield this.#slice;
    if (this.#more !== undefined) yield* this.#more.values();
  }

  slice(key: string): string | undefined {
    return this.#isFirst(key) ? this.#slice : this.#more?.get(key);
  }

  setSlice(key: string, slice: string): void {
    const isMore = this.#more?.has(key) === true;
    if (!isMore && (this.#sliceTail === undefined || this.#isFirst(key))) {
      this.#sliceTail ??= this.#tailOf(key);
      this.#slice = slice;
      return;
    }
    this.#more ??= new Map();
    this.#more.set(key, slice);
  }

  removeSlice(key: string): void {
    if (this.#isFirst(key)) {
      this.#sliceTail = undefined;
      this.#slice = undefined;
      return;
    }
    this.#more?.delete(key);
    if (this.#more?.size === 0) this.#more = undefined;
  }

  /** Gives whether it had any. */
  clearSlices(): boolean {
    const hadSlices = this.#slice !== undefined || this.#more !== undefined;
    this.#sliceTail = undefined;
    this.#slice = undefined;
    this.#more = undefined;
    return hadSlices;
  }

  #isFirst(key: string): boolean {
    return this.#sliceTail !== undefined && this.#sliceTail === this.#tailOf(key);
  }

  /** A tail has no `/`, a whole key has one. */
  #tailOf(key: string): string {
    return key.startsWith(this.key) ? key.slice(this.key.length) : key;
  }
}
