/** What each member gets of federated objects, or why nothing: the engine's decisions, offline. */

import { describe, expect, it } from 'vitest';
import { readFederatedObject } from '../../src/api/kubefed/federated-object.ts';
import { readFederatedTypeConfig } from '../../src/api/kubefed/federated-type-config.ts';
import { typeOfManifest } from '../../src/federation/federated-types/type-of-manifest.ts';
import { leftOutOf, type RenderInputs, renderCopies } from '../../src/federation/render.ts';

const API = 'types.kubefed.io/v1beta1';
const ALL = { placement: { clusterSelector: {} } };

function source(kind: string, key: string, spec: object, metadata: object = {}) {
  const [namespace, name] = key.split('/');
  const object = { apiVersion: API, kind, metadata: { namespace, name, ...metadata }, spec };
  const type = typeOfManifest(object, []);
  if (type?.kind !== 'good') throw new Error(`${kind}: ${type?.problem}`);
  return { kind, object: readFederatedObject(object), type: type.value };
}

const SHOP = source('FederatedNamespace', 'shop/shop', ALL);

function rendered(sources: RenderInputs['sources'], more: Partial<RenderInputs> = {}) {
  return renderCopies({
    clusters: new Map([
      ['two', { labels: new Map(), isReady: true }],
      ['one', { labels: new Map([['tier', 'front']]), isReady: true }],
    ]),
    sources,
    scope: 'Cluster',
    controlPlaneNamespace: 'kube-federation-system',
    ...more,
  });
}

/** `one web: NotPlaced`, in their order. */
function reasons(sources: RenderInputs['sources'], more: Partial<RenderInputs> = {}) {
  return rendered(sources, more).map(
    ({ cluster, source: { object }, reason, message }) =>
      `${cluster} ${object.name}: ${reason}${message === '' ? '' : `: ${message}`}`,
  );
}

describe('what is given', () => {
  it('template, overrides and our label; no mark of a live federation', () => {
    const web = source('FederatedDeployment', 'shop/web', {
      ...ALL,
      template: { metadata: { labels: { app: 'web' } }, spec: { replicas: 3 } },
      overrides: [{ clusterName: 'two', clusterOverrides: [{ path: '/spec/replicas', value: 5 }] }],
    });
    const copies = rendered([SHOP, web]);
    const metadata = {
      name: 'web',
      namespace: 'shop',
      labels: { app: 'web', 'kubefed.io/managed': 'true' },
    };
    const deployment = (replicas: number) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { replicas },
    });
    expect(copies.map(({ cluster, object }) => [cluster, object])).toEqual([
      ['one', namespace('shop')],
      ['one', deployment(3)],
      ['two', namespace('shop')],
      ['two', deployment(5)],
    ]);
  });

  it('annotations of the template only where its type takes them', () => {
    const template = { metadata: { annotations: { a: 'b' }, finalizers: ['x'] } };
    const map = source('FederatedConfigMap', 'shop/map', { ...ALL, template });
    expect(leftOutOf(map)).toEqual(['AnnotationsNotSupported', 'FinalizersNotSupported']);
    const taking = { ...map, type: { ...map.type, takesAnnotations: true } };
    expect(rendered([SHOP, taking])[1]?.object).toHaveProperty('metadata.annotations', {
      a: 'b',
      'fedns.io/given-annotations': 'a',
    });
  });
});

