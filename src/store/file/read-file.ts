/** ReadFile: a large file of lines, piece by piece, at once: it is never all in memory. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const PIECE_OCTETS = 4 * 2 ** 20;
const NEWLINE = 10;

/** Whatever the disk says is thrown. */
export class ReadFile {
  readonly size: number;
  /** Tells it from another that took its place. */
  readonly id: string;
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
    const { size, dev, ino, mtimeMs } = fstatSync(this.#descriptor);
    this.size = size;
    this.id = `${dev} ${ino} ${size} ${mtimeMs}`;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  text(from: number, to: number): string {
    const octets = Buffer.allocUnsafe(to - from);
    this.#fill(octets, from);
    return octets.toString('utf8');
  }

  /** All before `end`. Each piece stands until the next. */
  *pieces(end: number): Generator<Buffer, void, undefined> {
    const octets = Buffer.allocUnsafe(Math.min(PIECE_OCTETS, end));
    for (let from = 0; from < end; from += octets.length) {
      const piece = octets.subarray(0, Math.min(octets.length, end - from));
      this.#fill(piece, from);
      yield piece;
    }
  }

  /** Those before `end`, without their newlines; what follows the last newline, too. */
  *lines(end: number): Generator<string, void, undefined> {
    let rest = Buffer.alloc(0);
    for (const piece of this.pieces(end)) {
      const octets = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      let start = 0;
      for (let to = octets.indexOf(NEWLINE); to >= 0; to = octets.indexOf(NEWLINE, start)) {
        yield octets.toString('utf8', start, to);
        start = to + 1;
      }
      rest = Buffer.from(octets.subarray(start));
    }
    if (rest.length > 0) yield rest.toString('utf8');
  }

  /** Where the line begins that ends before `end`. */
  lineBefore(end: number): number {
    for (let count = PIECE_OCTETS; ; count *= 2) {
      const from = Math.max(0, end - count);
      const octets = Buffer.allocUnsafe(Math.max(0, end - from));
      this.#fill(octets, from);
      const at = octets.lastIndexOf(NEWLINE);
      if (at >= 0 || from === 0) return from + at + 1;
    }
  }

  #fill(octets: Buffer, from: number): void {
    for (let at = 0; at < octets.length; ) {
      const count = readSync(this.#descriptor, octets, at, octets.length - at, from + at);
      if (count === 0) throw new Error('it is shorter than it was');
      at += count;
    }
  }
}
