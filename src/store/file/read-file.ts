/** ReadFile: a large file of lines, piece by piece, at once: it is never all in memory. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const PIECE_OCTETS = 4 * 2 ** 20;
const NEWLINE = 10;

/** Whatever the disk says is thrown. */
export class ReadFile {
  readonly size: number;
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
    try {
      this.size = fstatSync(this.#descriptor).size;
    } catch (error) {
      this.close();
      throw error;
    }
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
    /** Of the line at hand, copied: it may be longer than a piece. */
    let parts: Buffer[] = [];
    for (const piece of this.pieces(end)) {
      let start = 0;
      for (let to = piece.indexOf(NEWLINE); to >= 0; to = piece.indexOf(NEWLINE, start)) {
        yield Buffer.concat([...parts, piece.subarray(start, to)]).toString('utf8');
        parts = [];
        start = to + 1;
      }
      if (start < piece.length) parts.push(Buffer.from(piece.subarray(start)));
    }
    if (parts.length > 0) yield Buffer.concat(parts).toString('utf8');
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
