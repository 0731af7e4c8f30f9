/**
 * Response rate limiting over UDP, as BIND and NSD have it: a bucket is a client prefix (/24, /56)
 * x name (the zone for negatives) x kind of answer. One table for all threads, in shared memory;
 * asked after the answer is known. Over the rate a client gets an empty TC answer, not silence,
 * so that a real one comes back over TCP or with a cookie.
 *
 *   bucket, 2 words:  tag (hash of what it counts) | time at which it is empty again, ms
 *
 * Each bucket is a leaky one in virtual time (GCRA): an answer moves its time by 1/rate; it is
 * over the limit while that time lies more than the burst ahead. Two keys of one bucket share it
 * while both are busy: rarely, and on the strict side.
 */

import { RATE_LIMIT_BUCKETS } from './limits.ts';

export interface RateLimitSettings {
  /** Answers a second for one bucket; 0 switches the limit off. */
  readonly answersPerSecond: number;
  /** Answers that may come at once after silence, as seconds of the rate. */
  readonly burstSeconds: number;
}

/** Memory for `RateLimit`, shared by all threads. */
export function rateLimitTable(): SharedArrayBuffer {
  return new SharedArrayBuffer(RATE_LIMIT_BUCKETS * 8);
}

/** What was answered: the name in wire form, and what kind of answer it was. */
export interface LimitedAnswer {
  readonly nameOctets: Uint8Array;
  readonly nameAt: number;
  readonly kind: number;
}

export class RateLimit {
  readonly #table: Int32Array;
  readonly #costMs: number;
  readonly #burstMs: number;
  readonly #seed: number;
  #carryMs = 0;

  /** `seed` must be the same in all threads and secret: buckets cannot be aimed at. */
  constructor(table: SharedArrayBuffer, settings: RateLimitSettings, seed: number) {
    this.#table = new Int32Array(table);
    this.#costMs = settings.answersPerSecond > 0 ? 1000 / settings.answersPerSecond : 0;
    this.#burstMs = settings.burstSeconds * 1000;
    this.#seed = seed;
  }

  get isOn(): boolean {
    return this.#costMs > 0;
  }

  /**
   * Counts one answer; true when it is over the rate. `address` has 4 or 16 octets, `nowMs` is
   * monotonic and the same clock in all threads.
   */
  isOver(address: Uint8Array, answer: LimitedAnswer, nowMs: number): boolean {
    const tag = this.#tag(address, answer);
    const index = ((tag >>> 0) % RATE_LIMIT_BUCKETS) * 2;
    const now = nowMs | 0;
    if (Atomics.load(this.#table, index) !== tag) {
      const busyMs = (Atomics.load(this.#table, index + 1) - now) | 0;
      if (busyMs <= 0) Atomics.store(this.#table, index, tag);
    }
    const cost = this.#wholeCost();
    for (let attempt = 0; attempt < 4; attempt++) {
      const emptyAt = Atomics.load(this.#table, index + 1);
      const aheadMs = Math.max(0, (emptyAt - now) | 0);
      // A bucket left alone for over 24 days reads as far ahead: no burst reaches that far.
      const ahead = aheadMs > this.#burstMs * 4 + 60_000 ? 0 : aheadMs;
      if (ahead > this.#burstMs) return true;
      const next = (now + ahead + cost) | 0;
      if (Atomics.compareExchange(this.#table, index + 1, emptyAt, next) === emptyAt) return false;
    }
    return false;
  }

  /** Buckets count whole ms: a cost of 0.4 ms is 0, 1, 0, 0, 1 … in turn. */
  #wholeCost(): number {
    this.#carryMs += this.#costMs;
    const whole = Math.floor(this.#carryMs);
    this.#carryMs -= whole;
    return whole;
  }

  /** FNV-1a over prefix, kind and name; never 0, which marks an unused bucket. */
  #tag(address: Uint8Array, { nameOctets, nameAt, kind }: LimitedAnswer): number {
    const prefixOctets = address.length === 4 ? 3 : 7;
    let hash = this.#seed ^ kind;
    for (let index = 0; index < prefixOctets; index++) {
      hash = Math.imul(hash ^ (address[index] as number), 0x01000193);
    }
    for (let at = nameAt; ; ) {
      const length = nameOctets[at] as number;
      const end = at + length;
      for (; at <= end; at++) hash = Math.imul(hash ^ (nameOctets[at] as number), 0x01000193);
      if (length === 0) break;
    }
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return hash === 0 ? 1 : hash;
  }
}
