/**
 * The schema of a Federated<Kind>: what the API server itself refuses, and how much that may cost.
 *
 * Source: specs of KubeFed 0.10, "Federated<Kind>"; Kubernetes "Extend the Kubernetes API with
 * CustomResourceDefinitions" (structural schemas, list types, CEL and its cost limits). Our choices:
 *
 *   - No list has a longest length, for KubeFed had none. A CEL rule over a list in a list without
 *     bounds is above the cost limit, so overrides are held by patterns, `not`, and by list types
 *     `map`, whose keys the server holds unique at no cost.
 *   - Nothing is required that KubeFed did not require: of all that a schema refuses, a missing field
 *     alone is refused also where it was missing in what is stored.
 *   - Additions: `message` beside a condition's and a cluster's status; overrides by cluster selector,
 *     a rollout, and of a FederatedNamespace a limit to clusters.
 */

import { KEYED_PARTS } from '../../api/dotted-path.ts';
import { FORBIDDEN_PATHS, type JsonObject } from '../../api/kubefed/federated-object.ts';
import type { TargetType } from './federated-resource.ts';

type Schema = JsonObject;

export interface SchemaTarget extends Pick<TargetType, 'hasSchema' | 'hasReplicas'> {
  readonly isOfNamespaces: boolean;
}

/** `spec` must be there even if empty: without one KubeFed's controller once crashed. */
export function federatedSchema(target: SchemaTarget): Schema {
  return object({ spec: specOf(target), status: STATUS }, ['spec']);
}

function specOf({ hasSchema, hasReplicas, isOfNamespaces }: SchemaTarget): Schema {
  return object({
    ...(hasSchema && { template: TEMPLATE }),
    placement: PLACEMENT,
    overrides: OVERRIDES,
    selectorOverrides: SELECTOR_OVERRIDES,
    rollout: ROLLOUT,
    ...(isOfNamespaces && { clusterLimit: CLUSTER_LIMIT }),
    ...(hasSchema && hasReplicas && { retainReplicas: RETAIN_REPLICAS }),
  });
}

const TEXT: Schema = { type: 'string' };
const TIME: Schema = { type: 'string', format: 'date-time' };

const TEMPLATE: Schema = {
  description: 'The object as it is made in the members.',
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
};

const RETAIN_REPLICAS: Schema = {
  description: 'The members keep their own spec.replicas: an autoscaler may own it there.',
  type: 'boolean',
};

/** Kubernetes "Labels and Selectors": a name of up to 63, before it perhaps a DNS name and a slash. */
const LABEL_NAME = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const DNS_NAME = '[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const LABEL_KEY: Schema = { type: 'string', pattern: `^(${DNS_NAME}/)?${LABEL_NAME}$` };
const LABEL_VALUE: Schema = { type: 'string', pattern: `^(${LABEL_NAME})?$` };

const MATCH_EXPRESSION: Schema = {
  ...object(
    {
      key: LABEL_KEY,
      operator: { type: 'string', enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
      values: list(LABEL_VALUE),
    },
    ['key', 'operator'],
  ),
  'x-kubernetes-validations': [
    {
      rule:
        "(self.operator in ['In', 'NotIn']) == " + '(has(self.values) && self.values.size() > 0)',
      message: 'In and NotIn take values, Exists and DoesNotExist take none',
      fieldPath: '.values',
    },
  ],
};

const LABEL_SELECTOR: Schema = object({
  matchLabels: { type: 'object', additionalProperties: LABEL_VALUE },
  matchExpressions: list(MATCH_EXPRESSION),
});

const PLACEMENT: Schema = {
  description: 'Into which clusters; nothing said: into none.',
  ...object({
    clusters: {
      description: 'Just these, even if empty.',
      ...list(object({ name: TEXT }, ['name'])),
    },
    clusterSelector: {
      description: 'By labels of the KubeFedClusters, where clusters says nothing; {} selects all.',
      ...LABEL_SELECTOR,
    },
  }),
};

const CLUSTER_OVERRIDE: Schema = object(
  {
    op: { type: 'string', pattern: '^(add|remove|replace)?$' },
    path: {
      description: `JSON pointer; not ${[...FORBIDDEN_PATHS].join(', ')}.`,
      type: 'string',
      // Or dotted, behind some of whose parts a key may hold slashes: KubeFed took it, and what is to
      // become of it the type config says.
      pattern: `^(/|[^/]+$|(.*[.])?(${KEYED_PARTS.join('|')})[.[])`,
      not: { enum: [...FORBIDDEN_PATHS] },
    },
    value: { 'x-kubernetes-preserve-unknown-fields': true, nullable: true },
  },
  ['path'],
);

const OVERRIDES: Schema = {
  description:
    'JSON patches for single clusters, applied in their order; op is replace if not said.',
  ...list(
    object({
      // The key of a list must be said or have a default. Required, it would stop every write, also
      // of finalizers, to a stored object without one, which KubeFed took.
      clusterName: { type: 'string', default: '' },
      clusterOverrides: { ...list(CLUSTER_OVERRIDE), ...uniqueBy('path') },
    }),
  ),
  ...uniqueBy('clusterName'),
};

const SELECTOR_OVERRIDES: Schema = {
  description: 'JSON patches for all clusters that a selector selects; before those by name.',
  ...list(
    object(
      {
        clusterSelector: LABEL_SELECTOR,
        clusterOverrides: { ...list(CLUSTER_OVERRIDE), ...uniqueBy('path') },
      },
      ['clusterSelector'],
    ),
  ),
};

const ROLLOUT: Schema = {
  description: 'A change goes to a few clusters at a time, and stops where it goes wrong.',
  ...object(
    {
      maxClusters: { type: 'integer', format: 'int32', minimum: 1 },
      pause: {
        description: 'Between clusters, a duration as 30s.',
        type: 'string',
        pattern: '^([0-9]+([.][0-9]+)?(ns|us|ms|s|m|h))+$',
      },
    },
    ['maxClusters'],
  ),
};

const CLUSTER_LIMIT: Schema = {
  description: 'No object in the namespace is placed beyond the clusters with these labels.',
  ...LABEL_SELECTOR,
};

const STATUS: Schema = object({
  observedGeneration: { type: 'integer', format: 'int64' },
  conditions: list(
    object(
      {
        type: TEXT,
        status: TEXT,
        reason: TEXT,
        message: TEXT,
        lastUpdateTime: TIME,
        lastTransitionTime: TIME,
      },
      ['type', 'status'],
    ),
  ),
  clusters: {
    description: 'Those with the object; no status: it is as it should be.',
    ...list(
      object(
        {
          name: TEXT,
          status: TEXT,
          message: TEXT,
          remoteStatus: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
        ['name'],
      ),
    ),
  },
});

function object(
  properties: Readonly<Record<string, Schema>>,
  required?: readonly string[],
): Schema {
  return { type: 'object', ...(required && { required }), properties };
}

function list(items: Schema): Schema {
  return { type: 'array', items };
}

function uniqueBy(key: string): Schema {
  return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] };
}
