/** An object of a cluster as a federated one: what its cluster filled in stays behind. */

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  federateObject,
  isNeverContent,
  whyLeftBehind,
} from '../../../src/federation/federated-types/federate-object.ts';
import { federatedResource } from '../../../src/federation/federated-types/federated-resource.ts';

function templateOf(text: string): unknown {
  const object = parse(text);
  const target = { group: '', version: 'v1', kind: object.kind, plural: 'x', isNamespaced: true };
  const made = federateObject(object, federatedResource(target));
  return (made['spec'] as { template: unknown }).template;
}

const META = 'metadata: {name: a, namespace: n, uid: u, resourceVersion: "1", annotations: {x: y}';

describe('template of', () => {
  it.each([
    [
      'a ConfigMap',
      `kind: ConfigMap\n${META}, labels: {l: m}}\ndata: {k: v}`,
      { metadata: { labels: { l: 'm' } }, data: { k: 'v' } },
    ],
    ['a copy', `kind: ConfigMap\n${META}, labels: {kubefed.io/managed: "true"}}`, {}],
    [
      'a Namespace',
      `kind: Namespace\n${META}, labels: {kubernetes.io/metadata.name: a}}\nspec: {finalizers: [kubernetes]}\nstatus: {phase: Active}`,
      {},
    ],
    ['a ServiceAccount', `kind: ServiceAccount\n${META}}\nsecrets: [{name: t}]`, {}],
    [
      'a Service',
      `kind: Service\n${META}}\nspec: {clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], healthCheckNodePort: 3, ports: [{port: 80, nodePort: 31000}]}\nstatus: {loadBalancer: {}}`,
      { spec: { ports: [{ port: 80 }] } },
    ],
    [
      'a headless Service',
      `kind: Service\n${META}}\nspec: {clusterIP: None, clusterIPs: [None]}`,
      { spec: { clusterIP: 'None' } },
    ],
    [
      'a Job',
      `kind: Job\n${META}, labels: {controller-uid: u, job-name: a}}\nspec: {selector: {matchLabels: {controller-uid: u}}, template: {metadata: {labels: {app: a, controller-uid: u}}, spec: {}}}`,
      { spec: { template: { metadata: { labels: { app: 'a' } }, spec: {} } } },
    ],
    [
      'a Job with its own selector',
      `kind: Job\n${META}}\nspec: {manualSelector: true, selector: {matchLabels: {app: a}}}`,
      { spec: { manualSelector: true, selector: { matchLabels: { app: 'a' } } } },
    ],
    [
      'a claim',
      `kind: PersistentVolumeClaim\n${META}}\nspec: {volumeName: v, accessModes: []}`,
      { spec: { accessModes: [] } },
    ],
  ])('%s', (_what, text, want) => {
    expect(templateOf(text)).toEqual(want);
  });
});

it('is placed in all clusters; a FederatedNamespace lies in its namespace', () => {
  const namespaces = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces' };
  const federated = federatedResource({ ...namespaces, isNamespaced: false });
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  expect(federateObject(object, federated)).toEqual({
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedNamespace',
    metadata: { name: 'shop', namespace: 'shop' },
    spec: { template: {}, placement: { clusterSelector: { matchLabels: {} } } },
  });
});

describe('left behind of a namespace', () => {
  it.each([
    ['ConfigMap', 'kube-root-ca.crt', {}, true],
    ['ConfigMap', 'settings', {}, false],
    ['ServiceAccount', 'default', {}, true],
    ['ServiceAccount', 'web', {}, false],
    ['Secret', 'token', { type: 'kubernetes.io/service-account-token' }, true],
  ])('%s %s', (kind, name, more, isLeft) => {
    expect(whyLeftBehind({ kind, metadata: { name }, ...more }) !== undefined).toBe(isLeft);
  });

  it('what another object makes', () => {
    const ownerReferences = [{ kind: 'Deployment', name: 'web', controller: true }];
    const object = { kind: 'ReplicaSet', metadata: { name: 'web-1', ownerReferences } };
    expect(whyLeftBehind(object)).toBe('made by Deployment web');
  });

  it.each([
    ['', 'events', true],
    ['discovery.k8s.io', 'endpointslices', true],
    ['types.kubefed.io', 'federatedservices', true],
    ['extensions', 'ingresses', true],
    ['notkubefed.io', 'things', false],
    ['apps', 'deployments', false],
  ])('type %s %s', (group, plural, isNever) => {
    expect(isNeverContent({ group, plural })).toBe(isNever);
  });
});