describe('why nothing', () => {
  const map = (spec: object) => source('FederatedConfigMap', 'shop/map', spec);
  const of = (spec: object, more: Partial<RenderInputs> = {}) => reasons([SHOP, map(spec)], more);

  it('its namespace is not federated, unless the federation is a namespace', () => {
    const nowhere = ['one map: NamespaceNotFederated', 'two map: NamespaceNotFederated'];
    expect(reasons([map(ALL)])).toEqual(nowhere);
    expect(reasons([map(ALL)], { scope: 'Namespaced' })).toEqual(['one map: ', 'two map: ']);
  });

  it('not placed: by itself, or by its namespace', () => {
    const front = { placement: { clusterSelector: { matchLabels: { tier: 'front' } } } };
    expect(of(front)[3]).toBe('two map: NotPlaced');
    expect(of({})[1]).toBe('one map: NotPlaced');
    expect(of({ placement: { clusters: [], clusterSelector: {} } })[1]).toBe('one map: NotPlaced');
    const shop = source('FederatedNamespace', 'shop/shop', front);
    expect(reasons([shop, map(ALL)])[3]).toBe(
      'two map: NotPlaced: its FederatedNamespace is not placed there',
    );
  });

  it('overrides that cannot be applied: one cluster; that cannot be read: all', () => {
    const override = (path: string) => ({
      ...ALL,
      overrides: [{ clusterName: 'two', clusterOverrides: [{ path, value: 1 }] }],
    });
    expect(of(override('/data/a'))).toEqual([
      'one shop: ',
      'one map: ',
      'two shop: ',
      'two map: ApplyOverridesFailed: override replace /data/a: is not there',
    ]);
    const problem =
      'ApplyOverridesFailed: spec.overrides[0].clusterOverrides[0].path: /kind may not be overridden';
    expect(of(override('/kind'))[1]).toBe(`one map: ${problem}`);
    expect(of(override('/kind'))[3]).toBe(`two map: ${problem}`);
  });

  it('a selector that is none, a cluster that is not ready, an object on its way out', () => {
    const wrong = { placement: { clusterSelector: { matchExpressions: [{ key: 'a' }] } } };
    expect(of(wrong)[1]).toMatch(/^one map: ComputePlacementFailed: spec.placement/);
    const clusters = new Map([['one', { labels: new Map(), isReady: false }]]);
    expect(of(ALL, { clusters })[1]).toBe('one map: ClusterNotReady');
    const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(reasons([SHOP, source('FederatedConfigMap', 'shop/map', ALL, deleted)])[1]).toBe(
      'one map: WaitingForRemoval: it is being deleted',
    );
  });

  it('namespaces that are no federation’s, or bear another name; types that are off', () => {
    const system = source('FederatedNamespace', 'kube-system/kube-system', ALL);
    expect(reasons([system])[0]).toBe('one kube-system: SystemNamespace');
    const misnamed = source('FederatedNamespace', 'shop/other', ALL);
    expect(reasons([misnamed])[0]).toMatch(/^one other: InvalidName/);
    const off = { ...SHOP, type: { ...SHOP.type, isPropagating: false } };
    expect(reasons([off])[0]).toBe('one shop: PropagationDisabled');
  });
});

describe('which type', () => {
  const widget = (spec: object) => ({
    apiVersion: API,
    kind: 'FederatedWidget',
    metadata: { namespace: 'shop', name: 'w' },
    spec,
  });

  it('of an unknown one by the rules of names and its template', () => {
    const type = typeOfManifest(widget({ template: { apiVersion: 'example.com/v1' } }), []);
    expect(type).toHaveProperty('value.target', {
      group: 'example.com',
      version: 'v1',
      kind: 'Widget',
      plural: 'widgets',
      isNamespaced: true,
    });
    expect(typeOfManifest(widget({}), [])).toHaveProperty('kind', 'bad');
  });

  it('as its FederatedTypeConfig says, of whatever group', () => {
    const resource = { version: 'v1', kind: 'Gizmo', pluralName: 'gizmos', scope: 'Namespaced' };
    const read = readFederatedTypeConfig({
      metadata: { name: 'gizmos.example.com' },
      spec: {
        targetType: { ...resource, group: 'example.com' },
        federatedType: { ...resource, group: 'fed.example.com', kind: 'Odd' },
        propagation: 'Enabled',
      },
    });
    if (read.kind !== 'good') throw new Error(read.problem);
    const odd = { apiVersion: 'fed.example.com/v1', kind: 'Odd' };
    expect(typeOfManifest(odd, [read.value])).toHaveProperty('value.target.kind', 'Gizmo');
    expect(typeOfManifest(odd, [])).toBeUndefined();
  });

  it('KubeFed’s other kinds are none', () => {
    const status = { apiVersion: 'core.kubefed.io/v1alpha1', kind: 'FederatedServiceStatus' };
    expect(typeOfManifest(status, [])).toBeUndefined();
  });
});

function namespace(name: string) {
  const metadata = { name, labels: { 'kubefed.io/managed': 'true' } };
  return { apiVersion: 'v1', kind: 'Namespace', metadata };
}
