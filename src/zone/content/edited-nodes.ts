/**
 * EditedNodes: the nodes of an image while one edit changes them. Keeps ancestors, their counts of
 * children and wildcard marks right after each; writes to nodes of its own only, and copies those
 * of the image before, which may be read by others.
 */

import { type DomainName, parentName } from '../../dns/name.ts';
import { hashName } from '../../dns/wire/name-key.ts';
import type { BlockSpace } from './block-space.ts';
import {
  childCountOf,
  copyNode,
  fallbackOf,
  hasFlag,
  type ImageNode,
  type NodeContent,
  NodeFlag,
  setChildCount,
  setFlag,
  writeNode,
} from './flat-node.ts';
import { type NodeTable, NodeTableEdit } from './node-table.ts';

export class EditedNodes {
  readonly space: BlockSpace;
  /** Mark of the blocks this edit made. */
  readonly edit: number;
  /** Blocks of the image before that the next one does not share. */
  readonly retired: number[] = [];
  readonly #apex: DomainName;
  readonly #table: NodeTableEdit;

  constructor(apex: DomainName, space: BlockSpace, from: NodeTable | undefined) {
    this.#apex = apex;
    this.space = space;
    this.edit = space.newEdit();
    this.#table = new NodeTableEdit(space, this.edit, this.retired, from);
    if (from === undefined) this.#table.insert(this.#write(emptyNode(apex)));
  }

  get(name: DomainName, hash = hashName(name)): ImageNode {
    return this.#table.get(name, hash);
  }

  /** Puts a name in the place of `held`, or beside all others where that is 0. */
  put(held: ImageNode, content: NodeContent): ImageNode {
    if (held === 0) this.#addToParent(content.name);
    const node = this.#write(content);
    if (held === 0) this.#table.insert(node);
    else this.#replace(held, node);
    return node;
  }

  /** A name that nothing holds any more is gone, and so are ancestors that lived for it. */
  remove(node: ImageNode, name: DomainName): void {
    this.#table.remove(node);
    this.leave(node);
    this.#takeFromParent(name);
  }

  /** The node itself when this edit made it, else a copy in its place. */
  owned(node: ImageNode): ImageNode {
    if (this.space.isOf(node, this.edit)) return node;
    const copy = copyNode(this.space, this.edit, node);
    this.#replace(node, copy);
    return copy;
  }

  #replace(held: ImageNode, node: ImageNode): void {
    this.#table.replace(held, node);
    this.leave(held);
  }

  /** Nobody but this edit has seen its own blocks; those of the image before may be read. */
  leave(block: number): void {
    if (this.space.isOf(block, this.edit)) this.space.free(block);
    else this.retired.push(block);
  }

  finish(): NodeTable {
    return this.#table.finish();
  }

  /** Makes the ancestors that are missing; at most 127 steps. */
  #addToParent(owner: DomainName): void {
    let child = owner;
    while (child !== this.#apex) {
      const name = parentName(child) as DomainName;
      const hash = hashName(name);
      const held = this.#table.get(name, hash);
      const flags = isWildcard(child) ? NodeFlag.WILDCARD_CHILD : 0;
      if (held !== 0) {
        const parent = this.owned(held);
        const { words } = this.space.memory;
        setChildCount(words, parent, childCountOf(words, parent) + 1);
        if (flags !== 0) setFlag(words, parent, flags, true);
        return;
      }
      this.#table.insert(this.#write({ ...emptyNode(name), hash, flags, childCount: 1 }));
      child = name;
    }
  }

  /** Removes the ancestors that lived only for this name. */
  #takeFromParent(owner: DomainName): void {
    let child = owner;
    while (child !== this.#apex) {
      const name = parentName(child) as DomainName;
      const held = this.#table.get(name, hashName(name));
      const childCount = childCountOf(this.space.memory.words, held) - 1;
      const isHeld =
        childCount > 0 ||
        hasFlag(this.space.memory.words, held, NodeFlag.STORED) ||
        fallbackOf(this.space.memory.words, held) !== 0;
      if (isHeld || name === this.#apex) {
        const parent = this.owned(held);
        const { words } = this.space.memory;
        setChildCount(words, parent, childCount);
        if (isWildcard(child)) setFlag(words, parent, NodeFlag.WILDCARD_CHILD, false);
        return;
      }
      this.#table.remove(held);
      this.leave(held);
      child = name;
    }
  }

  #write(content: NodeContent): ImageNode {
    return writeNode(this.space, this.edit, content);
  }
}

/** A name that holds nothing yet. */
export function emptyNode(name: DomainName): NodeContent {
  return {
    name,
    hash: hashName(name),
    flags: 0,
    fallback: 0,
    childCount: 0,
    rrsets: [],
  };
}

function isWildcard(name: DomainName): boolean {
  return name.charCodeAt(0) === 1 && name.charCodeAt(1) === 0x2a;
}
