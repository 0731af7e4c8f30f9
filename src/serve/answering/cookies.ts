/**
 * Server cookies: RFC 7873 as RFC 9018 makes them interoperable between servers.
 *
 *   client cookie 8 | version 1 | reserved 3 | timestamp 4 | hash 8
 *   hash = SipHash-2-4(client cookie | version | reserved | timestamp | client address, secret)
 *
 * Replicas that share the secrets accept each other's cookies.
 */

import { type SipKey, sipHash, sipKey } from './siphash.ts';

/** RFC 9018 section 4.3: older than an hour is not accepted, 5 minutes in the future neither. */
const AGE_MAX_SECONDS = 3600;
const FUTURE_MAX_SECONDS = 300;
/** Older than this a new one is handed out, RFC 9018 section 4.3. */
const RENEW_AFTER_SECONDS = 1800;
const COOKIE_OCTETS = 24;

export interface CookieReply {
  readonly kind: 'none' | 'valid' | 'invalid';
  /** Option data to send back, 24 octets; a view that the next call overwrites. */
  readonly option: Uint8Array;
}

export class CookieJar {
  readonly #input = new Uint8Array(16 + 16);
  readonly #option = new Uint8Array(COOKIE_OCTETS);
  readonly #hash = new Uint8Array(8);
  #current: SipKey;
  #previous: SipKey | undefined;

  /** Secrets of 16 octets: cookies are made with `current`, accepted with either. */
  constructor(current: Uint8Array, previous?: Uint8Array) {
    this.#current = sipKey(current);
    this.#previous = previous === undefined ? undefined : sipKey(previous);
  }

  /** Takes effect with the next query. */
  replace(current: Uint8Array, previous?: Uint8Array): void {
    this.#current = sipKey(current);
    this.#previous = previous === undefined ? undefined : sipKey(previous);
  }

  /**
   * Judges a COOKIE option's data (8 octets, or 16 to 40; the caller refused other lengths) for a
   * client at `address` (4 or 16 octets) and gives what to send back.
   */
  reply(received: Uint8Array, address: Uint8Array, nowSeconds: number): CookieReply {
    const timestamp = received.length === COOKIE_OCTETS ? readUint32(received, 12) : 0;
    const age = (nowSeconds - timestamp) | 0;
    const isInTime = age <= AGE_MAX_SECONDS && age >= -FUTURE_MAX_SECONDS;
    const isValid =
      received.length === COOKIE_OCTETS &&
      received[8] === 1 &&
      isInTime &&
      (this.#matches(received, address, this.#current) ||
        (this.#previous !== undefined && this.#matches(received, address, this.#previous)));
    if (isValid && age < RENEW_AFTER_SECONDS && this.#matches(received, address, this.#current)) {
      this.#option.set(received);
    } else {
      this.#make(received, address, nowSeconds);
    }
    const kind = received.length === 8 ? 'none' : isValid ? 'valid' : 'invalid';
    return { kind, option: this.#option };
  }

  #matches(received: Uint8Array, address: Uint8Array, key: SipKey): boolean {
    this.#input.set(received.subarray(0, 16));
    this.#input.set(address, 16);
    sipHash(key, this.#input.subarray(0, 16 + address.length), { out: this.#hash, offset: 0 });
    let difference = 0;
    for (let index = 0; index < 8; index++) {
      difference |= (this.#hash[index] as number) ^ (received[16 + index] as number);
    }
    return difference === 0;
  }

  #make(received: Uint8Array, address: Uint8Array, nowSeconds: number): void {
    this.#option.set(received.subarray(0, 8));
    this.#option[8] = 1;
    this.#option.fill(0, 9, 12);
    new DataView(this.#option.buffer).setUint32(12, nowSeconds);
    this.#input.set(this.#option.subarray(0, 16));
    this.#input.set(address, 16);
    const input = this.#input.subarray(0, 16 + address.length);
    sipHash(this.#current, input, { out: this.#option, offset: 16 });
  }
}

function readUint32(octets: Uint8Array, offset: number): number {
  return new DataView(octets.buffer, octets.byteOffset).getUint32(offset);
}
