/**
 * Fifo: who came first goes first. O(1) each, however many wait: a Set that is emptied from its front
 * is walked over everything taken from it before, each time (a million probes due at once took half a
 * core so).
 */

/** Taken ones in front that are not worth moving the rest for. */
const TAKEN_MIN = 1024;

export class Fifo<T> {
  readonly #items: (T | undefined)[] = [];
  #taken = 0;

  get size(): number {
    return this.#items.length - this.#taken;
  }

  put(item: T): void {
    this.#items.push(item);
  }

  take(): T | undefined {
    const item = this.#items[this.#taken];
    if (this.size === 0) return undefined;
    this.#items[this.#taken++] = undefined;
    if (this.#taken >= TAKEN_MIN && this.#taken * 2 >= this.#items.length) {
      this.#items.splice(0, this.#taken);
      this.#taken = 0;
    }
    return item;
  }
}
