/** What follows of an object and its placement before any copy is looked at. Pure. */

import { type ApiResource, nameOfKey, resourceName } from '../../api/kubefed/api-resource.ts';
import { type FederatedObject, readFederatedObject } from '../../api/kubefed/federated-object.ts';
import type { FederatedTypeConfig } from '../../api/kubefed/federated-type-config.ts';
import { valueAt } from '../../api/untyped.ts';
import { removedShape } from '../../federation/conversion/convert-template.ts';
import { type CopyMold, isNamespace, leftOut } from '../../federation/copies/member-object.ts';
import { typeRules } from '../../federation/joining/member-rules.ts';
import { type NamespaceWish, type Placed, placeObject } from '../../federation/placement.ts';
import {
  type CopyResult,
  type PropagationInputs,
  saidCopies,
} from '../../federation/propagation-status.ts';
import { lacksRight, lacksType } from '../../kubernetes/api-error.ts';
import type { FederatedClusters } from '../clusters/federated-clusters.ts';
import type { ObjectNote } from '../object-events.ts';
import type { ObjectSource } from './object-source.ts';
import type { ObjectState } from './object-state.ts';
import type { PropagatedVersions } from './propagated-versions.ts';

export interface ObjectPlansOptions {
  readonly config: FederatedTypeConfig;
  /** The status of copies goes into the federated object. */
  readonly collectsStatus: boolean;
  readonly clusters: FederatedClusters;
  readonly versions: PropagatedVersions;
  /**
   * Of a namespaced type: what is said of a namespace; undefined: not read yet. Absent where nobody
   * asks for namespaces.
   */
  readonly namespaceWish?: ((namespace: string) => NamespaceWish | 'none' | undefined) | undefined;
  readonly federationUid: string;
  /** An autoscaler has its replicas; undefined: not known yet. Absent: nobody asks. */
  readonly isAutoscaled?: ((key: string) => boolean | undefined) | undefined;
  /** Clusters where its shard leaves the answers; undefined: none. Absent: nobody asks. */
  readonly clustersLeft?: ((key: string) => ReadonlySet<string> | undefined) | undefined;
  /** Who wrote its placement and its overrides. Absent: a person. */
  readonly plannedBy?: ((key: string) => PlannedBy) | undefined;
  /** Another's business, who was told to clean up there; also while that is not known. */
  readonly isBuried?: ((cluster: string, key: string) => boolean) | undefined;
  /** Never federated: kube-system and the like, and the control plane's own. */
  readonly systemNamespaces: ReadonlySet<string>;
}

/** A person; a loop of ours, for a wish that a person has changed since; a loop, for whatever turned. */
export type PlannedBy = 'person' | 'wish' | 'turn';

/**
 * What is planned of it follows from a person's edit that its status does not know yet. What has no
 * status was not edited: it was restored, perhaps.
 */
export function isEdited(object: FederatedObject, plannedBy: PlannedBy): boolean {
  if (plannedBy !== 'person') return plannedBy === 'wish';
  const observed = valueAt(object.status, 'observedGeneration');
  return typeof observed === 'number' && observed !== object.generation;
}

/**
 * Nothing is made in members that would not be taken back: our finalizer stands first. And why an
 * object is being deleted is known before anything of it goes.
 */
export function mayTouchMembers(
  { deletion, cause, mold }: ObjectState,
  source: Pick<ObjectSource, 'isHeld'>,
): boolean {
  if (deletion === 'none') return source.isHeld(mold.object);
  return deletion !== 'delete' || cause !== undefined;
}

/** Where it is not known where an object is wanted, what is there stays as it is. */
export function isPlacementKnown({ failed, deletion }: ObjectState): boolean {
  return deletion !== 'none' || failed?.reason !== 'ComputePlacementFailed';
}

const LEFT_OUT = {
  AnnotationsNotSupported:
    'annotations of the template are not propagated, unless the type config bears the annotation fedns.io/template-annotations: "true"',
  FinalizersNotSupported: 'finalizers of the template are not propagated',
} as const;

/** What is left of an object that is gone: its name, which its copies have. */
export function goneObject(key: string): FederatedObject {
  return readFederatedObject({ metadata: nameOfKey(key) });
}

/** What its copies are made of, besides their cluster. */
export function moldOf(
  { config, clusters, ...rest }: ObjectPlansOptions,
  owner: string,
  object: FederatedObject,
): CopyMold {
  const { target, takesAnnotations } = config;
  const isScaled = isAutoscaled(rest, object.key) === true;
  const { labels: clusterLabels } = clusters;
  const leaving = rest.clustersLeft?.(object.key);
  const others = { isAutoscaled: isScaled, leaving };
  return { object, target, owner, takesAnnotations, clusterLabels, ...others };
}

/** undefined: not known yet. */
export function isAutoscaled(
  { isAutoscaled: ask }: Pick<ObjectPlansOptions, 'isAutoscaled'>,
  key: string,
): boolean | undefined {
  return ask === undefined ? false : ask(key);
}

