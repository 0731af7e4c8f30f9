/** What zones have to say after an event: said in slices, taken at once. */

import { VIEW_SLICE_KEYS } from '../../limits.ts';
import type { ZoneUpdate } from './view-update.ts';
import type { ZoneIndex } from './zone-index.ts';

/** Before anything is taken: should this fail, all of it is still to be told. */
export function* settleAll(zones: Iterable<ZoneIndex>): Generator<void, void, undefined> {
  for (const zone of zones) {
    while (zone.dirtyCount > 0) {
      zone.settle(VIEW_SLICE_KEYS);
      yield;
    }
  }
}

export function takeUpdate(zone: ZoneIndex, revision = zone.lastChangedRevision): ZoneUpdate {
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
