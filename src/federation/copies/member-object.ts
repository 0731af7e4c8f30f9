/**
 * What a member gets: template, name, what the member owns, overrides, our marks, in this order.
 * Pure; the same inputs give the same object.
 *
 * Source: specs of KubeFed 0.10, "Sync controller"; the owner mark and annotations of templates are
 * ours.
 */

import { type ApiResource, apiVersionOf } from '../../api/kubefed/api-resource.ts';
import {
  type FederatedObject,
  isJsonObject,
  type JsonObject,
  type Override,
} from '../../api/kubefed/federated-object.ts';
import { good } from '../../api/read.ts';
import { textAt, textMapAt, valueAt } from '../../api/untyped.ts';
import type { ClusterLabels } from '../placement.ts';
import { applyOverrides, overridesFor } from './overrides.ts';
import { objectAt, retainFields, retentionProblem } from './retained-fields.ts';

/** KubeFed's: "true" on every copy; "false" there means hands off. */
export const MANAGED_LABEL = 'kubefed.io/managed';
/** Whose copy it is: `<federation uid>/<source>`. Another owner's is not touched. */
export const OWNER_ANNOTATION = 'fedns.io/owner';
/** On namespaces that we made: only such a one may be deleted by us. */
export const CREATED_ANNOTATION = 'fedns.io/created';
/** On Services and Ingresses whose pods are about to go: discovery takes their shard out of the answers. */
export const LEAVING_ANNOTATION = 'fedns.io/leaving';
/** Names of the annotations that came from us, so that they can go with what gave them. */
export const GIVEN_ANNOTATION = 'fedns.io/given-annotations';
/** All that we ever put on a copy, and take off one that is let go. */
export const OUR_ANNOTATIONS = [
  OWNER_ANNOTATION,
  CREATED_ANNOTATION,
  GIVEN_ANNOTATION,
  LEAVING_ANNOTATION,
] as const;

/** What all copies of an object have in common. */
export interface CopyMold {
  readonly object: FederatedObject;
  readonly target: ApiResource;
  readonly owner: string;
  readonly takesAnnotations: boolean;
  /** Of all clusters: overrides may go by them. */
  readonly clusterLabels: ClusterLabels;
  /** An autoscaler has the replicas of each copy, whatever the object says: all but the first. */
  readonly isAutoscaled?: boolean;
  /** Where its shard leaves the answers; undefined: nowhere. */
  readonly leaving?: ReadonlySet<string> | undefined;
}

/** `isRetention`: what is wanted has no place for what the member owns. */
export type Molded =
  | { readonly kind: 'good'; readonly value: JsonObject }
  | { readonly kind: 'bad'; readonly problem: string; readonly isRetention?: boolean };

/** `live`: the copy as it is; undefined: it is made anew. */
export function memberObject(
  mold: CopyMold,
  cluster: string,
  live: JsonObject | undefined,
): Molded {
  const { object } = mold;
  const overrides = overridesFor(object, cluster, mold.clusterLabels.get(cluster) ?? NO_LABELS);
  if (overrides.kind === 'bad') return overrides;
  const wanted = fromTemplate(mold);
  const isAutoscaled = mold.isAutoscaled === true;
  const replicas = object.retainsReplicas || isAutoscaled;
  const problem = live && retentionProblem(wanted, { replicas });
  if (problem !== undefined) return { kind: 'bad', problem, isRetention: true };
  const retained =
    live === undefined
      ? wanted
      : retainFields(wanted, withoutGiven(live, overrides.value), { replicas });
  // A plan of replicas from before the autoscaler would undo all that it does.
  const isLeftToIt = ({ path }: Override) =>
    isAutoscaled && live !== undefined && path === REPLICAS_PATH;
  const applied = overrides.value.filter((override) => !isLeftToIt(override));
  const overridden = applyOverrides(retained, applied);
  if (overridden.kind === 'bad') return overridden;
  const given = givenBy(mold, overrides.value);
  return good(marked(overridden.value, { mold, live, given, isLeaving: isLeaving(mold, cluster) }));
}

export function isLeaving({ leaving }: CopyMold, cluster: string): boolean {
  return leaving?.has(cluster) === true;
}

/** A copy of which something runs is scaled to zero by the write of what is wanted. */
export function runsNone(mold: CopyMold, cluster: string): boolean {
  const wanted = memberObject(mold, cluster, { spec: { replicas: 1 } });
  return wanted.kind === 'good' && valueAt(wanted.value, 'spec', 'replicas') === 0;
}

const REPLICAS_PATH = '/spec/replicas';
const NO_LABELS: ReadonlyMap<string, string> = new Map();

