/**
 * What the book holds and nobody can read: unknown, not absent. A service that it is about stays as
 * it is until whoever said it says it anew, or leaves.
 */

export class UnreadableEntries {
  /** Cluster -> services of which it said something. */
  readonly #shards = new Map<string, Set<string>>();
  /** Clusters of which it is not known where they are. */
  readonly #places = new Set<string>();

  get count(): number {
    const services = [...this.#shards.values()].reduce((sum, { size }) => sum + size, 0);
    return services + this.#places.size;
  }

  get clusters(): Iterable<string> {
    return new Set([...this.#shards.keys(), ...this.#places]);
  }

  has(cluster: string): boolean {
    return this.#shards.has(cluster) || this.#places.has(cluster);
  }

  keysOf(cluster: string): Iterable<string> {
    return this.#shards.get(cluster) ?? [];
  }

  hasShard(key: string): boolean {
    for (const keys of this.#shards.values()) if (keys.has(key)) return true;
    return false;
  }

  hasPlace(cluster: string): boolean {
    return this.#places.has(cluster);
  }

  get hasPlaces(): boolean {
    return this.#places.size > 0;
  }

  addShard(cluster: string, key: string): void {
    const keys = this.#shards.get(cluster) ?? new Set();
    this.#shards.set(cluster, keys.add(key));
  }

  addPlace(cluster: string): void {
    this.#places.add(cluster);
  }

  /** Said anew. Gives whether it was not readable. */
  replaceShard(cluster: string, key: string): boolean {
    const keys = this.#shards.get(cluster);
    const was = keys?.delete(key) === true;
    if (keys?.size === 0) this.#shards.delete(cluster);
    return was;
  }

  replacePlace(cluster: string): void {
    this.#places.delete(cluster);
  }

  forget(cluster: string): void {
    this.#shards.delete(cluster);
    this.#places.delete(cluster);
  }

  clear(): void {
    this.#shards.clear();
    this.#places.clear();
  }
}
