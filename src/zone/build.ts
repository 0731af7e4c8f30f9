/** RRsetChanges -> a new BuiltImage, at once or in slices (a big zone must not stop its thread). */

import type { FallbackRule } from '../dns/fallback-rule.ts';
import type { DomainName } from '../dns/name.ts';
import type { RRsetChange } from '../dns/rrset-change.ts';
import { BlockSpace } from './content/block-space.ts';
import { ImageEdit } from './content/image-edit.ts';
import type { BuiltImage } from './image.ts';

export interface ImageBuild {
  /** A later change of the same owner replaces the earlier. */
  add(change: RRsetChange): void;
  /** Replaces all rules of before. */
  setFallbackRules(rules: readonly FallbackRule[]): void;
  /** Questions may hold `*` and `any`: zones in subtree mode. */
  allowQueryWildcards(): void;
  /** The image; the build must not be used any more. */
  finish(serial: number): BuiltImage;
  /** Gives the build up: its blocks are free again, and it must not be used any more. */
  abandon(): void;
}

/** Without `space`, in memory of its own. */
export function startBuild(apex: DomainName, space: BlockSpace = new BlockSpace()): ImageBuild {
  return buildOf(new ImageEdit(apex, space));
}

/** The next image, beside the one it starts from. */
export function startEdit(image: BuiltImage, space: BlockSpace): ImageBuild {
  return buildOf(new ImageEdit(image.apex, space, image));
}

export function buildImage(
  apex: DomainName,
  changes: Iterable<RRsetChange>,
  serial: number,
  space: BlockSpace = new BlockSpace(),
): BuiltImage {
  const build = startBuild(apex, space);
  for (const change of changes) build.add(change);
  return build.finish(serial);
}

function buildOf(edit: ImageEdit): ImageBuild {
  return {
    add: (change) => edit.change(change),
    setFallbackRules: (rules) => edit.setFallbackRules(rules),
    allowQueryWildcards() {
      edit.hasQueryWildcards = true;
    },
    finish: (serial) => edit.finish(serial),
    abandon: () => edit.abandon(),
  };
}
