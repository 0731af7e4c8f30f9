/**
 * A FederatedTypeConfig (core.kubefed.io/v1beta1), its defaults filled in: which type is federated
 * by which, and what is done with it.
 *
 * Source: specs of KubeFed 0.10, "FederatedTypeConfig"; defaults are applied in memory only.
 */

import { bad, good, type Read } from '../read.ts';
import { listAt, textAt, textMapAt, valueAt } from '../untyped.ts';
import { type ApiResource, pluralOfKind, resourceName } from './api-resource.ts';

export interface FederatedTypeConfig {
  /** `deployments.apps`. */
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly target: ApiResource;
  readonly federated: ApiResource;
  readonly status: ApiResource | undefined;
  readonly isPropagating: boolean;
  readonly collectsStatus: boolean;
  /** Annotations of templates reach the members: our choice, KubeFed drops them. */
  readonly takesAnnotations: boolean;
  /** Templates and overrides in shapes that no API server takes any more are rewritten: our choice. */
  readonly convertsTemplates: boolean;
  readonly finalizers: readonly string[];
  readonly isDeleting: boolean;
}

/** Annotation of ours: annotations of templates are propagated. */
const TEMPLATE_ANNOTATIONS = 'fedns.io/template-annotations';
/** Annotation of ours: what `fedns convert` would rewrite is taken as it would. */
const CONVERT_TEMPLATES = 'fedns.io/convert-templates';

export function readFederatedTypeConfig(object: unknown): Read<FederatedTypeConfig> {
  const name = textAt(object, 'metadata', 'name') ?? '';
  const dot = name.indexOf('.');
  const named =
    dot < 0
      ? { plural: name, group: '' }
      : { plural: name.slice(0, dot), group: name.slice(dot + 1) };
  const target = readResource(valueAt(object, 'spec', 'targetType'), named);
  if (target.kind === 'bad') return bad(`spec.targetType.${target.problem}`);
  if (resourceName(target.value) !== name) {
    return bad(
      `metadata.name: is not "${resourceName(target.value)}", as spec.targetType wants it`,
    );
  }
  const federated = readResource(valueAt(object, 'spec', 'federatedType'), {});
  if (federated.kind === 'bad') return bad(`spec.federatedType.${federated.problem}`);
  const said = valueAt(object, 'spec', 'statusType');
  const { group, version } = federated.value;
  const annotations = textMapAt(object, 'metadata', 'annotations');
  const status =
    said === undefined || said === null ? undefined : readResource(said, { group, version });
  if (status?.kind === 'bad') return bad(`spec.statusType.${status.problem}`);
  return good({
    name,
    uid: textAt(object, 'metadata', 'uid') ?? '',
    generation: Number(valueAt(object, 'metadata', 'generation') ?? 0),
    target: target.value,
    federated: federated.value,
    status: status?.value,
    isPropagating: textAt(object, 'spec', 'propagation') === 'Enabled',
    collectsStatus: textAt(object, 'spec', 'statusCollection') === 'Enabled',
    takesAnnotations: annotations.get(TEMPLATE_ANNOTATIONS) === 'true',
    convertsTemplates: annotations.get(CONVERT_TEMPLATES) === 'true',
    finalizers: listAt(object, 'metadata', 'finalizers').map(String),
    isDeleting: textAt(object, 'metadata', 'deletionTimestamp') !== undefined,
  });
}

interface ResourceDefaults {
  readonly plural?: string;
  readonly group?: string;
  readonly version?: string;
}

function readResource(said: unknown, defaults: ResourceDefaults): Read<ApiResource> {
  const kind = textAt(said, 'kind') ?? '';
  const version = orElse(textAt(said, 'version'), defaults.version);
  const scope = textAt(said, 'scope');
  if (kind === '') return bad('kind: is missing');
  if (version === '') return bad('version: is missing');
  if (scope !== 'Namespaced' && scope !== 'Cluster') {
    return bad('scope: is neither Namespaced nor Cluster');
  }
  return good({
    group: orElse(textAt(said, 'group'), defaults.group),
    version,
    kind,
    plural: orElse(textAt(said, 'pluralName'), defaults.plural ?? pluralOfKind(kind)),
    isNamespaced: scope === 'Namespaced',
  });
}

function orElse(text: string | undefined, fallback: string | undefined): string {
  return text === undefined || text === '' ? (fallback ?? '') : text;
}

/** Removals that a type holds back, as its status says them. Ours: KubeFed removes at once. */
export interface TypeHold {
  /** Of the FederatedTypeConfig: `deployments.apps`. */
  readonly type: string;
  /** Of just these removals: whatever comes or goes makes it another. */
  readonly id: string;
  readonly count: number;
  readonly reason: string;
}

/** Its value is the id that a person accepts; the control plane takes it away once it has read it. */
export const ACCEPT_ANNOTATION = 'fedns.io/accept-removals';

/** undefined: nothing of it is held. */
export function readTypeHold(typeConfig: unknown): TypeHold | undefined {
  const ready = listAt(typeConfig, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'Ready',
  );
  if (textAt(ready, 'reason') !== 'RemovalsHeld') return undefined;
  const said = HELD_MESSAGE.exec(textAt(ready, 'message') ?? '');
  if (said === null) return undefined;
  const [, count = '', reason = '', id = ''] = said;
  const type = textAt(typeConfig, 'metadata', 'name') ?? '';
  return { type, id, count: Number(count), reason };
}

/** The id that waits to be taken; undefined: none does. */
export function acceptedId(typeConfig: unknown): string | undefined {
  return textMapAt(typeConfig, 'metadata', 'annotations').get(ACCEPT_ANNOTATION);
}

const HELD_MESSAGE = /^(\d+) removals held: (.*); "fedns accept (\S+)" lets them go$/s;
