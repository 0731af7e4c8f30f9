/**
 * NodeTable: name -> node, persistent, in the image's memory. Extendible hashing: a directory of
 * 2^depth refs of buckets, a bucket some pairs of hash and node; an edit copies the directory and
 * the buckets it touches, nothing else, so that the table before goes on being read.
 *
 *   bucket: low bits of the hash that all its nodes share | count | { hash, node } * count
 */

import type { DomainName } from '../../dns/name.ts';
import { hashName, hashWildcard, type NameKey } from '../../dns/wire/name-key.ts';
import { BUCKET_NODES_MAX, DIRECTORY_DEPTH_MAX } from '../limits.ts';
import type { BlockSpace } from './block-space.ts';
import { hashOf, type ImageNode, isNamed, nameAt, nameOctetsOf } from './flat-node.ts';
import type { ImageMemory } from './image-memory.ts';

export interface NodeTable {
  readonly memory: ImageMemory;
  /** Ref of 2^depth refs of buckets. */
  readonly directory: number;
  readonly depth: number;
  readonly nodeCount: number;
}

const BUCKET_HEAD_WORDS = 2;

/** The node named by the key's suffix that begins with label `label`; 0: none. O(1). */
export function findNode(table: NodeTable, key: NameKey, label: number): ImageNode {
  const { words, bytes } = table.memory;
  const hash = key.hashes[label] as number;
  const bucket = words[table.directory + slotOf(hash, table.depth)] as number;
  const end = bucket + BUCKET_HEAD_WORDS + 2 * (words[bucket + 1] as number);
  for (let at = bucket + BUCKET_HEAD_WORDS; at < end; at += 2) {
    if (words[at] !== hash) continue;
    const node = words[at + 1] as number;
    if (key.isSuffixAt(label, bytes, nameAt(node), nameOctetsOf(words, node))) return node;
  }
  return 0;
}

/** A node of that hash, 0: none. Whether it bears the name is for the caller to see. */
export function nodeOfHash({ memory, directory, depth }: NodeTable, hash: number): ImageNode {
  const { words } = memory;
  const bucket = words[directory + slotOf(hash, depth)] as number;
  const end = bucket + BUCKET_HEAD_WORDS + 2 * (words[bucket + 1] as number);
  for (let at = bucket + BUCKET_HEAD_WORDS; at < end; at += 2) {
    if (words[at] === hash) return words[at + 1] as number;
  }
  return 0;
}

/** The node `*` under that suffix; 0: none. */
export function findWildcard(table: NodeTable, key: NameKey, label: number): ImageNode {
  const { words, bytes } = table.memory;
  const hash = hashWildcard(key.hashes[label] as number);
  const bucket = words[table.directory + slotOf(hash, table.depth)] as number;
  const end = bucket + BUCKET_HEAD_WORDS + 2 * (words[bucket + 1] as number);
  for (let at = bucket + BUCKET_HEAD_WORDS; at < end; at += 2) {
    if (words[at] !== hash) continue;
    const node = words[at + 1] as number;
    if (key.isWildcardAt(label, bytes, nameAt(node), nameOctetsOf(words, node))) return node;
  }
  return 0;
}

/** The node of a name; 0: none. Cold: hashes the name. */
export function getNode(table: NodeTable, name: DomainName): ImageNode {
  const hash = hashName(name);
  const { words } = table.memory;
  const bucket = words[table.directory + slotOf(hash, table.depth)] as number;
  const at = placeOf(table.memory, bucket, { hash, name });
  return at === 0 ? 0 : (words[at + 1] as number);
}

/** All nodes, in no order. */
export function* nodesOf(table: NodeTable): IterableIterator<ImageNode> {
  const { words } = table.memory;
  for (const bucket of bucketsOf(table)) {
    const count = words[bucket + 1] as number;
    for (let index = 0; index < count; index++) {
      yield words[bucket + BUCKET_HEAD_WORDS + 2 * index + 1] as number;
    }
  }
}

/** Each bucket once: it stands first in the directory where its own low bits say. */
export function* bucketsOf({ memory, directory, depth }: NodeTable): IterableIterator<number> {
  const { words } = memory;
  for (let slot = 0; slot < 1 << depth; slot++) {
    const bucket = words[directory + slot] as number;
    if (slot < 1 << (words[bucket] as number)) yield bucket;
  }
}

