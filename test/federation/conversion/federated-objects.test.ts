/** Federated objects and KubeFed's own kinds as earlier releases and guides wrote them. */

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { pointerOf } from '../../../src/api/dotted-path.ts';
import { isJsonObject } from '../../../src/api/kubefed/federated-object.ts';
import { convertManifest } from '../../../src/federation/conversion/convert-manifest.ts';

describe('paths of overrides', () => {
  it.each([
    ['spec.replicas', '/spec/replicas'],
    ['spec.template.spec.containers[0].image', '/spec/template/spec/containers/0/image'],
    ['spec.template.spec.containers.0.image', '/spec/template/spec/containers/0/image'],
    ['metadata.annotations.example.com/colour', '/metadata/annotations/example.com~1colour'],
    ['metadata.labels["a.b/c"]', '/metadata/labels/a.b~1c'],
    ['data.app.properties', '/data/app.properties'],
    ['a~b', '/a~0b'],
    ['spec', '/spec'],
  ])('%s', (dotted, want) => {
    expect(pointerOf(dotted)).toEqual({ kind: 'good', value: want });
  });

  it.each(['', 'spec.', 'spec..replicas', 'spec.containers[', '.spec'])(
    '"%s" is none',
    (dotted) => {
      expect(pointerOf(dotted).kind).toBe('bad');
    },
  );
});

const convert = (text: string) => {
  const object: unknown = parse(text);
  if (!isJsonObject(object)) throw new Error('no object');
  return convertManifest(object);
};
const linesOf = (notes: readonly { field: string; message: string }[]) =>
  notes.map(({ field, message }) => `${field}: ${message}`);

it('a federated object of federation v2: group, placement, dotted overrides', () => {
  const { object, changes, problems } = convert(`
    apiVersion: types.federation.k8s.io/v1alpha1
    kind: FederatedDeployment
    metadata: {name: web, namespace: shop, labels: {federation.k8s.io/managed: "true"}}
    spec:
      template: {spec: {replicas: 3, template: {spec: {}}}}
      placement: {clusterNames: [one, two]}
      overrides:
      - clusterName: two
        clusterOverrides: [{path: spec.replicas, value: 5}, {path: spec.paused, value: true}]`);
  expect(problems).toEqual([]);
  expect(object).toEqual(
    parse(`
    apiVersion: types.kubefed.io/v1beta1
    kind: FederatedDeployment
    metadata: {name: web, namespace: shop, labels: {kubefed.io/managed: "true"}}
    spec:
      template: {spec: {replicas: 3, template: {spec: {}}}}
      placement: {clusters: [{name: one}, {name: two}]}
      overrides:
      - clusterName: two
        clusterOverrides: [{path: /spec/replicas, value: 5}, {path: /spec/paused, value: true, op: add}]`),
  );
  expect(linesOf(changes)).toEqual([
    'apiVersion: types.federation.k8s.io/v1alpha1 is types.kubefed.io/v1beta1',
    'metadata.labels["federation.k8s.io/managed"]: federation.k8s.io/managed is kubefed.io/managed',
    'spec.placement.clusterNames: is spec.placement.clusters, each with its name',
    'spec.overrides[0].clusterOverrides[0].path: spec.replicas is /spec/replicas',
    'spec.overrides[0].clusterOverrides[1].path: spec.paused is /spec/paused',
    'spec.overrides[0].clusterOverrides[1].op: add: the template does not have the field',
  ]);
});

it("the guide's FederatedIngress, whose template does not say what it is", () => {
  const { object, changes, problems } = convert(`
    apiVersion: types.kubefed.io/v1beta1
    kind: FederatedIngress
    metadata: {name: web, namespace: shop}
    spec:
      template: {spec: {backend: {serviceName: web, servicePort: 80}}}
      placement: {clusterSelector: {}}
      overrides:
      - clusterName: one
        clusterOverrides:
        - {path: /spec/backend/servicePort, value: 8080}
        - {path: /spec/backend/serviceName, value: other}`);
  expect(problems).toEqual([]);
  expect(object['spec']).toEqual({
    template: { spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } },
    placement: { clusterSelector: {} },
    overrides: [
      {
        clusterName: 'one',
        clusterOverrides: [
          { path: '/spec/defaultBackend/service/port/number', value: 8080 },
          { path: '/spec/defaultBackend/service/name', value: 'other' },
        ],
      },
    ],
  });
  expect(changes[0]?.field).toBe('spec.template.spec.backend');
});

