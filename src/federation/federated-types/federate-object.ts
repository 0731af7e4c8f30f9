/**
 * An object as it is in a cluster -> the Federated<Kind> that would make it anew in every cluster:
 * what its cluster filled in is left out of the template.
 *
 * Source: specs of KubeFed 0.10, "federate". Our choices: the selector and labels that a Job was
 * given, a claim's volume, and a health check's port stay behind too.
 */

import { type ApiResource, apiVersionOf } from '../../api/kubefed/api-resource.ts';
import { isJsonObject, type JsonObject } from '../../api/kubefed/federated-object.ts';
import { listAt, textAt, valueAt } from '../../api/untyped.ts';
import { MANAGED_LABEL } from '../copies/member-object.ts';
import { objectAt } from '../copies/retained-fields.ts';

export function federateObject(object: JsonObject, federated: ApiResource): JsonObject {
  const name = textAt(object, 'metadata', 'name') ?? '';
  const isNamespace = textAt(object, 'kind') === 'Namespace';
  const namespace = isNamespace ? name : textAt(object, 'metadata', 'namespace');
  return {
    apiVersion: apiVersionOf(federated),
    kind: federated.kind,
    metadata: { name, ...(federated.isNamespaced && namespace !== undefined && { namespace }) },
    spec: {
      template: templateOf(object),
      // Selects every cluster.
      placement: { clusterSelector: { matchLabels: {} } },
    },
  };
}

/** Made by each API server by itself: a template would only say what is so anyway. */
const GIVEN_LABELS = [MANAGED_LABEL, 'kubernetes.io/metadata.name'];

function templateOf(object: JsonObject): JsonObject {
  const { apiVersion: _version, kind, status: _status, metadata: _, ...content } = object;
  const labels = without(objectAt(object, 'metadata', 'labels'), GIVEN_LABELS);
  const hasLabels = Object.keys(labels).length > 0;
  const template: JsonObject = { ...(hasLabels && { metadata: { labels } }), ...content };
  return OF_KIND[String(kind)]?.(template) ?? template;
}

const OF_KIND: Readonly<Record<string, (template: JsonObject) => JsonObject>> = {
  Namespace: (template) => withSpec(template, ['finalizers']),
  ServiceAccount: (template) => without(template, ['secrets']),
  Service: serviceTemplate,
  Job: jobTemplate,
  PersistentVolumeClaim: (template) => withSpec(template, ['volumeName']),
  Pod: (template) => withSpec(template, ['nodeName']),
};

function serviceTemplate(template: JsonObject): JsonObject {
  const isHeadless = textAt(template, 'spec', 'clusterIP') === 'None';
  const gone = ['clusterIPs', 'healthCheckNodePort', ...(isHeadless ? [] : ['clusterIP'])];
  const stripped = withSpec(template, gone);
  if (!Array.isArray(valueAt(stripped, 'spec', 'ports'))) return stripped;
  const ports = listAt(stripped, 'spec', 'ports').map((port) =>
    isJsonObject(port) ? without(port, ['nodePort']) : port,
  );
  return { ...stripped, spec: { ...objectAt(stripped, 'spec'), ports } };
}

const JOB_LABELS = [
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  'controller-uid',
  'job-name',
];

/** Another cluster refuses a generated selector, for its own would be another. */
function jobTemplate(template: JsonObject): JsonObject {
  if (valueAt(template, 'spec', 'manualSelector') === true) return template;
  const stripped = withSpec(template, ['selector']);
  const spec = objectAt(stripped, 'spec');
  const pod = objectAt(spec, 'template');
  const metadata = objectAt(pod, 'metadata');
  const labels = without(objectAt(metadata, 'labels'), JOB_LABELS);
  const own = without(objectAt(stripped, 'metadata', 'labels'), JOB_LABELS);
  const hasOwn = Object.keys(own).length > 0;
  return {
    ...without(stripped, ['metadata']),
    ...(hasOwn && { metadata: { labels: own } }),
    spec: { ...spec, template: { ...pod, metadata: { ...metadata, labels } } },
  };
}

function withSpec(template: JsonObject, gone: readonly string[]): JsonObject {
  if (!isJsonObject(template['spec'])) return template;
  const spec = without(objectAt(template, 'spec'), gone);
  if (Object.keys(spec).length === 0) return without(template, ['spec']);
  return { ...template, spec };
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/**
 * Objects of a namespace that `federate --contents` leaves alone, whatever their type is: each
 * cluster makes its own, or another object of the namespace makes them. undefined: it goes along.
 */
export function whyLeftBehind(object: unknown): string | undefined {
  const kind = textAt(object, 'kind') ?? '';
  const name = textAt(object, 'metadata', 'name') ?? '';
  const owner = listAt(object, 'metadata', 'ownerReferences').find(
    (one) => valueAt(one, 'controller') === true,
  );
  if (owner !== undefined) return `made by ${textAt(owner, 'kind')} ${textAt(owner, 'name')}`;
  const isGiven =
    (kind === 'ConfigMap' && name === 'kube-root-ca.crt') ||
    (kind === 'ServiceAccount' && name === 'default') ||
    (kind === 'Service' && name === 'kubernetes') ||
    (kind === 'Secret' && textAt(object, 'type') === 'kubernetes.io/service-account-token');
  return isGiven ? 'every cluster makes its own' : undefined;
}

/** Types that `--contents` never walks: KubeFed's list, and what mirrors other objects. */
export function isNeverContent({ group, plural }: Pick<ApiResource, 'group' | 'plural'>): boolean {
  const isOurs = group === 'kubefed.io' || group.endsWith('.kubefed.io');
  const isMirror = ['endpoints', 'endpointslices', 'events', 'propagatedversions'].includes(plural);
  return isOurs || isMirror || group === 'extensions' || group === 'metrics.k8s.io';
}