/** One edit of a table: reads its own writes, leaves the table it began with as it was. */
export class NodeTableEdit {
  readonly #space: BlockSpace;
  readonly #edit: number;
  readonly #retired: number[];
  #directory: number;
  #depth: number;
  #nodeCount: number;

  /** Blocks of the table before that this one no longer holds go to `retired`. */
  constructor(space: BlockSpace, edit: number, retired: number[], table: NodeTable | undefined) {
    this.#space = space;
    this.#edit = edit;
    this.#retired = retired;
    this.#directory = table?.directory ?? this.#firstDirectory();
    this.#depth = table?.depth ?? 0;
    this.#nodeCount = table?.nodeCount ?? 0;
  }

  get(name: DomainName, hash: number): ImageNode {
    const at = placeOf(this.#space.memory, this.#bucket(hash), { hash, name });
    return at === 0 ? 0 : (this.#space.memory.words[at + 1] as number);
  }

  /** Puts `node` where `held` is. */
  replace(held: ImageNode, node: ImageNode): void {
    const bucket = this.#ownedBucket(hashOf(this.#space.memory.words, held));
    const { words } = this.#space.memory;
    words[entryOf(words, bucket, held) + 1] = node;
  }

  /** Adds a node of a name that is not there. */
  insert(node: ImageNode): void {
    const hash = hashOf(this.#space.memory.words, node);
    let bucket = this.#ownedBucket(hash);
    const count = this.#space.memory.words[bucket + 1] as number;
    if (BUCKET_HEAD_WORDS + 2 * (count + 1) > this.#space.roomOf(bucket)) {
      bucket = this.#roomier(bucket, hash);
    }
    const { words } = this.#space.memory;
    append(words, bucket, hash, node);
    this.#nodeCount++;
    if (count + 1 > BUCKET_NODES_MAX) this.#split(hash);
  }

  remove(node: ImageNode): void {
    const bucket = this.#ownedBucket(hashOf(this.#space.memory.words, node));
    const { words } = this.#space.memory;
    const at = entryOf(words, bucket, node);
    const last = bucket + BUCKET_HEAD_WORDS + 2 * ((words[bucket + 1] as number) - 1);
    words[at] = words[last] as number;
    words[at + 1] = words[last + 1] as number;
    words[bucket + 1] = (words[bucket + 1] as number) - 1;
    this.#nodeCount--;
  }

  /** The table as edited. The edit must not be used any more. */
  finish(): NodeTable {
    return {
      memory: this.#space.memory,
      directory: this.#directory,
      depth: this.#depth,
      nodeCount: this.#nodeCount,
    };
  }

  #firstDirectory(): number {
    const bucket = this.#newBucket(0, 0);
    const directory = this.#space.allocate(1, this.#edit);
    this.#space.memory.words[directory] = bucket;
    return directory;
  }

  #bucket(hash: number): number {
    return this.#space.memory.words[this.#directory + slotOf(hash, this.#depth)] as number;
  }

  #ownedBucket(hash: number): number {
    const bucket = this.#bucket(hash);
    if (this.#space.isOf(bucket, this.#edit)) return bucket;
    const size = this.#space.roomOf(bucket);
    const copy = this.#space.allocate(size, this.#edit);
    this.#space.memory.words.copyWithin(copy, bucket, bucket + size);
    this.#place(copy, hash);
    this.#retired.push(bucket);
    return copy;
  }

  /** Names made to collide share one bucket, however many: it grows. */
  #roomier(bucket: number, hash: number): number {
    const size = this.#space.roomOf(bucket);
    const copy = this.#space.allocate(size * 2, this.#edit);
    this.#space.memory.words.copyWithin(copy, bucket, bucket + size);
    this.#place(copy, hash);
    this.#space.free(bucket);
    return copy;
  }

