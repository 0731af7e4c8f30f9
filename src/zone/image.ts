/**
 * ZoneImage: one zone, answer-ready, in an ImageMemory. Takes RRsetChanges (build, apply), gives
 * what lookup reads. A `BuiltImage` is the same as its writer knows it.
 *
 * Promised: an image never changes while anybody may read it; the next one shares every bucket and
 * node that a change did not touch; a name with descendants exists though it holds nothing (RFC
 * 8020), and is gone with the last of them; the SOA carries `serial`.
 * Not promised: legal content. Foreign data may put a CNAME beside others: the asked type wins,
 * then the CNAME; beside A or AAAA a CNAME is left out.
 *
 * The block of an image, by which readers find it (`root`):
 *
 *   word 0: serial | 1: labels of the apex | 2: node of the apex | 3: its SOA for negative answers
 *   word 4: directory | 5: its depth | 6: nodes | 7: cuts | 8: labels of fallback rules | 9: flags
 */

import type { DomainName } from '../dns/name.ts';
import type { Rdata, RRset } from '../dns/rrset.ts';
import { hasFlag, type ImageNode, NodeFlag, rrsetsOf } from './content/flat-node.ts';
import { readRRset } from './content/flat-rrset.ts';
import type { ImageMemory } from './content/image-memory.ts';
import { bucketsOf, getNode, type NodeTable, nodesOf } from './content/node-table.ts';
import type { Fallbacks } from './synthesis/fallback.ts';

export interface ZoneImage extends NodeTable {
  /** RFC 1982, as int32; what the SOA says. */
  readonly serial: number;
  readonly apexLabelCount: number;
  readonly apexNode: ImageNode;
  /** Ref of the SOA as negative answers carry it (RFC 2308); 0: the zone cannot be served. */
  readonly negativeSoa: number;
  /** Without cuts no ancestor needs to be asked. */
  readonly cutCount: number;
  /** The most labels in front of a fallback rule's suffix; 0: no rules. */
  readonly fallbackLabelsMax: number;
  /** Labels `*` and `any` of a question match stored names (synthesis/query-wildcard.ts). */
  readonly hasQueryWildcards: boolean;
}

export interface BuiltImage extends ZoneImage {
  readonly apex: DomainName;
  /** Ref of its block. */
  readonly root: number;
  /** The SOA as it was given: its serial is replaced at every publication. */
  readonly soaSource: SoaSource | undefined;
  readonly fallbacks: Fallbacks;
  /** Rules by suffix, as refs. */
  readonly ruleRefs: ReadonlyMap<DomainName, number>;
  /** Roots of rules that exist just now: the suffixes of their rules do too. */
  readonly liveRoots: ReadonlySet<DomainName>;
  /** Names that something is stored at, be it an explicit nothing. */
  readonly storedCount: number;
  /** RRsets of which records were left out because 64 KB do not hold them. */
  readonly cappedCount: number;
  /** Changes since the first build whose owner lies outside the zone. */
  readonly ignoredCount: number;
  /** Blocks of the image it was made from that it does not share. */
  readonly retired: readonly number[];
}

export interface SoaSource {
  readonly rdata: Rdata;
  readonly ttlSeconds: number;
}

export const IMAGE_WORDS = 10;
const QUERY_WILDCARDS = 1;

export function writeImage({ words }: ImageMemory, root: number, image: ZoneImage): void {
  words[root] = image.serial;
  words[root + 1] = image.apexLabelCount;
  words[root + 2] = image.apexNode;
  words[root + 3] = image.negativeSoa;
  words[root + 4] = image.directory;
  words[root + 5] = image.depth;
  words[root + 6] = image.nodeCount;
  words[root + 7] = image.cutCount;
  words[root + 8] = image.fallbackLabelsMax;
  words[root + 9] = image.hasQueryWildcards ? QUERY_WILDCARDS : 0;
}

/** What a reader sees at a root. */
export function readImage(memory: ImageMemory, root: number): ZoneImage {
  const word = (index: number) => memory.words[root + index] as number;
  return {
    memory,
    directory: word(4),
    depth: word(5),
    nodeCount: word(6),
    serial: word(0),
    apexLabelCount: word(1),
    apexNode: word(2),
    negativeSoa: word(3),
    cutCount: word(7),
    fallbackLabelsMax: word(8),
    hasQueryWildcards: (word(9) & QUERY_WILDCARDS) !== 0,
  };
}

/** Every block of an image, for when nothing of it is shared with the next. O(nodes). */
export function* blocksOf(image: BuiltImage): IterableIterator<number> {
  yield image.root;
  if (image.negativeSoa !== 0) yield image.negativeSoa;
  yield* image.ruleRefs.values();
  yield* nodesOf(image);
  yield* bucketsOf(image);
  yield image.directory;
}

/** What is stored at a name, the SOA with the image's serial; undefined: nothing is. Cold. */
export function readRRsets(image: ZoneImage, owner: DomainName): RRset[] | undefined {
  const { memory } = image;
  const node = getNode(image, owner);
  if (node === 0 || !hasFlag(memory.words, node, NodeFlag.STORED)) return undefined;
  return rrsetsOf(memory.words, node).map((rrset) => readRRset(memory, rrset, owner));
}
