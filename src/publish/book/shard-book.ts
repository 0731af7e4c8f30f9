/**
 * The last word of every member on every service, and where each member is: in memory, and in the
 * store, so that a restart knows what a member said that it cannot see now. Without it an
 * unreachable member would be an empty one.
 *
 *   /fedns-shards/<contributor>/members/<cluster>                     {"region","topologyZones"}
 *   /fedns-shards/<contributor>/shards/<cluster>/<namespace>/<name>   {"report":{…},"wasOut"?,"hasAnswered"?}
 *   /fedns-shards/<contributor>/hosts/<host>                          ["192.0.2.1"]
 *   /fedns-shards/<contributor>/drains/<cluster>[/<namespace>/<name>] a person's word
 *   /fedns-shards/<contributor>/complete                              the book was written whole
 *
 * Outside the prefix that every replica reads: only whoever publishes needs it. What is there and
 * cannot be read is unknown, not absent: its service stays as it is until its member speaks of it.
 */

import type { KnownShard } from '../../discovery/health/decide-service.ts';
import type { ApiSignal } from '../../discovery/health/liveness.ts';
import { formatShard, isSameShard } from '../../discovery/health/stored-shard.ts';
import type { Locality } from '../../discovery/shard.ts';
import { type Fence, oneKey } from '../../store/control/control-keys.ts';
import type { RecordStore } from '../../store/record-store.ts';
import { octetsOfText } from '../../store/skydns/entry.ts';
import { normalPrefix, rangeOfPrefix } from '../../store/skydns/key.ts';
import { contributedBase, formatSignal } from '../contributed/contributed-keys.ts';
import { type RefusedEntry, saveBook, withLast } from './book-commits.ts';
import { BookReader, type BookSink } from './book-reader.ts';
import { UnreadableEntries } from './unreadable-entries.ts';

export interface ShardBookOptions {
  /** The control prefix, `/fedns/`. */
  readonly controlPrefix: string;
  readonly contributor: string;
  /** What we say for another to publish, rather than what we remember. */
  readonly isContribution?: boolean;
}

export class ShardBook {
  readonly #prefix: string;
  /** Service key -> cluster -> shard. */
  readonly #shards = new Map<string, Map<string, KnownShard>>();
  readonly #keysOf = new Map<string, Set<string>>();
  readonly #localities = new Map<string, Locality>();
  /** Canonical host name -> its last good addresses: a restart must not wait for a resolver. */
  readonly #hosts = new Map<string, readonly string[]>();
  /** `cluster`, or `cluster/namespace/name`. */
  readonly #drains = new Set<string>();
  /** Store key -> value to put; undefined: to delete. */
  #unsaved = new Map<string, string | undefined>();
  readonly #signals = new Map<string, ApiSignal>();
  #isComplete = false;
  #isLoaded = false;
  readonly #unreadable = new UnreadableEntries();

  constructor({ controlPrefix, contributor, isContribution = false }: ShardBookOptions) {
    const ours = normalPrefix(controlPrefix).replace(/\/$/, '-shards/');
    const base = isContribution ? contributedBase(controlPrefix) : ours;
    this.#prefix = `${base}${octetsOfText(contributor)}/`;
  }

