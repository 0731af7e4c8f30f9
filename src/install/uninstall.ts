/**
 * The end of an installation: federated objects first, if a person says what becomes of their copies;
 * then all that it made, from the end. Definitions stay unless asked for, for all objects of their
 * kinds would go with them.
 */

import { TOMBSTONES } from '../api/copy-tombstone.ts';
import { objectPath, resourceName } from '../api/kubefed/api-resource.ts';
import type { JsonObject } from '../api/kubefed/federated-object.ts';
import { listAt, textAt } from '../api/untyped.ts';
import { FEDERATED_API } from '../federation/federated-types/federated-resource.ts';
import { METADATA_LIST } from '../kubernetes/api-client.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import {
  CHART_KINDS,
  DEFINITIONS,
  DEPLOYMENTS,
  KUBEFED_CLUSTERS,
  LEASES,
  NAMESPACES,
  nameOf,
  PODS,
  STATEFUL_SETS,
  TYPE_CONFIGS,
} from './chart-kinds.ts';
import {
  describeFederated,
  endFederated,
  listFederated,
  resourceOfDefinition,
  type Workloads,
} from './federated-left.ts';
import { InstallRefusal } from './install.ts';
import { LET_GO_MS } from './limits.ts';
import {
  deleteObject,
  getOrNone,
  type InstallPlace,
  installedSelector,
  listObjects,
  say,
  withKind,
} from './object-steps.ts';
import { ourDefinitions } from './others-definition.ts';
import { helmRelease } from './running-kubefed.ts';
import { WaitError, waitUntil } from './wait-for-objects.ts';

export interface UninstallWish {
  readonly workloads?: Workloads | undefined;
  /** What to define was shipped; undefined: definitions stay. */
  readonly definitions?: readonly JsonObject[] | undefined;
}

const CONTROLLERS = 'kubefed-controller-manager';
const TYPE_FINALIZER = 'core.kubefed.io/federated-type-config';

/** Throws InstallRefusal, ApiError, WaitError. */
export async function uninstall(place: InstallPlace, wish: UninstallWish): Promise<void> {
  const path = objectPath(DEPLOYMENTS, { namespace: place.namespace, name: CONTROLLERS });
  const release = helmRelease(await getOrNone(place.client, path));
  if (release !== undefined) {
    const why = `the control plane in ${place.namespace} is of the Helm release ${release}`;
    throw new InstallRefusal(`${why}: helm uninstall takes it away`);
  }
  await endWorkloads(place, wish.workloads);
  const definitions = wish.definitions && (await ourDefinitions(place, wish.definitions));
  if (definitions !== undefined) await refuseInstances(place, definitions);
  const ended = await endTypes(place);
  for (const resource of [...CHART_KINDS].reverse()) {
    await deleteInstalled(place, resource);
    // What they may stays until they have ended: they let go of the lock, and finish what they began.
    if (resource === STATEFUL_SETS) await waitEnded(place);
  }
  await letTypesGo(place, ended);
  await deleteLock(place);
  if (definitions !== undefined) await deleteDefinitions(place, definitions);
  await deleteNamespace(place);
}

/** Also alone: what the job of the chart does before Helm takes the release away. */
export async function endTypesOfRelease(
  place: InstallPlace,
  workloads: Workloads | undefined,
): Promise<void> {
  await endWorkloads(place, workloads);
  const every = await listObjects(place, TYPE_CONFIGS, { namespace: place.namespace });
  await deleteTypes(place, every);
}

async function endWorkloads(place: InstallPlace, workloads: Workloads | undefined): Promise<void> {
  const left = describeFederated(await listFederated(place));
  if (left !== undefined && workloads === undefined) {
    const how =
      '--workloads=orphan leaves their copies running, --workloads=delete takes them away';
    throw new InstallRefusal(`federated objects exist (${left}): ${how}`);
  }
  if (workloads !== undefined) await endFederated(place, workloads);
  await tellUnreached(place);
}

/** Members that were away when their copies were to go: nobody else would tell a person of them. */
async function tellUnreached(place: InstallPlace): Promise<void> {
  const { namespace } = place;
  const counts = new Map<string, number>();
  for (const object of await listObjects(place, TOMBSTONES, { namespace })) {
    const cluster = textAt(object, 'spec', 'cluster') ?? '';
    counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
  }
  for (const [cluster, count] of counts) {
    const what = `${cluster}: ${count} copies stay there, for it cannot be reached`;
    const how = `the controllers take them away, without these fedns unjoin ${cluster} --cascade`;
    place.say(`${what}: once it is back, ${how}`);
  }
}

/** Gives their uids. */
async function endTypes(place: InstallPlace): Promise<ReadonlySet<string>> {
  const { namespace } = place;
  const selector = installedSelector(namespace);
  const types = await listObjects(place, TYPE_CONFIGS, { namespace, selector });
  await deleteTypes(place, types);
  return new Set(types.map(uidOf));
}

function uidOf(object: unknown): string {
  return textAt(object, 'metadata', 'uid') ?? '';
}

/** While the controllers run: they stop each type, and let go of it. */
async function deleteTypes(place: InstallPlace, types: readonly unknown[]): Promise<void> {
  for (const object of types) await deleteObject(place, TYPE_CONFIGS, object);
  if (place.isDryRun || types.length === 0) return;
  const uids = new Set(types.map(uidOf));
  try {
    await waitUntil({ ...place, timeoutMs: LET_GO_MS }, async () => {
      const all = await listObjects(place, TYPE_CONFIGS, { namespace: place.namespace });
      const left = all.filter((object) => uids.has(uidOf(object)));
      return left.length === 0 ? undefined : `the controllers to stop ${left.length} types`;
    });
  } catch (error) {
    if (!(error instanceof WaitError)) throw error;
    place.say('the controllers do not answer: types are taken away without them');
  }
}

