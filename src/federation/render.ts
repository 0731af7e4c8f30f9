/**
 * What each member would get of federated objects, or why nothing: the same placement and the same
 * making of copies as the engine's, without a live cluster. Pure.
 *
 * Two marks are left out, for only a live federation knows them: whose copy it is (`fedns.io/owner`
 * holds a uid) and whether we made a namespace (`fedns.io/created`; it may be there already). What a
 * member fills in and owns is not there either: a first write is shown.
 *
 * Source: specs of KubeFed 0.10, "Sync controller", Status.
 */

import type { FederatedObject, JsonObject } from '../api/kubefed/federated-object.ts';
import type { CopyStatus } from './copies/copy-plan.ts';
import {
  type CopyMold,
  CREATED_ANNOTATION,
  isNamespace,
  leftOut,
  memberObject,
  OWNER_ANNOTATION,
  templateProblem,
} from './copies/member-object.ts';
import { objectAt } from './copies/retained-fields.ts';
import { SYSTEM_NAMESPACES } from './federated-types/federated-namespace.ts';
import type { ManifestType } from './federated-types/type-of-manifest.ts';
import {
  type ClusterLabels,
  type NamespaceWish,
  type Placed,
  placeObject,
  selectClusters,
} from './placement.ts';
import type { PropagationReason } from './propagation-status.ts';

export interface RenderedCluster {
  readonly labels: ReadonlyMap<string, string>;
  readonly isReady: boolean;
}

export interface RenderSource {
  /** `FederatedDeployment`. */
  readonly kind: string;
  readonly object: FederatedObject;
  readonly type: ManifestType;
}

export interface RenderInputs {
  /** By name; all that are registered. */
  readonly clusters: ReadonlyMap<string, RenderedCluster>;
  /** All there are: FederatedNamespaces are looked for among them. */
  readonly sources: readonly RenderSource[];
  /** Of the federation; of a namespace's own federation no FederatedNamespace is asked for. */
  readonly scope: 'Cluster' | 'Namespaced';
  /** Of the control plane: never federated. */
  readonly controlPlaneNamespace: string;
}

/** KubeFed's words where it has one; the others are of what it does in silence. */
export type RenderReason =
  | CopyStatus
  | PropagationReason
  /** Neither named nor selected. */
  | 'NotPlaced'
  /** KubeFed's event: a FederatedNamespace that does not bear its namespace's name. */
  | 'InvalidName'
  | 'SystemNamespace'
  /** Its FederatedTypeConfig says so. */
  | 'PropagationDisabled';

export interface RenderedCopy {
  readonly source: RenderSource;
  readonly cluster: string;
  /** undefined: it gets none. */
  readonly object: JsonObject | undefined;
  /** Empty: it gets one. */
  readonly reason: RenderReason;
  /** Why, for people; empty where the word says all. */
  readonly message: string;
}

/** By cluster, then in the order of the sources. */
export function renderCopies(inputs: RenderInputs): RenderedCopy[] {
  const labels: ClusterLabels = new Map(
    [...inputs.clusters].map(([name, cluster]) => [name, cluster.labels]),
  );
  const looked = inputs.sources.map((source) => lookAt(source, inputs, labels));
  return [...inputs.clusters].sort(byName).flatMap(([name, { isReady }]) =>
    looked.map((one): RenderedCopy => {
      const { object, reason, message = '' } = copyIn(name, isReady, one);
      return { source: one.source, cluster: name, object, reason, message };
    }),
  );
}

/** What of a source's template no member gets, as KubeFed's events say it. */
export function leftOutOf(source: RenderSource): readonly string[] {
  return leftOut(moldOf(source, new Map()));
}

/** Names in its placement that no registered cluster has: they select nothing. */
export function unknownClusters({ object }: RenderSource, known: ClusterLabels): string[] {
  if (object.placement.kind === 'bad') return [];
  return (object.placement.value.clusters ?? []).filter((name) => !known.has(name));
}

