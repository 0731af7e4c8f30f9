/**
 * What writer and readers of the images tell each other, in the first words of their memory.
 *
 *   word 1: generation, moved on after each publication, never 0
 *   word 2: ref of the world: a word for each DNS zone, the root of its image or 0
 *   word 3: 1 while answers are stale
 *   word 32 + 16 * n: reader n: 0 between two turns, else a generation it may still be reading
 *
 * A reader first says what it may be reading, then looks what there is; the writer first publishes,
 * then looks who may still be reading what came before. All of it by Atomics: in whichever order
 * the two meet, a block is given back only when nobody can reach it.
 */

import { ANSWERING_THREADS_MAX } from '../limits.ts';

export const GENERATION = 1;
export const WORLD = 2;
export const STALE = 3;
const FIRST_READER = 32;
/** A cache line each: readers on two cores do not slow each other. */
const READER_WORDS = 16;

export function readerWord(reader: number): number {
  return FIRST_READER + reader * READER_WORDS;
}

/** Whether no reader can hold what a publication has replaced that made this generation. */
export function isPassed(words: Int32Array, generation: number): boolean {
  for (let reader = 0; reader < ANSWERING_THREADS_MAX; reader++) {
    const held = Atomics.load(words, readerWord(reader));
    // The counter wraps: by difference, not by size.
    if (held !== 0 && ((held - generation) | 0) < 0) return false;
  }
  return true;
}
