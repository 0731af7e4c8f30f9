/**
 * HeldService: one Service of a member and its EndpointSlices, in little room: there are as many
 * as shards, and nearly all have one slice (50,000 of them took 46 MB as Maps of Maps).
 */

import type { SlimEndpointSlice, SlimService } from '../../api/core.ts';

export class HeldService {
  /** `namespace/name`. */
  readonly key: string;
  /** undefined: there is none (yet), only slices that name it. */
  service: SlimService | undefined;
  #sliceKey: string | undefined;
  #slice: SlimEndpointSlice | undefined;
  /** All beside the first, by their keys. */
  #more: Map<string, SlimEndpointSlice> | undefined;

  constructor(key: string) {
    this.key = key;
  }

  get isEmpty(): boolean {
    return this.service === undefined && this.#slice === undefined && this.#more === undefined;
  }

  *slices(): Generator<SlimEndpointSlice, void, undefined> {
    if (this.#slice !== undefined) yield this.#slice;
    if (this.#more !== undefined) yield* this.#more.values();
  }

  slice(key: string): SlimEndpointSlice | undefined {
    return this.#sliceKey === key ? this.#slice : this.#more?.get(key);
  }

  setSlice(key: string, slice: SlimEndpointSlice): void {
    const isMore = this.#more?.has(key) === true;
    if (!isMore && (this.#sliceKey === undefined || this.#sliceKey === key)) {
      this.#sliceKey = key;
      this.#slice = slice;
      return;
    }
    this.#more ??= new Map();
    this.#more.set(key, slice);
  }

  removeSlice(key: string): void {
    if (this.#sliceKey === key) {
      this.#sliceKey = undefined;
      this.#slice = undefined;
      return;
    }
    this.#more?.delete(key);
    if (this.#more?.size === 0) this.#more = undefined;
  }

  /** Gives whether it had any. */
  clearSlices(): boolean {
    const hadSlices = this.#slice !== undefined || this.#more !== undefined;
    this.#sliceKey = undefined;
    this.#slice = undefined;
    this.#more = undefined;
    return hadSlices;
  }
}
