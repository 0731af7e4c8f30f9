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
 * Outside the prefix that every replica reads: only whoever publishes needs it.
 */

import type { KnownShard } from '../../discovery/health/decide-service.ts';
import {
  formatShard,
  parseAddresses,
  parseLocality,
  parseShard,
} from '../../discovery/health/stored-shard.ts';
import type { Locality } from '../../discovery/shard.ts';
import { type Fence, oneKey } from '../../store/control/control-keys.ts';
import type { RecordStore, StoreCommit } from '../../store/record-store.ts';
import { octetsOfText, textOfOctets } from '../../store/skydns/entry.ts';
import { normalPrefix, rangeOfPrefix } from '../../store/skydns/key.ts';
import { StoreError } from '../../store/store-error.ts';
import { BOOK_COMMIT_OCTETS_MAX, BOOK_COMMIT_PUTS_MAX } from '../limits.ts';

export interface ShardBookOptions {
  /** The control prefix, `/fedns/`. */
  readonly controlPrefix: string;
  readonly contributor: string;
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
  #isComplete = false;
  #skippedCount = 0;

  constructor({ controlPrefix, contributor }: ShardBookOptions) {
    const base = normalPrefix(controlPrefix).replace(/\/$/, '-shards/');
    this.#prefix = `${base}${octetsOfText(contributor)}/`;
  }

  /** Whether a shard that is not in the book is known not to be (rather than not yet read). */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Values in the store that could not be read. */
  get skippedCount(): number {
    return this.#skippedCount;
  }

  shardsOf(key: string): ReadonlyMap<string, KnownShard> {
    return this.#shards.get(key) ?? NO_SHARDS;
  }

  keys(): Iterable<string> {
    return this.#shards.keys();
  }

  keysOf(cluster: string): Iterable<string> {
    return this.#keysOf.get(cluster) ?? [];
  }

  /** Services that a member has a shard of. */
  countOf(cluster: string): number {
    return this.#keysOf.get(cluster)?.size ?? 0;
  }

