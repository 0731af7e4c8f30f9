/** What a zone has to say after an event, in slices. */

import { VIEW_SLICE_KEYS } from '../../limits.ts';
import type { ZoneUpdate } from './view-update.ts';
import type { ZoneIndex } from './zone-index.ts';

export function* settled(
  zone: ZoneIndex,
  revision = zone.lastChangedRevision,
): Generator<void, ZoneUpdate, undefined> {
  while (zone.dirtyCount > 0) {
    zone.settle(VIEW_SLICE_KEYS);
    yield;
  }
  const changes = zone.takeNews();
  // Content that differs although no revision did: replaced data. It needs a revision of its own.
  if (changes.length > 0) zone.lastChangedRevision = Math.max(zone.lastChangedRevision, revision);
  const { apex, lastChangedRevision } = zone;
  return { apex, kind: 'changes', changes, lastChangedRevision };
}

/** All slices in one turn. */
export function atOnce<T>(steps: Generator<void, T, undefined>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
