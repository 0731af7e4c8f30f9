/** Images as tests want them: one memory for all, next images beside the ones before, contents. */

import type { FallbackRule } from '../../src/dns/fallback-rule.ts';
import type { DomainName } from '../../src/dns/name.ts';
import { formatRRset } from '../../src/dns/presentation.ts';
import type { RRsetChange } from '../../src/dns/rrset-change.ts';
import { type ImageBuild, startBuild as startBuildIn, startEdit } from '../../src/zone/build.ts';
import { BlockSpace } from '../../src/zone/content/block-space.ts';
import {
  childCountOf,
  fallbackOf,
  flagsOf,
  hasFlag,
  NodeFlag,
  nameAt,
  nameOf,
  rrsetsOf,
} from '../../src/zone/content/flat-node.ts';
import { readRRset } from '../../src/zone/content/flat-rrset.ts';
import { nodesOf } from '../../src/zone/content/node-table.ts';
import type { BuiltImage, ZoneImage } from '../../src/zone/image.ts';

/** Nothing is ever given back here: every image a test holds stays as it was. */
export const space = new BlockSpace();

export const startBuild = (apex: DomainName): ImageBuild => startBuildIn(apex, space);

export function buildImage(
  apex: DomainName,
  changes: Iterable<RRsetChange>,
  serial: number,
): BuiltImage {
  const build = startBuild(apex);
  for (const change of changes) build.add(change);
  return build.finish(serial);
}

export function applyChanges(
  image: BuiltImage,
  changes: Iterable<RRsetChange>,
  serial: number,
): BuiltImage {
  const build = startEdit(image, space);
  for (const change of changes) build.add(change);
  return build.finish(serial);
}

export function withFallbackRules(
  image: BuiltImage,
  rules: readonly FallbackRule[],
  serial: number,
): BuiltImage {
  const build = startEdit(image, space);
  build.setFallbackRules(rules);
  return build.finish(serial);
}

/** Names of the image that something is stored at. */
export function storedNames(image: ZoneImage): DomainName[] {
  const { words, bytes } = image.memory;
  return [...nodesOf(image)]
    .filter((node) => hasFlag(words, node, NodeFlag.STORED))
    .map((node) => nameOf(bytes, nameAt(node)));
}

export function allNames(image: ZoneImage): DomainName[] {
  return [...nodesOf(image)].map((node) => nameOf(image.memory.bytes, nameAt(node)));
}

/** Everything an image says, in an order that does not depend on how it came to be. */
export function contentOf(image: BuiltImage): unknown {
  const { memory } = image;
  const nodes = [...nodesOf(image)].map((node) => {
    const name = nameOf(memory.bytes, nameAt(node));
    return {
      name,
      flags: flagsOf(memory.words, node),
      children: childCountOf(memory.words, node),
      hasFallback: fallbackOf(memory.words, node) !== 0,
      rrsets: rrsetsOf(memory.words, node).flatMap((rrset) =>
        formatRRset(readRRset(memory, rrset, name)),
      ),
    };
  });
  nodes.sort((left, right) => (left.name < right.name ? -1 : 1));
  const { serial, cutCount, cappedCount, storedCount, nodeCount } = image;
  return { nodes, serial, cutCount, cappedCount, storedCount, nodeCount };
}