  /** Whether a shard that is not in the book is known not to be (rather than not yet read). */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether what the store remembers is known. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }
  get hasUnsaved(): boolean {
    return this.#unsaved.size > 0;
  }

  /** Entries in the store that cannot be read, and that nobody has replaced yet. */
  get unreadableCount(): number {
    return this.#unreadable.count;
  }

  /** Whether what is known is all: otherwise the service stays as it is. */
  isReadable(key: string): boolean {
    if (this.#unreadable.hasShard(key)) return false;
    if (this.arePlacesReadable) return true;
    return [...this.shardsOf(key).keys()].every((cluster) => this.isPlaceReadable(cluster));
  }

  /** Whether all members' places are known: otherwise no name of a place may go. */
  get arePlacesReadable(): boolean {
    return !this.#unreadable.hasPlaces;
  }

  isPlaceReadable(cluster: string): boolean {
    return !this.#unreadable.hasPlace(cluster);
  }

  shardsOf(key: string): ReadonlyMap<string, KnownShard> {
    return this.#shards.get(key) ?? NO_SHARDS;
  }

  keys(): Iterable<string> {
    return this.#shards.keys();
  }

  /** Also those of which it cannot be read what the cluster said. */
  keysOf(cluster: string): Iterable<string> {
    const known = this.#keysOf.get(cluster) ?? NO_KEYS;
    if (!this.#unreadable.has(cluster)) return known;
    return new Set([...known, ...this.#unreadable.keysOf(cluster)]);
  }

  /** Services that a member has a shard of. */
  countOf(cluster: string): number {
    return this.#keysOf.get(cluster)?.size ?? 0;
  }

  get clusters(): Iterable<string> {
    const known = [...this.#keysOf.keys(), ...this.#localities.keys()];
    return new Set([...known, ...this.#unreadable.clusters]);
  }

  /** It has been seen once, by whomever. */
  knows(cluster: string): boolean {
    if (this.#localities.has(cluster) || (this.#keysOf.get(cluster)?.size ?? 0) > 0) return true;
    return this.#unreadable.has(cluster);
  }

  locality(cluster: string): Locality | undefined {
    return this.#localities.get(cluster);
  }

  addressesOf(host: string): readonly string[] | undefined {
    return this.#hosts.get(host);
  }

  /** undefined: nobody needs it any more. */
  setAddresses(host: string, addresses: readonly string[] | undefined): void {
    const text = addresses && JSON.stringify(addresses);
    if (JSON.stringify(this.#hosts.get(host)) === text) return;
    if (addresses === undefined) this.#hosts.delete(host);
    else this.#hosts.set(host, addresses);
    const key = `${this.#prefix}hosts/${octetsOfText(host)}`;
    this.#unsaved.set(key, text && octetsOfText(text));
  }

  isDrained(cluster: string, key: string): boolean {
    return this.#drains.has(cluster) || this.#drains.has(`${cluster}/${key}`);
  }

  get drains(): Iterable<string> {
    return this.#drains;
  }

  /** `cluster`, or `cluster/namespace/name`. Gives whether anything changed. */
  setDrain(subject: string, isDrained: boolean): boolean {
    if (this.#drains.has(subject) === isDrained) return false;
    if (isDrained) this.#drains.add(subject);
    else this.#drains.delete(subject);
    const key = `${this.#prefix}drains/${octetsOfText(subject)}`;
    this.#unsaved.set(key, isDrained ? octetsOfText('{}') : undefined);
    return true;
  }

  /** For a start on a store of which nothing is known yet. */
  forgetAll(): void {
    this.#forgetStored();
    this.#unsaved.clear();
    this.#isLoaded = false;
  }

  #forgetStored(): void {
    this.#shards.clear();
    this.#keysOf.clear();
    this.#localities.clear();
    this.#drains.clear();
    this.#hosts.clear();
    this.#signals.clear();
    this.#unreadable.clear();
    this.#isComplete = false;
  }

  /** Whether this store was published to before. */
  async isCompleteIn(store: RecordStore): Promise<boolean> {
    return (await store.read([oneKey(this.#completeKey)])).values.size > 0;
  }

  /** Reads what is stored, into an empty book. Throws StoreError. */
  async load(store: RecordStore): Promise<void> {
    try {
      await store.scan([rangeOfPrefix(this.#prefix)], new BookReader(this.#prefix, this.#sink()));
      this.#isLoaded = true;
    } finally {
      // Half of it would be taken for all that there is.
      if (!this.#isLoaded) this.#forgetStored();
    }
  }

  #sink(): BookSink {
    return {
      begin: () => this.#forgetStored(),
      host: (host, addresses) => this.#hosts.set(host, addresses),
      drain: (subject) => this.#drains.add(subject),
      complete: () => void (this.#isComplete = true),
      signal: (cluster, api) => this.#signals.set(cluster, api),
      place: (cluster, locality) => {
        if (locality === undefined) this.#unreadable.addPlace(cluster);
        else this.#localities.set(cluster, locality);
      },
      shard: (cluster, key, shard) =>
        shard ? this.#put(cluster, key, shard) : this.#unreadable.addShard(cluster, key),
    };
  }

  /** undefined: the member has no such shard (any more). Gives whether anything changed. */
  set(cluster: string, key: string, shard: KnownShard | undefined): boolean {
    const before = this.#shards.get(key)?.get(cluster);
    if (before !== undefined && shard !== undefined && isSameShard(before, shard)) return false;
    const text = shard && formatShard(shard);
    const wasUnreadable = this.#unreadable.replaceShard(cluster, key);
    if (!wasUnreadable && (before && formatShard(before)) === text) return false;
    const storeKey = `${this.#prefix}shards/${octetsOfText(`${cluster}/${key}`)}`;
    this.#unsaved.set(storeKey, text && octetsOfText(text));
    if (shard !== undefined) this.#put(cluster, key, shard);
    else this.#drop(cluster, key);
    return true;
  }

  setLocality(cluster: string, locality: Locality): boolean {
    const text = JSON.stringify(locality);
    if (JSON.stringify(this.#localities.get(cluster)) === text) return false;
    this.#localities.set(cluster, locality);
    this.#unreadable.replacePlace(cluster);
    this.#unsaved.set(`${this.#prefix}members/${octetsOfText(cluster)}`, octetsOfText(text));
    return true;
  }

  /** Of a contribution. */
  setSignal(cluster: string, api: ApiSignal): void {
    if (this.#signals.get(cluster) === api) return;
    this.#signals.set(cluster, api);
    this.#unsaved.set(`${this.#prefix}signals/${octetsOfText(cluster)}`, formatSignal(api));
  }

  /** Everything of a member that left. Gives the services it had a shard of. */
  forget(cluster: string): string[] {
    const keys = [...this.keysOf(cluster)];
    for (const key of keys) this.set(cluster, key, undefined);
    this.#keysOf.delete(cluster);
    this.#unreadable.forget(cluster);
    this.#localities.delete(cluster);
    if (this.#signals.delete(cluster)) {
      this.#unsaved.set(`${this.#prefix}signals/${octetsOfText(cluster)}`, undefined);
    }
    this.#unsaved.set(`${this.#prefix}members/${octetsOfText(cluster)}`, undefined);
    return keys;
  }

  /** From now on what is not in the book is not there. */
  complete(): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.#unsaved.set(this.#completeKey, octetsOfText('{}'));
  }

  /**
   * Gives what the store refuses: known here, and lost with this process. Throws StoreError; what
   * is not saved then is saved the next time.
   */
  async save(store: RecordStore, fence: Fence | undefined): Promise<readonly RefusedEntry[]> {
    // Without the others that one would be a lie.
    const entries = withLast([...this.#unsaved], this.#completeKey);
    this.#unsaved = new Map();
    const { unsaved, refused, error } = await saveBook(store, fence, entries);
    // Newer wishes for the same key win.
    this.#unsaved = new Map([...unsaved, ...this.#unsaved]);
    if (error !== undefined) throw error;
    return refused;
  }

  get #completeKey(): string {
    return `${this.#prefix}complete`;
  }

  #put(cluster: string, key: string, shard: KnownShard): void {
    const shards = this.#shards.get(key);
    if (shards === undefined) this.#shards.set(key, new Map([[cluster, shard]]));
    else shards.set(cluster, shard);
    const keys = this.#keysOf.get(cluster);
    if (keys === undefined) this.#keysOf.set(cluster, new Set([key]));
    else keys.add(key);
  }

  #drop(cluster: string, key: string): void {
    const shards = this.#shards.get(key);
    shards?.delete(cluster);
    if (shards?.size === 0) this.#shards.delete(key);
    this.#keysOf.get(cluster)?.delete(key);
  }
}

const NO_KEYS: ReadonlySet<string> = new Set();
const NO_SHARDS: ReadonlyMap<string, KnownShard> = new Map();
