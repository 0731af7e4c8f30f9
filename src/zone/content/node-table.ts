/**
 * NodeTable: DomainName -> ImageNode, persistent. Extendible hashing: a directory of 2^depth
 * buckets of about 64 nodes; an edit copies the directory and the buckets it touches, nothing
 * else. Our choice over a tree: one Map look-up a name, and a bucket's copy costs about 2 us.
 *
 * Inside a bucket nodes lie at their hash, or, when another name has it, at the next free number.
 */

import type { DomainName } from '../../dns/name.ts';
import { hashName, hashWildcard, type NameKey } from '../../dns/wire/name-key.ts';
import { BUCKET_NODES_MAX, DIRECTORY_DEPTH_MAX } from '../limits.ts';
import type { ImageNode } from './image-node.ts';

interface Bucket {
  /** Low bits of the hash that all its nodes share. */
  readonly depth: number;
  readonly nodes: Map<number, ImageNode>;
}

export interface NodeTable {
  readonly directory: readonly Bucket[];
  readonly depth: number;
  readonly nodeCount: number;
}

export const EMPTY_TABLE: NodeTable = {
  directory: [{ depth: 0, nodes: new Map() }],
  depth: 0,
  nodeCount: 0,
};

/** The node named by the key's suffix that begins with label `label`. O(1). */
export function findNode(table: NodeTable, key: NameKey, label: number): ImageNode | undefined {
  const hash = key.hashes[label] as number;
  const nodes = bucketOf(table, hash).nodes;
  for (let at = hash; ; at = (at + 1) | 0) {
    const node = nodes.get(at);
    if (node === undefined || key.isSuffix(label, node.name)) return node;
  }
}

/** The node `*` under that suffix. */
export function findWildcard(table: NodeTable, key: NameKey, label: number): ImageNode | undefined {
  const hash = hashWildcard(key.hashes[label] as number);
  const nodes = bucketOf(table, hash).nodes;
  for (let at = hash; ; at = (at + 1) | 0) {
    const node = nodes.get(at);
    if (node === undefined || key.isWildcardOf(label, node.name)) return node;
  }
}

/** The node of a name. Cold: hashes the name. */
export function getNode(table: NodeTable, name: DomainName): ImageNode | undefined {
  const hash = hashName(name);
  return getIn(bucketOf(table, hash).nodes, hash, name);
}

/** All nodes, in no order. */
export function* nodesOf(table: NodeTable): IterableIterator<ImageNode> {
  for (const bucket of new Set(table.directory)) yield* bucket.nodes.values();
}

/** One edit of a table: reads its own writes, leaves the table it began with as it was. */
export class NodeTableEdit {
  #directory: Bucket[];
  #depth: number;
  #nodeCount: number;
  /** Buckets made by this edit: only these may be written to. */
  readonly #owned = new Set<Bucket>();

  constructor(table: NodeTable) {
    this.#directory = [...table.directory];
    this.#depth = table.depth;
    this.#nodeCount = table.nodeCount;
  }

  get(name: DomainName): ImageNode | undefined {
    const hash = hashName(name);
    return getIn(this.#bucket(hash).nodes, hash, name);
  }

  /** Adds a node or replaces the one of the same name. */
  put(node: ImageNode): void {
    const bucket = this.#ownedBucket(node.hash);
    const sizeBefore = bucket.nodes.size;
    insert(bucket.nodes, node);
    if (bucket.nodes.size === sizeBefore) return;
    this.#nodeCount++;
    if (bucket.nodes.size > BUCKET_NODES_MAX) this.#split(node.hash);
  }

  remove(node: ImageNode): void {
    const { nodes } = this.#ownedBucket(node.hash);
    let at = node.hash;
    while (nodes.get(at)?.name !== node.name) {
      if (!nodes.has(at)) return;
      at = (at + 1) | 0;
    }
    nodes.delete(at);
    this.#nodeCount--;
    // Those that were pushed on by this one move back, or they could not be found any more.
    for (at = (at + 1) | 0; ; at = (at + 1) | 0) {
      const pushed = nodes.get(at);
      if (pushed === undefined) return;
      nodes.delete(at);
      insert(nodes, pushed);
    }
  }

  /** The table as edited. The edit must not be used any more. */
  finish(): NodeTable {
    this.#owned.clear();
    return { directory: this.#directory, depth: this.#depth, nodeCount: this.#nodeCount };
  }

  #bucket(hash: number): Bucket {
    return this.#directory[slotOf(hash, this.#depth)] as Bucket;
  }

  #ownedBucket(hash: number): Bucket {
    const bucket = this.#bucket(hash);
    if (this.#owned.has(bucket)) return bucket;
    const copy = { depth: bucket.depth, nodes: new Map(bucket.nodes) };
    this.#owned.add(copy);
    this.#place(copy, slotOf(hash, bucket.depth));
    return copy;
  }

  /** Halves the bucket of `hash` by one more bit, doubling the directory when it has too few. */
  #split(hash: number): void {
    const bucket = this.#bucket(hash);
    if (bucket.depth === this.#depth) {
      // Names made to collide must not blow up the directory: it stays small beside the nodes.
      const length = this.#directory.length * 2;
      if (this.#depth >= DIRECTORY_DEPTH_MAX || length * 4 > this.#nodeCount) return;
      this.#directory = this.#directory.concat(this.#directory);
      this.#depth++;
    }
    const depth = bucket.depth + 1;
    const low: Bucket = { depth, nodes: new Map() };
    const high: Bucket = { depth, nodes: new Map() };
    const bit = 1 << bucket.depth;
    for (const node of bucket.nodes.values()) {
      insert((slotOf(node.hash, depth) & bit) === 0 ? low.nodes : high.nodes, node);
    }
    this.#owned.delete(bucket);
    this.#owned.add(low).add(high);
    const slot = slotOf(hash, bucket.depth);
    this.#place(low, slot);
    this.#place(high, slot | bit);
  }

  #place(bucket: Bucket, slot: number): void {
    const step = 1 << bucket.depth;
    for (let at = slot; at < this.#directory.length; at += step) this.#directory[at] = bucket;
  }
}

function bucketOf(table: NodeTable, hash: number): Bucket {
  return table.directory[slotOf(hash, table.depth)] as Bucket;
}

/** FNV's low bits depend on few octets' bits; the high ones are mixed in. */
function slotOf(hash: number, depth: number): number {
  return (hash ^ (hash >>> 15)) & ((1 << depth) - 1);
}

function getIn(
  nodes: ReadonlyMap<number, ImageNode>,
  hash: number,
  name: DomainName,
): ImageNode | undefined {
  for (let at = hash; ; at = (at + 1) | 0) {
    const node = nodes.get(at);
    if (node === undefined || node.name === name) return node;
  }
}

function insert(nodes: Map<number, ImageNode>, node: ImageNode): void {
  let at = node.hash;
  for (;;) {
    const held = nodes.get(at);
    if (held === undefined || held.name === node.name) break;
    at = (at + 1) | 0;
  }
  nodes.set(at, node);
}
