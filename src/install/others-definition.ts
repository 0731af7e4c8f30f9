/**
 * The one definition that we ship and that is another's: ExternalDNS's DNSEndpoint. It is made where it is
 * missing; one that is there stays as it is, whoever made it, and goes only if it is as we made it.
 */

import { objectPath } from '../api/kubefed/api-resource.ts';
import type { JsonObject } from '../api/kubefed/federated-object.ts';
import { listAt, textAt, valueAt } from '../api/untyped.ts';
import { DEFINITIONS, nameOf } from './chart-kinds.ts';
import { getOrNone, type InstallPlace } from './object-steps.ts';

/** In the shipped definition: how it is known again. */
const SHIPPED = 'fedns.io/shipped';
/** Of `fedns install`, and of Helm with our chart. */
const OUR_MANAGERS: ReadonlySet<string | undefined> = new Set(['fedns', 'helm']);

export function isOfOthers(definition: unknown): boolean {
  return textAt(definition, 'spec', 'group') === 'externaldns.k8s.io';
}

/** undefined: it is not there. */
export function liveDefinition(place: InstallPlace, definition: JsonObject): Promise<unknown> {
  const path = objectPath(DEFINITIONS, { namespace: '', name: nameOf(definition).name });
  return getOrNone(place.client, path);
}

/** Those that may go: of others' what we made, and nobody has written since. */
export async function ourDefinitions(
  place: InstallPlace,
  definitions: readonly JsonObject[],
): Promise<readonly JsonObject[]> {
  const ours: JsonObject[] = [];
  for (const definition of definitions) {
    const isLeft = isOfOthers(definition) && !isMade(await liveDefinition(place, definition));
    if (!isLeft) ours.push(definition);
  }
  return ours;
}

function isMade(live: unknown): boolean {
  const isShipped = textAt(live, 'metadata', 'annotations', SHIPPED) === 'true';
  const writers = listAt(live, 'metadata', 'managedFields').filter(
    (one) => valueAt(one, 'fieldsV1', 'f:spec') !== undefined,
  );
  return isShipped && writers.every((one) => OUR_MANAGERS.has(textAt(one, 'manager')));
}
