/** RRsetChanges -> a new ZoneImage, at once or in slices (a big zone must not stop its thread). */

import type { FallbackRule } from '../dns/fallback-rule.ts';
import type { DomainName } from '../dns/name.ts';
import type { RRsetChange } from '../dns/rrset-change.ts';
import { ImageEdit } from './content/image-edit.ts';
import type { ZoneImage } from './image.ts';

export interface ImageBuild {
  /** A later change of the same owner replaces the earlier. */
  add(changes: Iterable<RRsetChange>): void;
  /** Replaces all rules of before. */
  setFallbackRules(rules: readonly FallbackRule[]): void;
  /** Questions may hold `*` and `any`: zones in subtree mode. */
  allowQueryWildcards(): void;
  /** The image; the build must not be used any more. */
  finish(serial: number): ZoneImage;
}

export function startBuild(apex: DomainName): ImageBuild {
  const edit = new ImageEdit(apex);
  return {
    add(changes) {
      for (const change of changes) edit.change(change);
    },
    setFallbackRules: (rules) => edit.setFallbackRules(rules),
    allowQueryWildcards() {
      edit.hasQueryWildcards = true;
    },
    finish: (serial) => edit.finish(serial),
  };
}

export function buildImage(
  apex: DomainName,
  changes: Iterable<RRsetChange>,
  serial: number,
): ZoneImage {
  const build = startBuild(apex);
  build.add(changes);
  return build.finish(serial);
}