/** Of the template: parts that it may not say are left out. */
function fromTemplate({ object, target, takesAnnotations }: CopyMold): JsonObject {
  const template = object.template ?? {};
  const { status: _status, ...rest } = template;
  const { finalizers: _, annotations, ...metadata } = objectAt(template, 'metadata');
  const { namespace, name } = object;
  return {
    ...rest,
    apiVersion: textAt(template, 'apiVersion') || apiVersionOf(target),
    kind: target.kind,
    metadata: {
      ...metadata,
      name,
      ...(target.isNamespaced && { namespace }),
      ...(takesAnnotations && annotations !== undefined && { annotations }),
    },
  };
}

/**
 * Annotations that came with an earlier template or override are not the member's: they do not stay,
 * but for those that an override is about to replace.
 */
function withoutGiven(live: JsonObject, overrides: readonly Override[]): JsonObject {
  const annotations = { ...objectAt(live, 'metadata', 'annotations') };
  // Ours, also where a federation before left it behind.
  delete annotations[LEAVING_ANNOTATION];
  const replaced = new Set(overrides.filter(({ op }) => op === 'replace').flatMap(annotationsOf));
  for (const given of String(annotations[GIVEN_ANNOTATION] ?? '').split(',')) {
    if (!replaced.has(given)) delete annotations[given];
  }
  delete annotations[GIVEN_ANNOTATION];
  return { ...live, metadata: { ...objectAt(live, 'metadata'), annotations } };
}

/** Names of the annotations that template and overrides give. */
function givenBy(
  { object, takesAnnotations }: CopyMold,
  overrides: readonly Override[],
): ReadonlySet<string> {
  const said = takesAnnotations ? textMapAt(object.template, 'metadata', 'annotations').keys() : [];
  return new Set([...said, ...overrides.flatMap(annotationsOf)]);
}

const ANNOTATIONS_PATH = '/metadata/annotations';

/** Names of the annotations that it is about. */
function annotationsOf({ path, value }: Override): readonly string[] {
  if (path === ANNOTATIONS_PATH) return isJsonObject(value) ? Object.keys(value) : [];
  if (!path.startsWith(`${ANNOTATIONS_PATH}/`)) return [];
  // RFC 6901, section 4.
  const name = path.slice(ANNOTATIONS_PATH.length + 1);
  return [name.replaceAll('~1', '/').replaceAll('~0', '~')];
}

interface Marks {
  readonly mold: CopyMold;
  readonly live: JsonObject | undefined;
  readonly given: ReadonlySet<string>;
  readonly isLeaving: boolean;
}

function marked(
  object: JsonObject,
  { mold, live, given: names, isLeaving: leaves }: Marks,
): JsonObject {
  const { owner, target } = mold;
  const metadata = objectAt(object, 'metadata');
  const own = leaves ? { [LEAVING_ANNOTATION]: 'true' } : {};
  const held = { ...objectAt(metadata, 'annotations'), ...own };
  const given = [...names, ...Object.keys(own)]
    .filter((name) => name in held)
    .sort()
    .join(',');
  const isNewNamespace = live === undefined && isNamespace(target);
  const wasCreated = textMapAt(live, 'metadata', 'annotations').has(CREATED_ANNOTATION);
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...objectAt(metadata, 'labels'), [MANAGED_LABEL]: 'true' },
      annotations: {
        ...held,
        [OWNER_ANNOTATION]: owner,
        ...(given !== '' && { [GIVEN_ANNOTATION]: given }),
        ...((isNewNamespace || wasCreated) && { [CREATED_ANNOTATION]: 'true' }),
      },
    },
  };
}

export function isNamespace({ group, kind }: ApiResource): boolean {
  return group === '' && kind === 'Namespace';
}

/** KubeFed's reasons of the events that tell it. */
const LEFT_OUT = {
  annotations: 'AnnotationsNotSupported',
  finalizers: 'FinalizersNotSupported',
} as const;

export type LeftOut = (typeof LEFT_OUT)[keyof typeof LEFT_OUT];

/** What of a template is not propagated, as events tell it; empty: all of it is. */
export function leftOut({ object, takesAnnotations }: CopyMold): readonly LeftOut[] {
  const { finalizers, annotations } = objectAt(object.template, 'metadata');
  return [
    ...(annotations !== undefined && !takesAnnotations ? [LEFT_OUT.annotations] : []),
    ...(finalizers === undefined ? [] : [LEFT_OUT.finalizers]),
  ];
}

/** A copy's template must be an object where there is one, and what we write into must be one, too. */
export function templateProblem({ said }: FederatedObject): string | undefined {
  const path = ['spec.template', 'metadata', 'labels'];
  let value: unknown = said.template;
  for (const [depth, name] of path.entries()) {
    if (depth > 0) value = valueAt(value, name);
    if (value === undefined || value === null) return undefined;
    if (!isJsonObject(value)) return `${path.slice(0, depth + 1).join('.')}: is no object`;
  }
  return undefined;
}
