/**
 * BlockSpace: gives out and takes back blocks of an ImageMemory. The writer's alone: readers never
 * see it. A block is given back only when no reader can hold a ref to it (serve/images/shared-images.ts).
 *
 *   ref - 2: words of the block, these two included | ref - 1: the edit that made it | ref: content
 */

import { IMAGE_OCTETS_FIRST, IMAGE_OCTETS_MAX } from '../limits.ts';
import { HEAD_WORDS, type ImageMemory, newImageMemory } from './image-memory.ts';

const BLOCK_HEAD_WORDS = 2;
/** Sizes are multiples of this: fewer of them, each more often of use again. */
const SIZE_STEP_WORDS = 4;
/** Above it sizes grow by an eighth at most, and blocks are taken whole. */
const SMALL_WORDS = 64;
const NO_EDIT = 0;
const EDIT_MAX = 2 ** 31 - 1;
const WORD_OCTETS = 4;
const GROWTH_STEP_OCTETS = 1 << 20;

/** The images would outgrow what they may take. What was served stays. */
export class ImageSpaceError extends Error {
  constructor(octets: number) {
    super(`images would take more than ${octets} octets`);
    this.name = 'ImageSpaceError';
  }
}

export class BlockSpace {
  readonly memory: ImageMemory;
  readonly #octetsMax: number;
  /** Blocks given back, by their size in words. */
  readonly #free = new Map<number, number[]>();
  #end = HEAD_WORDS;
  #freeWords = 0;
  #edit = 0;

  constructor(octetsMax = IMAGE_OCTETS_MAX) {
    this.#octetsMax = octetsMax;
    this.memory = newImageMemory(Math.min(IMAGE_OCTETS_FIRST, octetsMax), octetsMax);
  }

  /** Octets that blocks in use take. */
  get usedOctets(): number {
    return (this.#end - this.#freeWords) * WORD_OCTETS;
  }

  /** Octets given out so far; they are reused, never given back. */
  get takenOctets(): number {
    return this.#end * WORD_OCTETS;
  }

  /** A mark for the blocks of one edit: they are its own to write to. */
  newEdit(): number {
    if (this.#edit === EDIT_MAX) {
      // After 50 days at 500 a second: no block may look as if a new edit had made it.
      for (const block of this.blocksBelow(this.#end)) this.memory.words[block - 1] = NO_EDIT;
      this.#edit = NO_EDIT;
    }
    this.#edit++;
    return this.#edit;
  }

  /** Takes back every block of an edit that is given up. Looks the space over: cold. */
  abandon(edit: number): void {
    for (const block of this.blocksBelow(this.#end)) if (this.isOf(block, edit)) this.free(block);
  }

  /** Content is not cleared. Throws ImageSpaceError; nothing is lost by it. */
  allocate(contentWords: number, edit: number): number {
    const size = sizeFor(contentWords + BLOCK_HEAD_WORDS);
    const start = this.#reused(size) ?? this.#appended(size);
    this.memory.words[start + 1] = edit;
    return start + BLOCK_HEAD_WORDS;
  }

  isOf(ref: number, edit: number): boolean {
    return this.memory.words[ref - 1] === edit;
  }

  /** Words of content the block has room for. */
  roomOf(ref: number): number {
    return (this.memory.words[ref - BLOCK_HEAD_WORDS] as number) - BLOCK_HEAD_WORDS;
  }

  free(ref: number): void {
    const start = ref - BLOCK_HEAD_WORDS;
    this.#giveBack(start, this.memory.words[start] as number);
  }

  /** Everything given out so far, as `adopt` takes it: good until the next allocation. */
  get content(): Uint8Array {
    return this.memory.bytes.subarray(HEAD_WORDS * WORD_OCTETS, this.#end * WORD_OCTETS);
  }

  /** Blocks as another process wrote them, in the places they had there. Before any allocation. */
  adopt(content: Uint8Array): void {
    if (this.#end !== HEAD_WORDS) throw new RangeError('adopted too late');
    const octets = HEAD_WORDS * WORD_OCTETS + content.length;
    if (octets > this.memory.buffer.byteLength) this.#grow(octets);
    this.memory.bytes.set(content, HEAD_WORDS * WORD_OCTETS);
    this.#end = octets / WORD_OCTETS;
  }

  /** The blocks below `end`, those that were free among them. */
  *blocksBelow(end: number): IterableIterator<number> {
    const { words } = this.memory;
    for (let start = HEAD_WORDS; start < end; start += words[start] as number) {
      yield start + BLOCK_HEAD_WORDS;
    }
  }

  #giveBack(start: number, size: number): void {
    const { words } = this.memory;
    words[start] = size;
    words[start + 1] = NO_EDIT;
    const held = this.#free.get(size);
    if (held === undefined) this.#free.set(size, [start]);
    else held.push(start);
    this.#freeWords += size;
  }

  #reused(size: number): number | undefined {
    const exact = this.#take(size);
    if (exact !== undefined) return exact;
    if (size > SMALL_WORDS) {
      // One of the next sizes is taken whole: cutting would leave what no size wants.
      for (let larger = nextSize(size); larger <= size * 1.5; larger = nextSize(larger)) {
        const start = this.#take(larger);
        if (start !== undefined) return start;
      }
      return undefined;
    }
    for (let rest = SIZE_STEP_WORDS; rest <= SMALL_WORDS; rest += SIZE_STEP_WORDS) {
      const start = this.#take(size + rest);
      if (start === undefined) continue;
      this.memory.words[start] = size;
      this.#giveBack(start + size, rest);
      return start;
    }
    return undefined;
  }

  #take(size: number): number | undefined {
    const start = this.#free.get(size)?.pop();
    if (start !== undefined) this.#freeWords -= size;
    return start;
  }

  #appended(size: number): number {
    const start = this.#end;
    const needed = (start + size) * WORD_OCTETS;
    if (needed > this.memory.buffer.byteLength) this.#grow(needed);
    this.#end = start + size;
    this.memory.words[start] = size;
    return start;
  }

  #grow(needed: number): void {
    const { buffer } = this.memory;
    if (needed > this.#octetsMax) throw new ImageSpaceError(this.#octetsMax);
    const wanted = Math.max(needed, buffer.byteLength * 1.25);
    const stepped = Math.ceil(wanted / GROWTH_STEP_OCTETS) * GROWTH_STEP_OCTETS;
    try {
      buffer.grow(Math.min(stepped, this.#octetsMax));
    } catch {
      throw new ImageSpaceError(buffer.byteLength);
    }
    this.memory.follow();
  }
}

/** Multiples of a step; above SMALL_WORDS eight sizes to each power of two, so that each is of use. */
function sizeFor(words: number): number {
  const step = stepAt(words);
  return Math.ceil(words / step) * step;
}

function nextSize(size: number): number {
  return size + stepAt(size + 1);
}

function stepAt(words: number): number {
  if (words <= SMALL_WORDS) return SIZE_STEP_WORDS;
  return 2 ** (Math.ceil(Math.log2(words)) - 4);
}
