/**
 * Chunks of bytes -> the JSON value of each line. A line may be split anywhere, within a character
 * too: only whole lines are decoded. Bounded; what is left at the end was cut.
 */

import { ApiError } from '../api-error.ts';
import { LINE_OCTETS_MAX } from '../limits.ts';

const LF = 0x0a;

export class JsonLines {
  readonly #what: string;
  readonly #lineOctetsMax: number;
  /** The line under way, in the pieces it came in: joined once, not with each piece. */
  #pieces: Buffer[] = [];
  #octets = 0;

  constructor(what: string, lineOctetsMax = LINE_OCTETS_MAX) {
    this.#what = what;
    this.#lineOctetsMax = lineOctetsMax;
  }

  /** Throws ApiError API_GARBAGE, after the values before the bad line. */
  *take(chunk: Buffer): Generator<unknown, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      const line = this.#join(chunk.subarray(start, end));
      start = end + 1;
      if (line !== '') yield this.#parse(line);
    }
    const rest = chunk.subarray(start);
    this.#bound(rest.length);
    if (rest.length > 0) this.#pieces.push(rest);
    this.#octets += rest.length;
  }

  /** The stream is over. */
  end(): void {
    if (this.#octets > 0) throw new ApiError('API_GARBAGE', `${this.#what}: cut within a line`);
  }

  #join(last: Buffer): string {
    this.#bound(last.length);
    const bytes = this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    this.#octets = 0;
    return bytes.toString('utf8').trimEnd();
  }

  #bound(length: number): void {
    if (this.#octets + length <= this.#lineOctetsMax) return;
    const message = `${this.#what}: a line is longer than ${this.#lineOctetsMax} octets`;
    throw new ApiError('API_GARBAGE', message);
  }

  #parse(line: string): unknown {
    try {
      return JSON.parse(line);
    } catch {
      throw new ApiError('API_GARBAGE', `${this.#what}: a line is not JSON`);
    }
  }
}
