/**
 * Texts that are kept for long, in little room: in one piece, and one copy of those that are made
 * twice within a short while: an address stands in a service's name, its region's and its zone's.
 * Per thread.
 */

/** Texts of one generation; two are kept. Our choice: what a load of 10,000 services has under way. */
const GENERATION_TEXTS = 32_768;

class RecentTexts {
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  /** The copy that was met first, if it was lately. */
  once(text: string): string {
    const known = this.#young.get(text) ?? this.#old.get(text);
    if (known !== undefined) return known;
    if (this.#young.size >= GENERATION_TEXTS) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, text);
    return text;
  }
}

const values = new RecentTexts();

/** The same value, of the copy that was met first. */
export function recentValue(value: string): string {
  return values.once(value);
}

/**
 * The same octets in one piece: what was cut from another text keeps all of that one, and what was
 * put together rests as its parts.
 */
export function inOnePiece<T extends string>(octets: T): T {
  return Buffer.from(octets, 'latin1').toString('latin1') as T;
}
