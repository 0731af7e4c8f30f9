/**
 * AnswerScratch: RRsets made for one answer only (fallback aliases, unions of query wildcards), in
 * the same form as those of an image. One for each thread; empty again with the next answer.
 */

import { SCRATCH_OCTETS } from '../limits.ts';
import { type RRsetPlan, writeRRset } from './flat-rrset.ts';
import { HEAD_WORDS, newImageMemory } from './image-memory.ts';

export class AnswerScratch {
  readonly memory = newImageMemory(SCRATCH_OCTETS, SCRATCH_OCTETS);
  #end = HEAD_WORDS;

  empty(): void {
    this.#end = HEAD_WORDS;
  }

  /** Ref of the RRset in `memory`; 0: no room. */
  put(plan: RRsetPlan): number {
    const ref = this.#end;
    if (ref + plan.words > this.memory.words.length) return 0;
    writeRRset(this.memory, ref, plan);
    this.#end += plan.words;
    return ref;
  }
}
