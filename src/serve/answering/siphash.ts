/**
 * SipHash-2-4 with a 128-bit key and a 64-bit result, in 32-bit halves (no BigInt: a cookie is
 * checked on the query path). Aumasson and Bernstein, 2012; RFC 9018 section 4.4 asks for it.
 */

/** Key as four little-endian 32-bit words. */
export type SipKey = Uint32Array;

export function sipKey(secret: Uint8Array): SipKey {
  const view = new DataView(secret.buffer, secret.byteOffset, 16);
  return Uint32Array.from([0, 4, 8, 12], (offset) => view.getUint32(offset, true));
}

/** v0..v3 as low and high halves; one per thread, reused by every call. */
const state = new Uint32Array(8);

/** Writes the 8 octets of the hash of `data` to `out` at `offset`, little-endian as the RFC has it. */
export function sipHash(
  key: SipKey,
  data: Uint8Array,
  target: { readonly out: Uint8Array; readonly offset: number },
): void {
  start(key);
  const wholeLength = data.length & ~7;
  for (let offset = 0; offset < wholeLength; offset += 8) {
    compress(word(data, offset), word(data, offset + 4));
  }
  let low = 0;
  let high = (data.length & 0xff) << 24;
  for (let index = data.length - 1; index >= wholeLength; index--) {
    const shift = (index - wholeLength) * 8;
    if (shift < 32) low |= (data[index] as number) << shift;
    else high |= (data[index] as number) << (shift - 32);
  }
  compress(low, high);
  state[4] = (state[4] as number) ^ 0xff;
  for (let count = 0; count < 4; count++) round();
  const [a, b, c, d] = [state[0], state[2], state[4], state[6]] as [number, number, number, number];
  const [e, f, g, h] = [state[1], state[3], state[5], state[7]] as [number, number, number, number];
  writeWord(target.out, target.offset, a ^ b ^ c ^ d);
  writeWord(target.out, target.offset + 4, e ^ f ^ g ^ h);
}

function start(key: SipKey): void {
  const [k0, k1, k2, k3] = key as unknown as [number, number, number, number];
  state[0] = 0x70736575 ^ k0;
  state[1] = 0x736f6d65 ^ k1;
  state[2] = 0x6e646f6d ^ k2;
  state[3] = 0x646f7261 ^ k3;
  state[4] = 0x6e657261 ^ k0;
  state[5] = 0x6c796765 ^ k1;
  state[6] = 0x79746573 ^ k2;
  state[7] = 0x74656462 ^ k3;
}

function compress(low: number, high: number): void {
  state[6] = (state[6] as number) ^ low;
  state[7] = (state[7] as number) ^ high;
  round();
  round();
  state[0] = (state[0] as number) ^ low;
  state[1] = (state[1] as number) ^ high;
}

function round(): void {
  add(0, 2);
  rotateXor(2, 13, 0);
  swap(0);
  add(4, 6);
  rotateXor(6, 16, 4);
  add(0, 6);
  rotateXor(6, 21, 0);
  add(4, 2);
  rotateXor(2, 17, 4);
  swap(4);
}

/** state[left] += state[right], 64 bits. */
function add(left: number, right: number): void {
  const low = (state[left] as number) + (state[right] as number);
  state[left] = low;
  const carry = low > 0xffffffff ? 1 : 0;
  state[left + 1] = (state[left + 1] as number) + (state[right + 1] as number) + carry;
}

/** state[at] = (state[at] <<< count) ^ state[by], 64 bits, count below 32. */
function rotateXor(at: number, count: number, by: number): void {
  const low = state[at] as number;
  const high = state[at + 1] as number;
  state[at] = ((low << count) | (high >>> (32 - count))) ^ (state[by] as number);
  state[at + 1] = ((high << count) | (low >>> (32 - count))) ^ (state[by + 1] as number);
}

/** Rotates by 32 bits. */
function swap(at: number): void {
  const low = state[at] as number;
  state[at] = state[at + 1] as number;
  state[at + 1] = low;
}

function word(data: Uint8Array, offset: number): number {
  return (
    (data[offset] as number) |
    ((data[offset + 1] as number) << 8) |
    ((data[offset + 2] as number) << 16) |
    ((data[offset + 3] as number) << 24)
  );
}

function writeWord(out: Uint8Array, offset: number, value: number): void {
  out[offset] = value;
  out[offset + 1] = value >>> 8;
  out[offset + 2] = value >>> 16;
  out[offset + 3] = value >>> 24;
}
