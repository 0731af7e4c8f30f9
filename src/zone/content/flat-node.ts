/**
 * ImageNode: one existing name of a zone, as a block of the image. Never written to once an image
 * that holds it is published, but for what an edit made itself.
 *
 *   word 0: hash of the name       word 1: octets of the name | flags << 8 | RRsets << 16
 *   word 2: ref of the fallback rule whose suffix this is, while there is anything to alias to
 *   word 3: children (the writer's concern)
 *   the name, wire form, filled up to a word; then its RRsets one behind the other, by type
 */

import type { DomainName } from '../../dns/name.ts';
import type { BlockSpace } from './block-space.ts';
import { type RRsetPlan, rrsetEnd, typeOf, writeRRset } from './flat-rrset.ts';
import type { ImageMemory } from './image-memory.ts';

/** Ref of a node; 0: none. */
export type ImageNode = number;

export const NodeFlag = {
  /** Something is stored here, be it an explicit nothing. Else it lives for its descendants. */
  STORED: 1,
  /** A child `*` exists, RFC 4592 section 2.1.1. */
  WILDCARD_CHILD: 2,
  /** NS below the apex: we refer, and answer nothing below. */
  CUT: 4,
} as const;

const HEAD_WORDS = 4;

export interface NodeContent {
  readonly name: DomainName;
  readonly hash: number;
  readonly flags: number;
  readonly fallback: number;
  readonly childCount: number;
  /** Sorted by type. */
  readonly rrsets: readonly RRsetPlan[];
}

export function writeNode(space: BlockSpace, edit: number, content: NodeContent): ImageNode {
  const { name, rrsets } = content;
  const nameWords = (name.length + 3) >> 2;
  let size = HEAD_WORDS + nameWords;
  for (const plan of rrsets) size += plan.words;
  const node = space.allocate(size, edit);
  const { words, bytes } = space.memory;
  words[node] = content.hash;
  words[node + 1] = name.length | (content.flags << 8) | (rrsets.length << 16);
  words[node + 2] = content.fallback;
  words[node + 3] = content.childCount;
  const at = (node + HEAD_WORDS) * 4;
  for (let index = 0; index < name.length; index++) bytes[at + index] = name.charCodeAt(index);
  let rrset = node + HEAD_WORDS + nameWords;
  for (const plan of rrsets) {
    writeRRset(space.memory, rrset, plan);
    rrset += plan.words;
  }
  return node;
}

export function copyNode(space: BlockSpace, edit: number, node: ImageNode): ImageNode {
  const size = space.roomOf(node);
  const copy = space.allocate(size, edit);
  space.memory.words.copyWithin(copy, node, node + size);
  return copy;
}

export function hashOf(words: Int32Array, node: ImageNode): number {
  return words[node] as number;
}

export function nameOctetsOf(words: Int32Array, node: ImageNode): number {
  return (words[node + 1] as number) & 0xff;
}

/** Octet at which the name begins. */
export function nameAt(node: ImageNode): number {
  return (node + HEAD_WORDS) * 4;
}

/** Cold: a key compares itself. */
export function isNamed({ words, bytes }: ImageMemory, node: ImageNode, name: DomainName): boolean {
  if (nameOctetsOf(words, node) !== name.length) return false;
  const at = nameAt(node);
  for (let index = 0; index < name.length; index++) {
    if (bytes[at + index] !== name.charCodeAt(index)) return false;
  }
  return true;
}

export function flagsOf(words: Int32Array, node: ImageNode): number {
  return ((words[node + 1] as number) >>> 8) & 0xff;
}

export function hasFlag(words: Int32Array, node: ImageNode, flag: number): boolean {
  return ((words[node + 1] as number) & (flag << 8)) !== 0;
}

export function setFlag(words: Int32Array, node: ImageNode, flag: number, isSet: boolean): void {
  const held = words[node + 1] as number;
  words[node + 1] = isSet ? held | (flag << 8) : held & ~(flag << 8);
}

function rrsetCountOf(words: Int32Array, node: ImageNode): number {
  return (words[node + 1] as number) >>> 16;
}

/** Ref of the fallback rule; 0: none. */
export function fallbackOf(words: Int32Array, node: ImageNode): number {
  return words[node + 2] as number;
}

export function setFallback(words: Int32Array, node: ImageNode, rule: number): void {
  words[node + 2] = rule;
}

export function childCountOf(words: Int32Array, node: ImageNode): number {
  return words[node + 3] as number;
}

export function setChildCount(words: Int32Array, node: ImageNode, count: number): void {
  words[node + 3] = count;
}

/** Where its first RRset would lie. */
function firstRRset(words: Int32Array, node: ImageNode): number {
  return node + HEAD_WORDS + ((nameOctetsOf(words, node) + 3) >> 2);
}

/** Ref of the RRset of this type; 0: none. */
export function rrsetOf(words: Int32Array, node: ImageNode, type: number): number {
  const count = rrsetCountOf(words, node);
  let rrset = firstRRset(words, node);
  for (let index = 0; index < count; index++) {
    if (typeOf(words, rrset) === type) return rrset;
    rrset = rrsetEnd(words, rrset);
  }
  return 0;
}

/** Refs of all its RRsets. Cold. */
export function rrsetsOf(words: Int32Array, node: ImageNode): number[] {
  const refs: number[] = [];
  let rrset = firstRRset(words, node);
  for (let index = rrsetCountOf(words, node); index > 0; index--) {
    refs.push(rrset);
    rrset = rrsetEnd(words, rrset);
  }
  return refs;
}

/** The name as a value. Cold. */
export function nameOf(bytes: Uint8Array, at: number): DomainName {
  let end = at;
  while ((bytes[end] as number) > 0) end += (bytes[end] as number) + 1;
  let text = '';
  for (let index = at; index <= end; index++) text += String.fromCharCode(bytes[index] as number);
  return text as DomainName;
}
