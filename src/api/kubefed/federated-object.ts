/**
 * A Federated<Kind> (types.kubefed.io/v1beta1) cut down to what its copies are made of. What a
 * person got wrong in one part is that part's problem: the rest stands.
 *
 * Source: specs of KubeFed 0.10, "Federated<Kind>".
 */

import { type LabelSelector, readLabelSelector } from '../label-selector.ts';
import { bad, good, type Read } from '../read.ts';
import { listAt, textAt, textMapAt, valueAt } from '../untyped.ts';
import { keyOfObject, type ObjectName } from './api-resource.ts';
import { GO_DURATION_MS_MAX, readGoDuration } from './go-duration.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface PlacementWish {
  /** Just these, even none; undefined: the selector decides. */
  readonly clusters: readonly string[] | undefined;
  /** undefined: selects none. */
  readonly selector: LabelSelector | undefined;
}

export interface Override {
  readonly op: 'add' | 'remove' | 'replace';
  /** JSON pointer; or what a person wrote instead, told of where it is applied. */
  readonly path: string;
  readonly value: unknown;
  /** Where it stands in the object: `spec.overrides[0].clusterOverrides[1]`. */
  readonly field: string;
}

export interface SelectorOverride {
  readonly selector: LabelSelector;
  readonly overrides: readonly Override[];
}

export interface Rollout {
  /** So many are changed and not known to be well at once. */
  readonly maxClusters: number;
  /** Between one cluster's change and the next, ms. */
  readonly pauseMs: number;
}

export interface FederatedObject extends ObjectName {
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly template: JsonObject | undefined;
  readonly placement: Read<PlacementWish>;
  /** By cluster, in their order. */
  readonly overrides: Read<ReadonlyMap<string, readonly Override[]>>;
  /** Ours: of every cluster that is selected, before its own. */
  readonly selectorOverrides: Read<readonly SelectorOverride[]>;
  readonly retainsReplicas: boolean;
  /** Ours, of a FederatedNamespace: no object in the namespace is placed beyond these clusters. */
  readonly clusterLimit: Read<LabelSelector> | undefined;
  /** Ours: changes go to a few clusters at a time. */
  readonly rollout: Rollout | undefined;
  /** Ours: nothing of it is written into any member. */
  readonly isPaused: boolean;
  /** Of a Job: how clusters share it, as it was written; undefined: each gets the whole of it. */
  readonly jobPreferences: string | undefined;
  /** Of an autoscaler: clusters share its limits, and do not each get them whole. */
  readonly sharesLimits: boolean;
  /** Asked for by a delete of the object itself. */
  readonly deletion: 'none' | 'delete' | 'orphan';
  /** Of a deletion: since when, ms of the API server's clock. */
  readonly deletedAtMs: number | undefined;
  /** DeleteOptions for the copies. */
  readonly deleteOptions: Read<JsonObject>;
  readonly finalizers: readonly string[];
  /** As it was written last. */
  readonly status: unknown;
  /** `spec.template` and `spec.overrides` as they stand: PropagatedVersion's hashes are of these. */
  readonly said: { readonly template: unknown; readonly overrides: unknown };
}

/** With the value "true": what is deleted here stays in the members. */
export const ORPHAN_ANNOTATION = 'kubefed.io/orphan';
/** JSON DeleteOptions. */
export const DELETE_OPTIONS_ANNOTATION = 'kubefed.io/deleteoption';
/** Ours, with the value "true": nothing of the object is written into any member. */
export const PAUSED_ANNOTATION = 'fedns.io/paused';
/** Federation v1's, of a Job: JSON (job-preferences.ts). */
export const JOB_PREFERENCES_ANNOTATION = 'federation.kubernetes.io/job-preferences';
/** Ours, of an autoscaler, with the value "true". Federation v1 shared the limits of every one. */
const SHARE_LIMITS_ANNOTATION = 'fedns.io/share-limits';
/** Held until the copies are gone. */
export const SYNC_FINALIZER = 'kubefed.io/sync-controller';

/** Moving a copy elsewhere, or making it another kind, is not overriding it. */
export const FORBIDDEN_PATHS: ReadonlySet<string> = new Set([
  '/metadata/namespace',
  '/metadata/name',
  '/metadata/generateName',
  '/kind',
]);

