/** The last so many distinct texts; the oldest is forgotten first. */

export class BoundedSet {
  readonly #max: number;
  readonly #texts = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  get isEmpty(): boolean {
    return this.#texts.size === 0;
  }

  has(text: string): boolean {
    return this.#texts.has(text);
  }

  /** Makes it the youngest. */
  add(text: string): void {
    this.#texts.delete(text);
    this.#texts.add(text);
    if (this.#texts.size <= this.#max) return;
    for (const oldest of this.#texts) {
      this.#texts.delete(oldest);
      return;
    }
  }

  delete(text: string): void {
    this.#texts.delete(text);
  }

  /** From the oldest to the youngest. */
  values(): Iterable<string> {
    return this.#texts.values();
  }

  clear(): void {
    this.#texts.clear();
  }
}