  get clusters(): Iterable<string> {
    return new Set([...this.#keysOf.keys(), ...this.#localities.keys()]);
  }

  /** It has been seen once, by whomever. */
  knows(cluster: string): boolean {
    return this.#localities.has(cluster) || (this.#keysOf.get(cluster)?.size ?? 0) > 0;
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
    const before = this.#hosts.get(host);
    if ((before && JSON.stringify(before)) === text) return;
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

  /** As new: for a start on a store of which nothing is known yet. */
  forgetAll(): void {
    this.#shards.clear();
    this.#keysOf.clear();
    this.#localities.clear();
    this.#drains.clear();
    this.#hosts.clear();
    this.#unsaved.clear();
    this.#isComplete = false;
  }

  /** Whether this store was published to before: one key says it. */
  async isCompleteIn(store: RecordStore): Promise<boolean> {
    const key = `${this.#prefix}complete`;
    return (await store.read([oneKey(key)])).values.has(key);
  }

  /** Reads what is stored; what is already known in memory is newer and stays. */
  async load(store: RecordStore): Promise<void> {
    const state = await store.read([rangeOfPrefix(this.#prefix)]);
    for (const [key, { value }] of state.values) {
      const rest = textOfOctets(key.slice(this.#prefix.length)).split('/');
      const [kind, cluster = '', namespace = '', objectName = ''] = rest;
      const text = textOfOctets(value);
      if (kind === 'hosts') this.#takeAddresses(cluster, parseAddresses(text));
      if (kind === 'drains') this.#drains.add(rest.slice(1).join('/'));
      if (kind === 'complete') this.#isComplete = true;
      if (kind === 'members') {
        const locality = parseLocality(text);
        if (locality === undefined) this.#skippedCount++;
        else if (!this.#localities.has(cluster)) this.#localities.set(cluster, locality);
      }
      if (kind === 'shards') {
        const shard = parseShard(text);
        const serviceKey = `${namespace}/${objectName}`;
        if (shard === undefined) this.#skippedCount++;
        else if (!this.shardsOf(serviceKey).has(cluster)) this.#put(cluster, serviceKey, shard);
      }
    }
  }

  /** undefined: the member has no such shard (any more). Gives whether anything changed. */
  set(cluster: string, key: string, shard: KnownShard | undefined): boolean {
    const before = this.#shards.get(key)?.get(cluster);
    if (before !== undefined && shard !== undefined && isSameShard(before, shard)) return false;
    const text = shard && formatShard(shard);
    if ((before && formatShard(before)) === text) return false;
    this.#unsaved.set(
      `${this.#prefix}shards/${octetsOfText(`${cluster}/${key}`)}`,
      text && octetsOfText(text),
    );
    if (shard !== undefined) this.#put(cluster, key, shard);
    else this.#drop(cluster, key);
    return true;
  }

  setLocality(cluster: string, locality: Locality): boolean {
    const text = JSON.stringify(locality);
    if (JSON.stringify(this.#localities.get(cluster)) === text) return false;
    this.#localities.set(cluster, locality);
    this.#unsaved.set(`${this.#prefix}members/${octetsOfText(cluster)}`, octetsOfText(text));
    return true;
  }

  /** Everything of a member that left. Gives the services it had a shard of. */
  forget(cluster: string): string[] {
    const keys = [...this.keysOf(cluster)];
    for (const key of keys) this.set(cluster, key, undefined);
    this.#keysOf.delete(cluster);
    this.#localities.delete(cluster);
    this.#unsaved.set(`${this.#prefix}members/${octetsOfText(cluster)}`, undefined);
    return keys;
  }

  /** From now on what is not in the book is not there. */
  complete(): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.#unsaved.set(`${this.#prefix}complete`, octetsOfText('{}'));
  }

  /** Throws StoreError; what is not saved then is saved the next time. */
  async save(store: RecordStore, fence: Fence | undefined): Promise<void> {
    const entries = [...this.#unsaved];
    this.#unsaved = new Map();
    let taken: Entry[] = [];
    try {
      while (entries.length > 0) {
        taken = takeCommit(entries);
        await saveSome(store, fence, taken);
      }
    } catch (error) {
      // Newer wishes for the same key win.
      this.#unsaved = new Map([...entries, ...taken, ...this.#unsaved]);
      throw error;
    }
  }

  #takeAddresses(host: string, addresses: readonly string[] | undefined): void {
    if (addresses === undefined) this.#skippedCount++;
    else if (!this.#hosts.has(host)) this.#hosts.set(host, addresses);
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

/** Cheap, and right where it says so: reports are values that nobody changes. */
function isSameShard(left: KnownShard, right: KnownShard): boolean {
  return (
    left.report === right.report &&
    left.wasOut === right.wasOut &&
    left.hasAnswered === right.hasAnswered
  );
}

const NO_SHARDS: ReadonlyMap<string, KnownShard> = new Map();

type Entry = [key: string, value: string | undefined];

/** Takes from the end as many as one commit may hold. */
function takeCommit(entries: Entry[]): Entry[] {
  const taken: Entry[] = [];
  let octets = 0;
  while (entries.length > 0 && taken.length < BOOK_COMMIT_PUTS_MAX) {
    const [key, value] = entries.at(-1) as Entry;
    octets += key.length + (value?.length ?? 0);
    if (taken.length > 0 && octets > BOOK_COMMIT_OCTETS_MAX) break;
    taken.push([key, value]);
    entries.pop();
  }
  return taken;
}

async function saveSome(
  store: RecordStore,
  fence: Fence | undefined,
  entries: readonly Entry[],
): Promise<void> {
  const commit: StoreCommit = {
    compares: fence === undefined ? [] : [fence],
    puts: entries.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }])),
    deletes: entries.flatMap(([key, value]) => (value === undefined ? [key] : [])),
  };
  const outcome = await store.commit(commit);
  if (outcome.kind === 'conflict') {
    throw new StoreError('STORE_FENCED', 'the fence was taken by another: shards not saved');
  }
}