  #newBucket(depth: number, nodes: number): number {
    const room = BUCKET_HEAD_WORDS + 2 * Math.max(nodes, BUCKET_NODES_MAX + 1);
    const bucket = this.#space.allocate(room, this.#edit);
    const { words } = this.#space.memory;
    words[bucket] = depth;
    words[bucket + 1] = 0;
    return bucket;
  }

  /** Halves the bucket of `hash` by one more bit, doubling the directory when it has too few. */
  #split(hash: number): void {
    const bucket = this.#bucket(hash);
    const depthBefore = this.#space.memory.words[bucket] as number;
    if (depthBefore === this.#depth && !this.#doubleDirectory()) return;
    const count = this.#space.memory.words[bucket + 1] as number;
    const low = this.#newBucket(depthBefore + 1, count);
    const high = this.#newBucket(depthBefore + 1, count);
    const { words } = this.#space.memory;
    const bit = 1 << depthBefore;
    for (let index = 0; index < count; index++) {
      const at = bucket + BUCKET_HEAD_WORDS + 2 * index;
      const held = words[at] as number;
      const half = (slotOf(held, depthBefore + 1) & bit) === 0 ? low : high;
      append(words, half, held, words[at + 1] as number);
    }
    const slot = slotOf(hash, depthBefore);
    this.#placeAt(low, slot, depthBefore + 1);
    this.#placeAt(high, slot | bit, depthBefore + 1);
    this.#space.free(bucket);
  }

  /** False where it would grow for names made to collide: it stays small beside the nodes. */
  #doubleDirectory(): boolean {
    const length = 1 << this.#depth;
    if (this.#depth >= DIRECTORY_DEPTH_MAX || length * 8 > this.#nodeCount) return false;
    const doubled = this.#space.allocate(length * 2, this.#edit);
    const { words } = this.#space.memory;
    words.copyWithin(doubled, this.#directory, this.#directory + length);
    words.copyWithin(doubled + length, this.#directory, this.#directory + length);
    this.#leave(this.#directory);
    this.#directory = doubled;
    this.#depth++;
    return true;
  }

  #place(bucket: number, hash: number): void {
    const depth = this.#space.memory.words[bucket] as number;
    this.#placeAt(bucket, slotOf(hash, depth), depth);
  }

  #placeAt(bucket: number, slot: number, depth: number): void {
    const directory = this.#ownedDirectory();
    const { words } = this.#space.memory;
    const length = 1 << this.#depth;
    for (let at = slot; at < length; at += 1 << depth) words[directory + at] = bucket;
  }

  #ownedDirectory(): number {
    if (this.#space.isOf(this.#directory, this.#edit)) return this.#directory;
    const length = 1 << this.#depth;
    const copy = this.#space.allocate(length, this.#edit);
    this.#space.memory.words.copyWithin(copy, this.#directory, this.#directory + length);
    this.#retired.push(this.#directory);
    this.#directory = copy;
    return copy;
  }

  #leave(block: number): void {
    if (this.#space.isOf(block, this.#edit)) this.#space.free(block);
    else this.#retired.push(block);
  }
}

function append(words: Int32Array, bucket: number, hash: number, node: ImageNode): void {
  const count = words[bucket + 1] as number;
  words[bucket + BUCKET_HEAD_WORDS + 2 * count] = hash;
  words[bucket + BUCKET_HEAD_WORDS + 2 * count + 1] = node;
  words[bucket + 1] = count + 1;
}

/** Word of the pair that holds `node`, which is there. */
function entryOf(words: Int32Array, bucket: number, node: ImageNode): number {
  let at = bucket + BUCKET_HEAD_WORDS;
  while (words[at + 1] !== node) at += 2;
  return at;
}

/** Word of the pair of that name; 0: none. */
function placeOf(
  memory: ImageMemory,
  bucket: number,
  of: { readonly hash: number; readonly name: DomainName },
): number {
  const { words } = memory;
  const end = bucket + BUCKET_HEAD_WORDS + 2 * (words[bucket + 1] as number);
  for (let at = bucket + BUCKET_HEAD_WORDS; at < end; at += 2) {
    if (words[at] !== of.hash) continue;
    const node = words[at + 1] as number;
    if (isNamed(memory, node, of.name)) return at;
  }
  return 0;
}

/** FNV's low bits depend on few octets' bits; the high ones are mixed in. */
function slotOf(hash: number, depth: number): number {
  return (hash ^ (hash >>> 15)) & ((1 << depth) - 1);
}
