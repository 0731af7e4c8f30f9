/** What `enable` makes of a type: names, scope, FederatedTypeConfig, CustomResourceDefinition. */

import { expect, it } from 'vitest';
import { readFederatedTypeConfig } from '../../../src/api/kubefed/federated-type-config.ts';
import { valueAt } from '../../../src/api/untyped.ts';
import { federatedCrd } from '../../../src/federation/federated-types/federated-crd.ts';
import {
  federatedResource,
  type TargetType,
} from '../../../src/federation/federated-types/federated-resource.ts';
import { SHIPPED_TYPES } from '../../../src/federation/federated-types/shipped-types.ts';
import { typeConfigFor } from '../../../src/federation/federated-types/type-config.ts';

function shipped(kind: string): TargetType {
  const found = SHIPPED_TYPES.find((target) => target.kind === kind);
  if (found === undefined) throw new Error(kind);
  return found;
}

it.each([
  ['Deployment', 'federateddeployments', 'fdeploy', 'Namespaced'],
  ['Ingress', 'federatedingresses', 'fing', 'Namespaced'],
  ['Namespace', 'federatednamespaces', 'fns', 'Namespaced'],
  ['ClusterRole', 'federatedclusterroles', undefined, 'Cluster'],
  ['Job', 'federatedjobs', undefined, 'Namespaced'],
])('%s: %s, %s, %s', (kind, plural, shortName, scope) => {
  const { metadata, spec } = federatedCrd(shipped(kind));
  expect(metadata.name).toBe(`${plural}.types.kubefed.io`);
  expect(spec.scope).toBe(scope);
  expect(spec.names).toEqual({
    kind: `Federated${kind}`,
    listKind: `Federated${kind}List`,
    plural,
    singular: `federated${kind.toLowerCase()}`,
    ...(shortName !== undefined && { shortNames: [shortName] }),
  });
});

it('what belongs to the cluster stays so; a type named Namespace of another group too', () => {
  const other = { ...shipped('Namespace'), group: 'example.com', version: 'v1' };
  expect(federatedResource(other).isNamespaced).toBe(false);
  expect(federatedResource(shipped('Namespace')).isNamespaced).toBe(true);
  expect(typeConfigFor(shipped('Namespace')).spec).toMatchObject({
    targetType: { scope: 'Cluster' },
    federatedType: { scope: 'Namespaced' },
  });
});

const specProperties = (target: TargetType) =>
  Object.keys(
    Object(
      valueAt(
        federatedCrd(target).spec.versions[0],
        ...['schema', 'openAPIV3Schema', 'properties', 'spec', 'properties'],
      ),
    ),
  );

it('a template where a schema is known, retainReplicas where it has replicas', () => {
  const widget = { ...shipped('Job'), group: 'example.com', kind: 'Widget', plural: 'widgets' };
  expect(specProperties(widget)).toEqual([
    'template',
    'placement',
    'overrides',
    'selectorOverrides',
    'rollout',
  ]);
  expect(specProperties({ ...widget, hasReplicas: true })).toContain('retainReplicas');
  const unknown = { ...widget, hasSchema: false, hasReplicas: true };
  expect(specProperties(unknown)).toEqual([
    'placement',
    'overrides',
    'selectorOverrides',
    'rollout',
  ]);
});

it('another group and version of federated types', () => {
  const api = { group: 'types.example.com', version: 'v1' };
  const crd = federatedCrd(shipped('Secret'), api);
  expect(crd.metadata.name).toBe('federatedsecrets.types.example.com');
  expect(crd.spec.versions.map((version) => version['name'])).toEqual(['v1']);
  const options = { api, namespace: 'fed' };
  expect(typeConfigFor(shipped('Secret'), options)).toMatchObject({
    metadata: { name: 'secrets', namespace: 'fed' },
    spec: { federatedType: { group: 'types.example.com', version: 'v1' } },
  });
});

it.each(SHIPPED_TYPES.map((target) => [target.kind, target] as const))(
  'its reader reads the FederatedTypeConfig of %s',
  (_, target) => {
    const read = readFederatedTypeConfig(typeConfigFor(target));
    if (read.kind === 'bad') throw new Error(read.problem);
    const { shortNames: _names, hasSchema: _schema, hasReplicas: _replicas, ...resource } = target;
    expect(read.value).toMatchObject({
      target: resource,
      federated: federatedResource(target),
      status: undefined,
      isPropagating: true,
    });
  },
);
