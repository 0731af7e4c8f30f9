/**
 * `TXT _why.<name>` of clients that may ask it: passed on to the main thread, which knows, and
 * answered when it has said so. Anybody else gets what the zone says of such a name.
 */

import type { Asker } from './asker.ts';
import { WHY_A_SECOND_MAX, WHY_WAIT_MS, WHY_WAITING_MAX } from './limits.ts';

/** `reply` is given undefined where nobody can say: the zone's own answer is due then. */
export type WhyReply = (answer: Uint8Array | undefined) => void;

export interface WhyQuestion {
  readonly id: number;
  readonly query: Uint8Array;
  /** Octets the answer may have; over TCP what a message holds. */
  readonly octetsMax: number | undefined;
}

export class WhyQuestions {
  readonly #isAllowed: (address: Uint8Array) => boolean;
  readonly #ask: (question: WhyQuestion) => void;
  readonly #waiting = new Map<number, WhyReply>();
  #nextId = 1;
  #left = 0;
  /** Monotonic, ms: there are as many again from then on. */
  #freshAtMs = Number.NEGATIVE_INFINITY;

  constructor(isAllowed: (address: Uint8Array) => boolean, ask: (question: WhyQuestion) => void) {
    this.#isAllowed = isAllowed;
    this.#ask = ask;
  }

  /** Of a query that `isWhy`. True: `reply` will be called, once. */
  take(query: Uint8Array, asker: Asker, reply: WhyReply): boolean {
    if (!this.#isAllowed(asker.address)) return false;
    if (this.#waiting.size >= WHY_WAITING_MAX || !this.#hasRoom()) return false;
    const id = this.#nextId++;
    const timer = setTimeout(() => this.answered(id, undefined), WHY_WAIT_MS);
    this.#waiting.set(id, (answer) => {
      clearTimeout(timer);
      reply(answer);
    });
    // The transport's memory is used again at once.
    // (A buffer's own slice() would be a view, and take all of a client's stream with it.)
    this.#ask({
      id,
      query: Uint8Array.from(query),
      octetsMax: asker.protocol < 2 ? undefined : 65_535,
    });
    return true;
  }

  #hasRoom(): boolean {
    const nowMs = performance.now();
    if (nowMs >= this.#freshAtMs) {
      this.#freshAtMs = nowMs + 1000;
      this.#left = WHY_A_SECOND_MAX;
    }
    return this.#left-- > 0;
  }

  answered(id: number, answer: Uint8Array | undefined): void {
    const reply = this.#waiting.get(id);
    this.#waiting.delete(id);
    reply?.(answer);
  }
}

/**
 * A first label of `_why`, whatever its case. Two comparisons for every other query, and asked before
 * anything is made for the answer: this is the hot path.
 */
export function isWhy(query: Uint8Array): boolean {
  if (query[12] !== 4 || query[13] !== 0x5f) return false;
  const letter = (at: number) => (query[at] ?? 0) | 0x20;
  return letter(14) === 0x77 && letter(15) === 0x68 && letter(16) === 0x79;
}
