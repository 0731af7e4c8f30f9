/**
 * An installation without Helm: definitions and rendered chart -> a running control plane. Every step
 * brings what is there to what is wanted, so twice is once; what an earlier one made and this one has
 * no more goes.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { objectPath } from '../api/kubefed/api-resource.ts';
import type { JsonObject } from '../api/kubefed/federated-object.ts';
import { textAt } from '../api/untyped.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import {
  CHART_KINDS,
  DEPLOYMENTS,
  inApplyOrder,
  NAMESPACES,
  nameOf,
  resourceOf,
  VALIDATING_WEBHOOKS,
} from './chart-kinds.ts';
import { LOOK_MS, SERVED_AFTER_MS } from './limits.ts';
import {
  applyObject,
  deleteObject,
  getOrNone,
  type InstallPlace,
  installedSelector,
  listObjects,
  say,
} from './object-steps.ts';
import { isOfOthers, liveDefinition } from './others-definition.ts';
import { helmRelease, isOurs, runningKubefed } from './running-kubefed.ts';
import { waitLed, waitRunning, waitServed } from './wait-for-objects.ts';

export interface WantedInstallation {
  readonly definitions: readonly JsonObject[];
  readonly objects: readonly JsonObject[];
}

const CONTROLLERS = 'kubefed-controller-manager';

/** Something there forbids it; one line says what, and what to do. */
export class InstallRefusal extends Error {
  override readonly name = 'InstallRefusal';
}

/** Throws InstallRefusal, ApiError, WaitError. */
export async function install(
  place: InstallPlace,
  wanted: WantedInstallation,
  { waits }: { readonly waits: boolean },
): Promise<void> {
  await refuseOthers(place);
  await ensureNamespace(place);
  await applyDefinitions(place, wanted.definitions);
  const objects = inApplyOrder(wanted.objects);
  for (const object of objects) {
    await replaceForeign(place, object);
    await whenServed(place, () => applyObject(place, object));
  }
  await prune(place, objects);
  if (place.isDryRun || !waits) return;
  const workloads = objects.filter((object) =>
    ['Deployment', 'StatefulSet'].includes(textAt(object, 'kind') ?? ''),
  );
  await waitRunning(place, workloads);
  const hasControllers = workloads.some((object) => nameOf(object).name === CONTROLLERS);
  if (hasControllers) await waitLed(place, CONTROLLERS);
}

/** Also alone: what the job of the chart does at an upgrade. */
export async function applyDefinitions(
  place: InstallPlace,
  definitions: readonly JsonObject[],
): Promise<void> {
  await deleteOldWebhook(place);
  for (const definition of definitions) {
    const live = isOfOthers(definition) ? await liveDefinition(place, definition) : undefined;
    if (live === undefined) await applyObject(place, definition);
    else say(place, definition, 'kept', "it is ExternalDNS's, and stays as it is");
  }
  if (place.isDryRun) return;
  await waitServed(
    { ...place, timeoutMs: SERVED_AFTER_MS },
    definitions.map((one) => nameOf(one).name),
  );
}

/**
 * KubeFed's: with its webhook gone, or replaced by ours, whose certificate it does not know, it would
 * refuse every KubeFedConfig, KubeFedCluster and FederatedTypeConfig.
 */
async function deleteOldWebhook(place: InstallPlace): Promise<void> {
  const { client, namespace } = place;
  for (const suffix of ['', `-${namespace}`]) {
    const name = `validations.core.kubefed.io${suffix}`;
    const path = objectPath(VALIDATING_WEBHOOKS, { namespace: '', name });
    const live = await getOrNone(client, path);
    if (live !== undefined) await deleteObject(place, VALIDATING_WEBHOOKS, live);
  }
}

/** Of the namespace, by which the marks on all copies are made: it is never written again. */
export function namespaceObject(namespace: string): JsonObject {
  const labels = {
    'app.kubernetes.io/name': 'fedns',
    'app.kubernetes.io/managed-by': 'fedns',
    'fedns.io/control-plane': namespace,
  };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } };
}

async function ensureNamespace(place: InstallPlace): Promise<void> {
  const object = namespaceObject(place.namespace);
  const live = await getOrNone(place.client, objectPath(NAMESPACES, nameOf(object)));
  if (live === undefined) await applyObject(place, object);
  else say(place, object, 'unchanged');
}

async function refuseOthers({ client, namespace }: InstallPlace): Promise<void> {
  const kubefed = await runningKubefed(client, namespace);
  if (kubefed !== undefined) {
    throw new InstallRefusal(`${kubefed}: scale them to 0 first, both would write the same copies`);
  }
  const path = objectPath(DEPLOYMENTS, { namespace, name: CONTROLLERS });
  const release = helmRelease(await getOrNone(client, path));
  if (release === undefined) return;
  const why = `the control plane in ${namespace} is of the Helm release ${release}`;
  throw new InstallRefusal(`${why}: helm upgrade changes it`);
}

/** KubeFed's Deployments, of which fields of other owners would stay. Their selectors are ours. */
async function replaceForeign(place: InstallPlace, object: JsonObject): Promise<void> {
  if (textAt(object, 'kind') !== 'Deployment') return;
  const live = await getOrNone(place.client, objectPath(DEPLOYMENTS, nameOf(object)));
  if (live !== undefined && !isOurs(live)) await deleteObject(place, DEPLOYMENTS, live);
}

/** A kind that was defined a moment ago may not be found yet. */
async function whenServed(place: InstallPlace, apply: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + SERVED_AFTER_MS;
  for (;;) {
    try {
      await apply();
      return;
    } catch (error) {
      const isEarly = error instanceof ApiError && error.status === 404 && !place.isDryRun;
      if (!isEarly || performance.now() > deadline) throw error;
    }
    await sleep(LOOK_MS);
  }
}

async function prune(place: InstallPlace, objects: readonly JsonObject[]): Promise<void> {
  const { namespace } = place;
  const keyOf = (object: unknown, kind: string) =>
    `${kind} ${nameOf(object).namespace}/${nameOf(object).name}`;
  const wanted = new Set(objects.map((object) => keyOf(object, resourceOf(object).kind)));
  for (const resource of [...CHART_KINDS].reverse()) {
    const options = { namespace, selector: installedSelector(namespace) };
    for (const object of await listObjects(place, resource, options)) {
      if (!wanted.has(keyOf(object, resource.kind))) await deleteObject(place, resource, object);
    }
  }
}