interface Looked {
  readonly source: RenderSource;
  /** Of all clusters alike. */
  readonly nowhere: Outcome | undefined;
  readonly placed: Placed;
  /** By its own placement alone; the same as `placed` where no namespace has a say. */
  readonly own: Placed;
  readonly clusters: ClusterLabels;
}

interface Outcome {
  readonly object: JsonObject | undefined;
  readonly reason: RenderReason;
  readonly message?: string;
}

function lookAt(source: RenderSource, inputs: RenderInputs, clusters: ClusterLabels): Looked {
  const { placement, namespace, clusterLimit: limit } = source.object;
  const asksNamespace = source.type.target.isNamespaced && inputs.scope === 'Cluster';
  const itself = isNamespace(source.type.target) ? { placement, limit } : undefined;
  const wish = asksNamespace ? namespaceWish(namespace, inputs.sources) : itself;
  const placed = placeObject({ clusters, placement, namespace: wish });
  const own = selectClusters(placement, clusters);
  return { source, nowhere: whyNowhere(source, inputs, placed), placed, own, clusters };
}

function whyNowhere(source: RenderSource, inputs: RenderInputs, placed: Placed) {
  const { object, type } = source;
  const { name, namespace } = object;
  if (!type.isPropagating) return none('PropagationDisabled');
  if (object.deletion !== 'none') return none('WaitingForRemoval', 'it is being deleted');
  if (isNamespace(type.target)) {
    if (name !== namespace) return none('InvalidName', `its namespace is "${namespace}"`);
    const isSystem = SYSTEM_NAMESPACES.includes(name) || name === inputs.controlPlaneNamespace;
    if (isSystem) return none('SystemNamespace');
  }
  if (placed.kind === 'no namespace') return none('NamespaceNotFederated');
  if (placed.kind === 'failed') return none('ComputePlacementFailed', placed.problem);
  return undefined;
}

function copyIn(cluster: string, isReady: boolean, looked: Looked): Outcome {
  const { source, nowhere, placed, own } = looked;
  if (nowhere !== undefined) return nowhere;
  const has = (one: Placed) => one.kind === 'placed' && one.clusters.has(cluster);
  if (!has(placed)) {
    const isLimited = placed.kind === 'placed' && placed.limitedOut.includes(cluster);
    if (isLimited) return none('NotPlaced', 'clusterLimit of its namespace leaves it out');
    return none('NotPlaced', has(own) ? 'its FederatedNamespace is not placed there' : '');
  }
  if (!isReady) return none('ClusterNotReady');
  const problem = templateProblem(source.object);
  if (problem !== undefined) return none('ComputeResourceFailed', problem);
  const made = memberObject(moldOf(source, looked.clusters), cluster, undefined);
  if (made.kind === 'bad') return none('ApplyOverridesFailed', made.problem);
  return { object: withoutLiveMarks(made.value), reason: '' };
}

function none(reason: RenderReason, message = ''): Outcome {
  return { object: undefined, reason, message };
}

function moldOf({ object, type }: RenderSource, clusterLabels: ClusterLabels): CopyMold {
  const { target, takesAnnotations } = type;
  return { object, target, takesAnnotations, owner: '', clusterLabels };
}

function namespaceWish(
  namespace: string,
  sources: readonly RenderSource[],
): NamespaceWish | 'none' {
  const found = sources.find(
    ({ type, object }) =>
      isNamespace(type.target) && object.namespace === namespace && object.name === namespace,
  );
  return found === undefined
    ? 'none'
    : { placement: found.object.placement, limit: found.object.clusterLimit };
}

/** In the order in which people write it. */
function withoutLiveMarks({ apiVersion, kind, metadata: said, ...rest }: JsonObject): JsonObject {
  const { name, namespace, annotations: given, ...metadata } = objectAt(said);
  const {
    [OWNER_ANNOTATION]: _owner,
    [CREATED_ANNOTATION]: _created,
    ...annotations
  } = objectAt(given);
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...metadata,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    ...rest,
  };
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}
