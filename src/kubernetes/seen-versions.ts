/**
 * Resource versions that went by, the last thousand: they are opaque, so "older" can only be told
 * of what one has already seen and left behind.
 */

export class SeenVersions {
  readonly #max: number;
  readonly #seen = new Set<string>();
  #latest: string | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  /** What to go on from; undefined: nothing was seen yet. */
  get latest(): string | undefined {
    return this.#latest;
  }

  /** Seen, and since then another one: going there is going back. */
  isBehind(version: string): boolean {
    return version !== this.#latest && this.#seen.has(version);
  }

  take(version: string): void {
    if (version === this.#latest) return;
    this.#latest = version;
    this.#seen.add(version);
    if (this.#seen.size <= this.#max) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      break;
    }
  }

  /** The server's history is another one: nothing seen says anything of it. */
  forget(): void {
    this.#seen.clear();
    this.#latest = undefined;
  }
}
