/**
 * ServedImages: the images as one answering thread sees them. From `enter` to `leave` nothing it
 * reads is given back; outside of them it may read nothing. Who answers several queries in a row
 * enters before each and leaves once: saying so anew each time costs 4 % of an answer.
 */

import type { ImageMemory } from '../../zone/content/image-memory.ts';
import { readImage } from '../../zone/image.ts';
import { serveImage, type Zones } from '../../zone/zones.ts';
import { GENERATION, readerWord, STALE, WORLD } from '../images/image-readers.ts';

export class ServedImages {
  readonly zones: Zones;
  readonly #memory: ImageMemory;
  readonly #word: number;
  /** The newest that was looked at; before the first look what there was at the start. */
  #generation: number;
  #hasLooked = false;
  #isIn = false;

  /** `zones` in the writer's order; `reader` is this thread's own number. */
  constructor(memory: ImageMemory, reader: number, zones: Zones) {
    this.zones = zones;
    this.#memory = memory;
    this.#word = readerWord(reader);
    this.#generation = Atomics.load(memory.words, GENERATION);
  }

  get isStale(): boolean {
    return this.#memory.words[STALE] === 1;
  }

  /** Before a query is read: the newest images are those that `zones` hold. */
  enter(): void {
    const { words } = this.#memory;
    if (this.#isIn && Atomics.load(words, GENERATION) === this.#generation) return;
    this.#isIn = true;
    Atomics.store(words, this.#word, this.#generation);
    const generation = Atomics.load(words, GENERATION);
    if (generation !== this.#generation || !this.#hasLooked) this.#look(generation);
  }

  /** After the last answer is written, or copied; soon, for until then memory waits for us. */
  leave(): void {
    this.#isIn = false;
    Atomics.store(this.#memory.words, this.#word, 0);
  }

  #look(generation: number): void {
    this.#generation = generation;
    this.#hasLooked = true;
    const world = Atomics.load(this.#memory.words, WORLD);
    if (world === 0) return;
    this.#memory.follow();
    const { words } = this.#memory;
    for (const zone of this.zones.entries) {
      const root = words[world + zone.index] as number;
      // All are read: a root given back and taken again is another image.
      serveImage(zone, root === 0 ? undefined : readImage(this.#memory, root));
    }
  }
}
