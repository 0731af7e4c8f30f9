/**
 * HeldService: one Service of a member and its EndpointSlices, in little room: there are as many
 * as shards, and nearly all have one slice, named after the Service (50,000 of them took 46 MB as
 * Maps of Maps).
 */

import { flatText } from '../../api/object-version.ts';
import { Recent } from '../../runtime/tables/recent.ts';
import { SHARED_KEYS_MAX } from '../limits.ts';
import type { PackedService } from './packed-objects.ts';

/** Copies of one service have one key, in however many members. */
const sharedKeys = new Recent<string>(SHARED_KEYS_MAX);

export class HeldService {
  /** `namespace/name`. */
  readonly key: string;
  /** undefined: there is none (yet), only slices that name it. */
  service: PackedService | undefined;
  /**
   * The first: `<length>:<tail><text of the packed slice>`. The tail is the rest of its key after ours
   * (`-x7f2p`), or the whole key where it does not begin with ours.
   */
  #first: string | undefined;
  /** Texts of all beside the first, by their keys. */
  #more: Map<string, string> | undefined;

  constructor(key: string) {
    this.key = sharedKeys.of(key, (same) => same);
  }

  get isEmpty(): boolean {
    return this.service === undefined && this.#first === undefined && this.#more === undefined;
  }

  /** The Service's name, without its namespace. */
  get name(): string {
    return this.key.slice(this.key.indexOf('/') + 1);
  }

  *slices(): Generator<string, void, undefined> {
    if (this.#first !== undefined) yield textOf(this.#first);
    if (this.#more !== undefined) yield* this.#more.values();
  }

  slice(key: string): string | undefined {
    const first = this.#first;
    return first?.startsWith(this.#headOf(key)) ? textOf(first) : this.#more?.get(key);
  }

  setSlice(key: string, slice: string): void {
    const head = this.#headOf(key);
    const isMore = this.#more?.has(key) === true;
    if (!isMore && (this.#first === undefined || this.#first.startsWith(head))) {
      this.#first = flatText(head, slice);
      return;
    }
    this.#more ??= new Map();
    this.#more.set(key, slice);
  }

  removeSlice(key: string): void {
    if (this.#first?.startsWith(this.#headOf(key))) {
      this.#first = undefined;
      return;
    }
    this.#more?.delete(key);
    if (this.#more?.size === 0) this.#more = undefined;
  }

  /** Gives whether it had any. */
  clearSlices(): boolean {
    const hadSlices = this.#first !== undefined || this.#more !== undefined;
    this.#first = undefined;
    this.#more = undefined;
    return hadSlices;
  }

  /** A tail has no `/`, a whole key has one. */
  #headOf(key: string): string {
    const tail = key.startsWith(this.key) ? key.slice(this.key.length) : key;
    return `${tail.length}:${tail}`;
  }
}

function textOf(first: string): string {
  const colon = first.indexOf(':');
  return first.slice(colon + 1 + Number(first.slice(0, colon)));
}
