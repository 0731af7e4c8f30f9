/**
 * Order of the records of one RRset in a reply, for spread: `rotate` begins anywhere and goes
 * round, `shuffle` is any order, `fixed` the canonical one. Takes its randomness as argument.
 */

export type RecordOrder = 'rotate' | 'shuffle' | 'fixed';

/** Fisher-Yates over the numbers below `count`; `random` (uint32) seeds a xorshift. */
export function shuffledIndexes(count: number, random: number, into: Uint16Array): void {
  let state = random >>> 0 || 0x9e3779b9;
  for (let index = 0; index < count; index++) into[index] = index;
  for (let index = count - 1; index > 0; index--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const other = (state >>> 0) % (index + 1);
    const held = into[index] as number;
    into[index] = into[other] as number;
    into[other] = held;
  }
}
