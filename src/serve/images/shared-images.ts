/**
 * SharedImages: the one copy of all images, in memory that every answering thread reads. Takes
 * images as they are built, gives back the blocks of those before once nobody reads them.
 *
 * Promised: a thread sees a whole publication or none of it; what it reads during a query does not
 * change; publishing waits for nobody. A thread that hangs keeps blocks from being given back,
 * nothing else.
 */

import { BlockSpace } from '../../zone/content/block-space.ts';
import { HEAD_WORDS } from '../../zone/content/image-memory.ts';
import type { BuiltImage } from '../../zone/image.ts';
import { PINNED_PIECE_OCTETS } from '../limits.ts';
import { GENERATION, isPassed, readerWord, STALE, WORLD } from './image-readers.ts';

/** Images as they were when they were pinned, whatever is published since; released once. */
export interface PinnedImages {
  readonly world: number;
  /** A copy of the next of their words; undefined: that was all. */
  next(): Uint8Array | undefined;
  release(): void;
}

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
  /** Words below this are another process's; 0: none, or given back. */
  #adoptedEnd = 0;
  /** The generation that is pinned, beside those that readers say. */
  #pinned: number | undefined;

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
    if (worldBefore !== 0 && worldBefore >= this.#adoptedEnd) {
      this.#retired.push({ generation, blocks: [worldBefore] });
    }
    this.reclaim();
  }

  /**
   * All images, and what finds them, for whoever writes them to disk while others are published. One
   * at a time. What is written into free blocks meanwhile is in it, too, and nothing leads there.
   */
  pin(): PinnedImages {
    const pinned = Atomics.load(this.space.memory.words, GENERATION);
    this.#pinned = pinned;
    const octetCount = this.space.content.length;
    let at = 0;
    return {
      world: this.#world,
      next: () => {
        const piece = this.space.content.slice(at, Math.min(octetCount, at + PINNED_PIECE_OCTETS));
        at += piece.length;
        return piece.length === 0 ? undefined : piece;
      },
      release: () => {
        if (this.#pinned === pinned) this.#pinned = undefined;
      },
    };
  }

  /** Serves what another process has captured; before anything is built here. */
  adopt({ world, content }: { readonly world: number; readonly content: Uint8Array }): void {
    this.space.adopt(content);
    const { words } = this.space.memory;
    this.#adoptedEnd = (content.length >>> 2) + HEAD_WORDS;
    this.#world = world;
    for (const index of this.#roots.keys()) this.#roots[index] = words[world + index] as number;
    Atomics.store(words, WORLD, world);
    Atomics.add(words, GENERATION, 1);
  }

  /** Every zone has an image of this process: what was adopted is of no use any more. */
  releaseAdopted(): void {
    if (this.#adoptedEnd === 0) return;
    const blocks = this.space.blocksBelow(this.#adoptedEnd);
    const generation = Atomics.load(this.space.memory.words, GENERATION);
    this.#retired.push({ generation, blocks });
    this.#adoptedEnd = 0;
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
      if (!isPassed(words, generation) || this.#isPinned(generation)) break;
      for (const block of blocks) this.space.free(block);
      passed++;
    }
    if (passed > 0) this.#retired = this.#retired.slice(passed);
  }

  /** What a publication has replaced that made this generation. */
  #isPinned(generation: number): boolean {
    return this.#pinned !== undefined && ((this.#pinned - generation) | 0) < 0;
  }
}
