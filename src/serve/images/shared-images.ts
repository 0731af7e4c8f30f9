/**
 * SharedImages: the one copy of all images, in memory that every answering thread reads. Takes
 * images as they are built, gives back the blocks of those before once nobody reads them.
 *
 * Promised: a thread sees a whole publication or none of it; what it reads during a query does not
 * change; publishing waits for nobody. A thread that hangs keeps blocks from being given back,
 * nothing else.
 */

import { BlockSpace } from '../../zone/content/block-space.ts';
import type { BuiltImage } from '../../zone/image.ts';
import { GENERATION, isPassed, readerWord, STALE, WORLD } from './image-readers.ts';

interface Retired {
  readonly generation: number;
  readonly blocks: Iterable<number>;
}

export class SharedImages {
  readonly space: BlockSpace;
  readonly #roots: number[];
  #world = 0;
  /** Oldest first. */
  #retired: Retired[] = [];

  constructor(zoneCount: number, space = new BlockSpace()) {
    this.space = space;
    this.#roots = new Array<number>(zoneCount).fill(0);
    Atomics.store(space.memory.words, GENERATION, 1);
  }

  /** What a thread is started with. */
  get buffer(): SharedArrayBuffer {
    return this.space.memory.buffer;
  }

  /** `replaced`: blocks that only the images before this publication hold. */
  publish(zoneIndex: number, image: BuiltImage, replaced: Iterable<number>): void {
    const worldBefore = this.#world;
    this.#world = this.space.allocate(this.#roots.length, this.space.newEdit());
    this.#roots[zoneIndex] = image.root;
    // After the allocation: it may have grown the memory.
    const { words } = this.space.memory;
    for (const [index, root] of this.#roots.entries()) words[this.#world + index] = root;
    Atomics.store(words, WORLD, this.#world);
    const generation = (Atomics.load(words, GENERATION) + 1) | 0 || 1;
    Atomics.store(words, GENERATION, generation);
    this.#retired.push({ generation, blocks: replaced });
    if (worldBefore !== 0) this.#retired.push({ generation, blocks: [worldBefore] });
    this.reclaim();
  }

  markStale(isStale: boolean): void {
    Atomics.store(this.space.memory.words, STALE, Number(isStale));
  }

  /** A thread that died in the middle of a query reads nothing any more. */
  forgetReader(reader: number): void {
    Atomics.store(this.space.memory.words, readerWord(reader), 0);
  }

  /** Gives back what no thread can be reading. */
  reclaim(): void {
    const { words } = this.space.memory;
    let passed = 0;
    for (const { generation, blocks } of this.#retired) {
      if (!isPassed(words, generation)) break;
      for (const block of blocks) this.space.free(block);
      passed++;
    }
    if (passed > 0) this.#retired = this.#retired.slice(passed);
  }
}
