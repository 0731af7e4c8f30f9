/**
 * An image + changes -> the next image, sharing what did not change. The image before goes on
 * answering meanwhile. Cost: the touched buckets, and one copy of the directory.
 */

import type { FallbackRule } from '../dns/fallback-rule.ts';
import type { RRsetChange } from '../dns/rrset-change.ts';
import { ImageEdit } from './content/image-edit.ts';
import type { ZoneImage } from './image.ts';

export function applyChanges(
  image: ZoneImage,
  changes: Iterable<RRsetChange>,
  serial: number,
): ZoneImage {
  const edit = new ImageEdit(image.apex, image);
  for (const change of changes) edit.change(change);
  return edit.finish(serial);
}

/** The same content under other fallback rules. */
export function withFallbackRules(
  image: ZoneImage,
  rules: readonly FallbackRule[],
  serial: number,
): ZoneImage {
  const edit = new ImageEdit(image.apex, image);
  edit.setFallbackRules(rules);
  return edit.finish(serial);
}