export function readFederatedObject(object: unknown): FederatedObject {
  const name = textAt(object, 'metadata', 'name') ?? '';
  const namespace = textAt(object, 'metadata', 'namespace') ?? '';
  const annotations = textMapAt(object, 'metadata', 'annotations');
  const template = valueAt(object, 'spec', 'template');
  const overrides = valueAt(object, 'spec', 'overrides');
  const deletedAt = textAt(object, 'metadata', 'deletionTimestamp');
  const isDeleting = deletedAt !== undefined;
  const isOrphaning = annotations.get(ORPHAN_ANNOTATION) === 'true';
  return {
    key: keyOfObject({ namespace, name }),
    namespace,
    name,
    uid: textAt(object, 'metadata', 'uid') ?? '',
    resourceVersion: textAt(object, 'metadata', 'resourceVersion') ?? '',
    generation: Number(valueAt(object, 'metadata', 'generation') ?? 0),
    template: isJsonObject(template) ? template : undefined,
    placement: readPlacement(valueAt(object, 'spec', 'placement')),
    overrides: readOverrides(overrides),
    selectorOverrides: readSelectorOverrides(valueAt(object, 'spec', 'selectorOverrides')),
    clusterLimit: readLimit(valueAt(object, 'spec', 'clusterLimit')),
    rollout: readRollout(valueAt(object, 'spec', 'rollout')),
    isPaused: annotations.get(PAUSED_ANNOTATION) === 'true',
    jobPreferences: annotations.get(JOB_PREFERENCES_ANNOTATION),
    sharesLimits: annotations.get(SHARE_LIMITS_ANNOTATION) === 'true',
    retainsReplicas: valueAt(object, 'spec', 'retainReplicas') === true,
    deletion: isDeleting ? (isOrphaning ? 'orphan' : 'delete') : 'none',
    deletedAtMs: deletedAt === undefined ? undefined : Date.parse(deletedAt),
    deleteOptions: readDeleteOptions(annotations.get(DELETE_OPTIONS_ANNOTATION)),
    finalizers: listAt(object, 'metadata', 'finalizers').map(String),
    status: valueAt(object, 'status'),
    said: { template, overrides },
  };
}

/** Names, even none of them, win over a selector; `{}` selects all. */
export function readPlacement(placement: unknown): Read<PlacementWish> {
  const clusters = valueAt(placement, 'clusters');
  const said = valueAt(placement, 'clusterSelector');
  const selector = isJsonObject(said) ? readLabelSelector(said) : undefined;
  if (selector?.kind === 'bad') {
    return bad(`spec.placement.clusterSelector.${selector.problem}`);
  }
  const names = Array.isArray(clusters)
    ? clusters.flatMap((one) => textAt(one, 'name') ?? [])
    : undefined;
  return good({ clusters: names, selector: selector?.value });
}

function readOverrides(said: unknown): Read<ReadonlyMap<string, readonly Override[]>> {
  const byCluster = new Map<string, readonly Override[]>();
  for (const [index, one] of listAt(said).entries()) {
    const at = `spec.overrides[${index}]`;
    const cluster = textAt(one, 'clusterName') ?? '';
    if (cluster === '') return bad(`${at}.clusterName: is missing`);
    if (byCluster.has(cluster)) return bad(`${at}.clusterName: "${cluster}" stands twice`);
    const read = readClusterOverrides(one, `${at}.clusterOverrides`);
    if (read.kind === 'bad') return read;
    byCluster.set(cluster, read.value);
  }
  return good(byCluster);
}

function readSelectorOverrides(said: unknown): Read<readonly SelectorOverride[]> {
  const found: SelectorOverride[] = [];
  for (const [index, one] of listAt(said).entries()) {
    const at = `spec.selectorOverrides[${index}]`;
    const selector = readLabelSelector(valueAt(one, 'clusterSelector'));
    if (selector.kind === 'bad') return bad(`${at}.clusterSelector.${selector.problem}`);
    const overrides = readClusterOverrides(one, `${at}.clusterOverrides`);
    if (overrides.kind === 'bad') return overrides;
    found.push({ selector: selector.value, overrides: overrides.value });
  }
  return good(found);
}

function readLimit(said: unknown): Read<LabelSelector> | undefined {
  if (!isJsonObject(said)) return undefined;
  const read = readLabelSelector(said);
  return read.kind === 'bad' ? bad(`spec.clusterLimit.${read.problem}`) : read;
}

/**
 * Without a number of clusters it is as if it were not said. A pause that cannot be read, for it is
 * longer than any, is the longest: too slow is mended sooner than too fast.
 */
function readRollout(said: unknown): Rollout | undefined {
  const maxClusters = valueAt(said, 'maxClusters');
  if (typeof maxClusters !== 'number' || maxClusters < 1) return undefined;
  return {
    maxClusters,
    pauseMs: readGoDuration(textAt(said, 'pause') ?? '0s') ?? GO_DURATION_MS_MAX,
  };
}

function readClusterOverrides(one: unknown, at: string): Read<readonly Override[]> {
  const overrides: Override[] = [];
  const paths = new Set<string>();
  for (const [index, said] of listAt(one, 'clusterOverrides').entries()) {
    const field = `${at}[${index}]`;
    const path = textAt(said, 'path') ?? '';
    const op = orReplace(textAt(said, 'op'));
    if (op === undefined) return bad(`${field}.op: is none of add, remove, replace`);
    if (path === '') return bad(`${field}.path: is missing`);
    if (FORBIDDEN_PATHS.has(path)) return bad(`${field}.path: ${path} may not be overridden`);
    if (paths.has(path)) return bad(`${field}.path: ${path} stands twice`);
    paths.add(path);
    overrides.push({ op, path, value: valueAt(said, 'value'), field });
  }
  return good(overrides);
}

function orReplace(op: string | undefined): Override['op'] | undefined {
  if (op === undefined || op === '') return 'replace';
  return op === 'add' || op === 'remove' || op === 'replace' ? op : undefined;
}

function readDeleteOptions(text: string | undefined): Read<JsonObject> {
  if (text === undefined) return good({});
  try {
    const options: unknown = JSON.parse(text);
    if (isJsonObject(options)) return good(options);
  } catch {
    // Told below, as what is no object.
  }
  return bad(`metadata.annotations["${DELETE_OPTIONS_ANNOTATION}"]: is no JSON object`);
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
