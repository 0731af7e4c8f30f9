/**
 * Recent: what was lately made of a text, in two generations: equal texts share it, and whoever sends
 * ever others costs bounded memory. Per thread.
 */

export class Recent<T> {
  readonly #generation: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  /** `generation`: how many it keeps for certain; twice as many at most. */
  constructor(generation: number) {
    this.#generation = generation;
  }

  /** What was made of this text first, if it was lately; else made now. */
  of(text: string, make: (text: string) => T): T {
    const known = this.#young.get(text) ?? this.#old.get(text);
    if (known !== undefined) return known;
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    const made = make(text);
    this.#young.set(text, made);
    return made;
  }
}
