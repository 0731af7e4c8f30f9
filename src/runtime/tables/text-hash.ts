/** 64 bits of a text, in two halves that have nothing to do with each other; never both zero. */

import { randomInt } from 'node:crypto';

export type TextHash = readonly [first: number, second: number];

/** Of this process: who chooses texts cannot seek two of one hash beforehand. */
const [SEED, OTHER_SEED] = [randomInt(2 ** 32), randomInt(2 ** 32)];

/** FNV-1a, and the step of MurmurHash2, each from a seed. For this process only. */
export function textHash(text: string): TextHash {
  let first = 0x811c9dc5 ^ SEED;
  let second = text.length ^ OTHER_SEED;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    first = Math.imul(first ^ unit, 0x01000193);
    second = Math.imul(second ^ unit, 0x5bd1e995);
    second ^= second >>> 15;
  }
  // Its high bits choose a slot: those of the step follow the last characters.
  second = Math.imul(second, 0x5bd1e995);
  second ^= second >>> 13;
  return [first >>> 0, second >>> 0 || 1];
}

/** The hash as a text: what sets and maps go by. */
export type HashId = string;

export function hashId([first, second]: TextHash): HashId {
  return `${first} ${second}`;
}

export function isSameHash(left: TextHash, right: TextHash): boolean {
  return left[0] === right[0] && left[1] === right[1];
}