/** Where it is wanted; undefined: what is said of its namespace was not read yet. */
export function placedOf(
  { config, clusters, namespaceWish }: ObjectPlansOptions,
  object: FederatedObject,
): Placed | undefined {
  const { isNamespaced } = config.target;
  const { placement, clusterLimit: limit } = object;
  const own = isNamespace(config.target) ? { placement, limit } : undefined;
  const namespace = isNamespaced ? namespaceWish?.(object.namespace) : own;
  if (isNamespaced && namespaceWish !== undefined && namespace === undefined) return undefined;
  return placeObject({ clusters: clusters.labels, placement, namespace });
}

/** Why nothing is ever made of it; undefined: it is federated as any other. */
export function outsideOf(
  { name, namespace }: FederatedObject,
  target: ApiResource,
  system: ReadonlySet<string>,
): Unread['failed'] {
  if (!isNamespace(target)) return undefined;
  if (name !== namespace) {
    const message = `metadata.name: must be "${namespace}": it federates the namespace in which it lies`;
    return { reason: 'InvalidName', message };
  }
  if (!system.has(name)) return undefined;
  const message = `${name} belongs to the cluster itself, or to the control plane: it is never federated`;
  return { reason: 'SystemNamespace', message };
}

/** Of what no namespace federates. */
export const NOWHERE = { clusters: new Set<string>(), limitedOut: [] } as const;

export function failureOf(placed: Placed): ObjectState['failed'] {
  switch (placed.kind) {
    case 'placed':
      return undefined;
    case 'no namespace':
      return { reason: 'NamespaceNotFederated', message: '' };
    case 'failed':
      return { reason: 'ComputePlacementFailed', message: placed.problem };
    default:
      return placed satisfies never;
  }
}

/** What a member says of a write, and the rule that our account lacks there, or which field no API server takes any more. */
export function withRemedy(message: string, { object, target }: CopyMold): string {
  if (lacksRight(message)) return `${message}; ${missingRule(target)}`;
  const shape = object.template && removedShape(object.template, target);
  return shape === undefined
    ? message
    : `${message}; spec.template.${shape.field}: ${shape.remedy}`;
}

/** The whole of it: API servers name one verb after the other. */
function missingRule(target: ApiResource): string {
  const rule = JSON.stringify(typeRules(target)[0]);
  return `missing there is the rule ${rule}: "fedns enable ${resourceName(target)}" adds it`;
}

/** Of a ready member whose copies cannot be seen; undefined: they are only being read. */
export function unreadResult(
  copies: { readonly problem: string | undefined } | undefined,
  target: ApiResource,
): CopyResult | undefined {
  if (copies === undefined) {
    return { status: 'ClientRetrievalFailed', message: 'no access is known' };
  }
  const { problem } = copies;
  if (problem === undefined) return undefined;
  const lacking = lacksType(problem)
    ? `the member does not have ${resourceName(target)} in ${target.version}`
    : undefined;
  const remedy = lacksRight(problem) ? missingRule(target) : lacking;
  const message = remedy === undefined ? problem : `${problem}; ${remedy}`;
  return { status: 'CachedRetrievalFailed', message };
}

/** Why an object cannot be planned, as its status says it. */
export type Unread = Pick<PropagationInputs, 'failed' | 'copies'>;

/** What stands in the way of planning is looked at again after, ms. */
export const UNREAD_CHECK_MS = 2000;
/** A start reads its clusters well within this, ms. */
const CLUSTERS_PATIENCE_MS = 5000;

export interface UnreadInputs {
  readonly object: FederatedObject;
  /** `not known`: the clusters were not read; undefined: nor was what is said of its namespace. */
  readonly placed: Placed | 'not known' | undefined;
  /** Of reading PropagatedVersions. */
  readonly problem: string | undefined;
  /** Since when it is tried, monotonic ms. */
  readonly sinceMs: number;
}

/** undefined: it is only being read. */
export function unreadHost(inputs: UnreadInputs): Unread | undefined {
  const { object, placed, problem, sinceMs } = inputs;
  if (placed === 'not known') {
    if (performance.now() - sinceMs < CLUSTERS_PATIENCE_MS) return undefined;
    const message = 'KubeFedClusters or their Secrets cannot be read';
    // How its copies stood when they could be seen is the best that is known.
    return { failed: { reason: 'ClusterRetrievalFailed', message }, copies: saidCopies(object) };
  }
  if (placed?.kind !== 'placed' || problem === undefined) return undefined;
  const result: CopyResult = { status: 'VersionRetrievalFailed', message: problem };
  return { failed: undefined, copies: new Map([...placed.clusters].map((name) => [name, result])) };
}

/** What a person should know of it: parts of the template that go nowhere, a name that is none. */
export function notesOf(mold: CopyMold): readonly ObjectNote[] {
  const { object, target } = mold;
  if (isNamespace(target) && object.name !== object.namespace) {
    const text = `its name must be that of its namespace, "${object.namespace}"`;
    return [{ reason: 'InvalidName', text }];
  }
  const notes: ObjectNote[] = leftOut(mold).map((reason) => ({ reason, text: LEFT_OUT[reason] }));
  const { deleteOptions } = object;
  if (deleteOptions.kind === 'good') return notes;
  // Before it is too late: until it is mended nothing of it can be deleted.
  return [...notes, { reason: 'InvalidDeleteOptions', text: deleteOptions.problem }];
}
