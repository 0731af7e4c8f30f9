/** SortedKeys: keys in order, so that all keys below one can be listed without a scan. */

export class SortedKeys {
  readonly #keys: string[] = [];

  add(key: string): void {
    const last = this.#keys[this.#keys.length - 1];
    if (last === undefined || last < key) {
      this.#keys.push(key);
      return;
    }
    const index = this.#indexOf(key);
    if (this.#keys[index] !== key) this.#keys.splice(index, 0, key);
  }

  clear(): void {
    this.#keys.length = 0;
  }

  remove(key: string): void {
    const index = this.#indexOf(key);
    if (this.#keys[index] === key) this.#keys.splice(index, 1);
  }

  /** At most `limit` keys with the prefix, first ones first. */
  startingWith(prefix: string, limit: number): readonly string[] {
    const start = this.#indexOf(prefix);
    let end = start;
    while (end - start < limit && this.#keys[end]?.startsWith(prefix)) end++;
    return this.#keys.slice(start, end);
  }

  /** Index of the first key that is not below `key`. O(log keys). */
  #indexOf(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
