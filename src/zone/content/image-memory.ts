/**
 * ImageMemory: the memory that images lie in, written by one thread and read by those that answer.
 * Seen as octets and as 32-bit words; a `ref` is the word at which a block begins, 0 is none.
 *
 *   words 0..HEAD_WORDS   what writer and readers tell each other (serve/images/image-readers.ts)
 *   then blocks           written once, then only read until nobody can see them any more
 *
 * Our choice over objects in each thread: one image for all of them, nothing to send, nothing for
 * a garbage collector to walk. Growing reserves addresses, not memory.
 */

/** Words in front of the first block. */
export const HEAD_WORDS = 1056;
const WORD_OCTETS = 4;

export class ImageMemory {
  readonly buffer: SharedArrayBuffer;
  /** Views of a fixed length: those that follow a growing buffer are 20 times slower. */
  bytes: Uint8Array;
  words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.bytes = new Uint8Array(buffer, 0, buffer.byteLength);
    this.words = new Int32Array(buffer, 0, buffer.byteLength / WORD_OCTETS);
  }

  /** Sees what the buffer has grown by. Before anything read in the new part. */
  follow(): void {
    if (this.buffer.byteLength === this.bytes.length) return;
    this.bytes = new Uint8Array(this.buffer, 0, this.buffer.byteLength);
    this.words = new Int32Array(this.buffer, 0, this.buffer.byteLength / WORD_OCTETS);
  }
}

/** Memory of at most `octetsMax`; what is not used costs addresses only. */
export function newImageMemory(octets: number, octetsMax: number): ImageMemory {
  return new ImageMemory(new SharedArrayBuffer(octets, { maxByteLength: octetsMax }));
}