it('kinds of the control plane', () => {
  const { object } = convert(`
    apiVersion: core.kubefed.k8s.io/v1alpha1
    kind: FederatedTypeConfig
    metadata: {name: deployments.apps}
    spec:
      namespaced: true
      propagationEnabled: true
      target: {group: apps, kind: Deployment, pluralName: deployments, version: v1}
      federatedType: {group: types.kubefed.k8s.io, kind: FederatedDeployment, pluralName: federateddeployments, version: v1alpha1}`);
  expect(object).toEqual(
    parse(`
    apiVersion: core.kubefed.io/v1beta1
    kind: FederatedTypeConfig
    metadata: {name: deployments.apps}
    spec:
      targetType: {scope: Namespaced, group: apps, kind: Deployment, pluralName: deployments, version: v1}
      federatedType: {scope: Namespaced, group: types.kubefed.io, kind: FederatedDeployment, pluralName: federateddeployments, version: v1beta1}
      propagation: Enabled`),
  );
  const config = convert(`
    apiVersion: core.kubefed.k8s.io/v1alpha1
    kind: KubefedConfig
    metadata: {name: kubefed}
    spec:
      scope: Cluster
      registryNamespace: kube-multicluster-public
      clusterHealthCheck: {periodSeconds: 10, failureThreshold: 3}
      syncController: {skipAdoptingResources: true}
      featureGates: [{name: PushReconciler, enabled: true}]`);
  expect(config.object).toEqual(
    parse(`
    apiVersion: core.kubefed.io/v1beta1
    kind: KubeFedConfig
    metadata: {name: kubefed}
    spec:
      scope: Cluster
      clusterHealthCheck: {period: 10s, failureThreshold: 3}
      syncController: {adoptResources: Disabled}
      featureGates: [{name: PushReconciler, configuration: Enabled}]`),
  );
});

it.each([
  [
    '{apiVersion: multiclusterdns.kubefed.k8s.io/v1alpha1, kind: Domain, metadata: {name: a}, domain: example.com}',
    '{apiVersion: multiclusterdns.kubefed.io/v1alpha1, kind: Domain, metadata: {name: a}, domain: example.com}',
  ],
  [
    '{apiVersion: scheduling.federation.k8s.io/v1alpha1, kind: ReplicaSchedulingPreference, spec: {totalReplicas: 9}}',
    '{apiVersion: scheduling.kubefed.io/v1alpha1, kind: ReplicaSchedulingPreference, spec: {totalReplicas: 9}}',
  ],
  [
    '{apiVersion: core.kubefed.k8s.io/v1alpha1, kind: KubefedCluster, spec: {apiEndpoint: "https://a.example"}}',
    '{apiVersion: core.kubefed.io/v1beta1, kind: KubeFedCluster, spec: {apiEndpoint: "https://a.example"}}',
  ],
])('%s', (given, want) => {
  expect(convert(given).object).toEqual(parse(want));
});

it.each([
  [
    '{apiVersion: core.federation.k8s.io/v1alpha1, kind: FederatedCluster}',
    /^spec.clusterRef: .*fedns join/,
  ],
  [
    '{apiVersion: types.federation.k8s.io/v1alpha1, kind: FederatedSecretPlacement}',
    /^kind: FederatedSecretPlacement is a part/,
  ],
  ['{apiVersion: odd.federation.k8s.io/v1, kind: A}', /^apiVersion: .* has no heir/],
  [
    '{apiVersion: core.kubefed.io/v1beta1, kind: FederatedTypeConfig, spec: {targetType: {group: extensions, version: v1beta1, kind: Ingress}}}',
    /^spec.targetType.version: .*networking.k8s.io\/v1 Ingress/,
  ],
  [
    '{apiVersion: types.kubefed.io/v1beta1, kind: FederatedA, spec: {template: {}, overrides: [{clusterName: a, clusterOverrides: [{path: spec.b, value: 1}]}]}}',
    /^spec.overrides\[0\].clusterOverrides\[0\].path: \/spec\/b: its parent is not in the template/,
  ],
  [
    '{apiVersion: types.kubefed.io/v1beta1, kind: FederatedIngress, spec: {template: {spec: {backend: {serviceName: a, servicePort: 1}}}, overrides: [{clusterName: a, clusterOverrides: [{path: /spec/backend, value: {serviceName: b, servicePort: 2}}]}]}}',
    /^spec.overrides\[0\].clusterOverrides\[0\].value: holds a part of the old shape/,
  ],
])('refused: %s', (given, want) => {
  expect(linesOf(convert(given).problems)).toEqual([expect.stringMatching(want)]);
});

it('what is current stays as it is', () => {
  const object = parse(
    '{apiVersion: types.kubefed.io/v1beta1, kind: FederatedConfigMap, metadata: {name: a}, spec: {template: {data: {a: b}}, placement: {clusters: []}}}',
  );
  expect(convertManifest(object)).toEqual({ object, changes: [], problems: [] });
});