/** Nobody is there any more to take the finalizer away. Those of `ended` go, also where a dry run left them. */
async function letTypesGo(place: InstallPlace, ended: ReadonlySet<string>): Promise<void> {
  for (const object of await listObjects(place, TYPE_CONFIGS, { namespace: place.namespace })) {
    const before = listAt(object, 'metadata', 'finalizers');
    const finalizers = before.filter((one) => one !== TYPE_FINALIZER);
    const resourceVersion = textAt(object, 'metadata', 'resourceVersion');
    if (finalizers.length < before.length && !place.isDryRun) {
      const path = objectPath(TYPE_CONFIGS, nameOf(object));
      await orGone(place.client.patch(path, { metadata: { resourceVersion, finalizers } }));
    }
    const isGoing = textAt(object, 'metadata', 'deletionTimestamp') !== undefined;
    if (isGoing || ended.has(uidOf(object))) continue;
    say(place, withKind(object, TYPE_CONFIGS), 'kept', 'no installation made it');
  }
}

async function deleteInstalled(
  place: InstallPlace,
  resource: (typeof CHART_KINDS)[number],
): Promise<void> {
  const { namespace } = place;
  if (resource === TYPE_CONFIGS) return;
  const options = { namespace, selector: installedSelector(namespace) };
  for (const object of await listObjects(place, resource, options)) {
    await deleteObject(place, resource, object);
  }
}

async function waitEnded(place: InstallPlace): Promise<void> {
  if (place.isDryRun) return;
  const { namespace } = place;
  const selector = installedSelector(namespace);
  await waitUntil(place, async () => {
    const pods = await listObjects(place, PODS, { namespace, selector, accept: METADATA_LIST });
    return pods.length === 0 ? undefined : `${pods.length} pods to end`;
  });
}

async function deleteLock(place: InstallPlace): Promise<void> {
  const { namespace } = place;
  const lock = await getOrNone(place.client, objectPath(LEASES, { namespace, name: CONTROLLERS }));
  if (lock !== undefined) await deleteObject(place, LEASES, lock);
}

/** What would go with its definition, beside what an uninstallation takes away itself. */
async function refuseInstances(
  place: InstallPlace,
  definitions: readonly JsonObject[],
): Promise<void> {
  const counts: string[] = [];
  for (const resource of definitions.map(resourceOfDefinition)) {
    // A dry run has left the federated objects there that were to end before.
    const isEnded = place.isDryRun && resource.group === FEDERATED_API.group;
    if (OWN_KINDS.has(resource.kind) || isEnded) continue;
    const objects = await listObjects(place, resource, { accept: METADATA_LIST });
    if (objects.length > 0) counts.push(`${objects.length} ${resource.kind}`);
  }
  if (counts.length === 0) return;
  const why = 'their definitions would take along';
  throw new InstallRefusal(`--delete-crds: ${why} ${counts.join(', ')}: delete these first`);
}

/** Ours alone: memory of what is gone by then, and what the chart makes. */
const OWN_KINDS: ReadonlySet<string> = new Set([
  'KubeFedConfig',
  'FederatedTypeConfig',
  'PropagatedVersion',
  'ClusterPropagatedVersion',
  'FederatedServiceStatus',
]);

async function deleteDefinitions(
  place: InstallPlace,
  definitions: readonly JsonObject[],
): Promise<void> {
  const shipped = new Set(definitions.map((one) => nameOf(one).name));
  for (const definition of await listObjects(place, DEFINITIONS)) {
    const { group } = resourceOfDefinition(definition);
    const isOurs = shipped.has(nameOf(definition).name) || group === FEDERATED_API.group;
    if (isOurs) await deleteObject(place, DEFINITIONS, definition);
  }
}

/** Only the one that an installation made, and only where no member's access lies in it. */
async function deleteNamespace(place: InstallPlace): Promise<void> {
  const { namespace, client } = place;
  const live = await getOrNone(client, objectPath(NAMESPACES, { namespace: '', name: namespace }));
  if (live === undefined) return;
  const isMade = textAt(live, 'metadata', 'labels', 'app.kubernetes.io/managed-by') === 'fedns';
  if (!isMade) return say(place, live, 'kept', 'no installation made it');
  const clusters = await listObjects(place, KUBEFED_CLUSTERS, { namespace });
  if (clusters.length > 0) {
    const what = `${clusters.length} ${resourceName(KUBEFED_CLUSTERS)}`;
    return say(
      place,
      live,
      'kept',
      `it holds ${what} with their tokens: fedns unjoin takes them away`,
    );
  }
  await deleteObject(place, NAMESPACES, live);
  if (place.isDryRun) return;
  await waitUntil(place, async () => {
    const left = await getOrNone(
      client,
      objectPath(NAMESPACES, { namespace: '', name: namespace }),
    );
    return left === undefined ? undefined : `the end of Namespace ${namespace}`;
  });
}

async function orGone(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    const isPassed = error instanceof ApiError && (error.status === 404 || error.status === 409);
    if (!isPassed) throw error;
  }
}
