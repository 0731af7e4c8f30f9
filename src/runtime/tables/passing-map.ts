/**
 * PassingMap: a map of what comes and goes, for as long as the process lives.
 *
 * When its table is full V8 makes a Map another one, and the old table points to the new. Once an old
 * table was taken for old, whatever the next one holds is taken for alive, and grows old with it: of a
 * Map that lives for long everything that ever passes through is collected the dear way (30,000 lists of
 * 100 small objects through a Map that holds two at a time: 88 MB outlive their youth; this way 1).
 */

/** Below it tables are too small to matter. */
const RENEWED_FROM = 32;

export class PassingMap<K, V> {
  #map = new Map<K, V>();
  #goneCount = 0;

  get size(): number {
    return this.#map.size;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  set(key: K, value: V): void {
    this.#map.set(key, value);
  }

  delete(key: K): boolean {
    const isGone = this.#map.delete(key);
    if (isGone) this.#goneCount++;
    if (this.#goneCount >= RENEWED_FROM && this.#goneCount >= this.#map.size) {
      this.#map = new Map(this.#map);
      this.#goneCount = 0;
    }
    return isGone;
  }

  clear(): void {
    this.#map = new Map();
    this.#goneCount = 0;
  }

  keys(): MapIterator<K> {
    return this.#map.keys();
  }

  values(): MapIterator<V> {
    return this.#map.values();
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.#map[Symbol.iterator]();
  }
}
