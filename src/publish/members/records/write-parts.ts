/**
 * What is to be written, in parts: so many names at once that nobody waits long for a turn of the
 * loop, and two parts at a time, for one is planned while the store takes the other.
 */

import { serviceKeyOf } from '../../../discovery/owner-names.ts';
import { WRITE_AT_ONCE } from '../../limits.ts';
import type { OwnerChange } from '../service-plans.ts';

/** Parts to be written together, one such round after the other. */
export function writeParts(
  changes: readonly OwnerChange[],
): Iterable<readonly (readonly OwnerChange[])[]> {
  return inPairs(wholeServices(changes));
}

/** The names of a service together. */
function* wholeServices(
  changes: readonly OwnerChange[],
): Generator<readonly OwnerChange[], void, undefined> {
  let some: OwnerChange[] = [];
  for (const ofService of Map.groupBy(changes, ({ owner }) => serviceKeyOf(owner)).values()) {
    some.push(...ofService);
    if (some.length < WRITE_AT_ONCE) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

/**
 * Parts that are written together: one is planned while the store takes the other. One that takes
 * names out by itself, for each such commit stands on the one before.
 */
function* inPairs(
  parts: Iterable<readonly OwnerChange[]>,
): Generator<(readonly OwnerChange[])[], void, undefined> {
  let waiting: readonly OwnerChange[] | undefined;
  for (const part of parts) {
    const isAlone = part.some(({ wanted }) => (wanted?.rrsets ?? []).length === 0);
    if (isAlone) {
      if (waiting !== undefined) yield [waiting];
      waiting = undefined;
      yield [part];
    } else if (waiting === undefined) {
      waiting = part;
    } else {
      yield [waiting, part];
      waiting = undefined;
    }
  }
  if (waiting !== undefined) yield [waiting];
}

/** Once all have ended, well or not: what one of them throws. */
export async function allOf<T>(running: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(running);
  return Promise.all(running);
}
