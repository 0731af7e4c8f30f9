/**
 * Every reason of the condition Ready of FederatedTypeConfigs and of the KubeFedConfig, provoked on real
 * API servers: a host and a member.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONTROL_PLANE_NAMESPACE } from '../definitions.ts';
import { eventually } from '../eventually.ts';
import { type Federation, startFederation } from '../federation.ts';
import { EVERYWHERE, federated } from '../two-members.ts';
import { columnsOf, ToldConditions } from './told-conditions.ts';

const TYPES = { kind: 'ftc', namespace: CONTROL_PLANE_NAMESPACE };
const SETTINGS = { kind: 'kubefedconfig', namespace: CONTROL_PLANE_NAMESPACE };

let federation: Federation;
const told = new ToldConditions(() => federation);
const says = told.of('FederatedTypeConfig', TYPES);
const settingsSay = told.of('KubeFedConfig', SETTINGS);

beforeAll(async () => {
  federation = await startFederation({ members: ['one'], withWorkloads: false });
  await federation.join('one');
}, 120_000);

afterAll(() => federation.stop());

const kubectl = (...args: string[]) => federation.host.kubectl(args);

/** Its propagation Enabled or Disabled. */
async function propagate(type: string, propagation: string): Promise<void> {
  const change = JSON.stringify({ spec: { propagation } });
  await kubectl('patch', 'ftc', type, '-n', CONTROL_PLANE_NAMESPACE, '--type=merge', '-p', change);
}

function typeConfig(name: string, targetType: object, kind: string, pluralName: string): object {
  const federatedType = {
    ...{ group: 'types.kubefed.io', version: 'v1beta1', scope: 'Namespaced' },
    ...{ kind, pluralName },
  };
  return {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'FederatedTypeConfig',
    metadata: { name, namespace: CONTROL_PLANE_NAMESPACE },
    spec: { targetType, federatedType, propagation: 'Enabled' },
  };
}

it('a type runs, is off, or is served no more', async () => {
  await propagate('replicasets.apps', 'Disabled');
  const scope = 'Namespaced';
  const ingress = { group: 'extensions', version: 'v1beta1', kind: 'Ingress', scope };
  const target = { ...ingress, pluralName: 'ingresses' };
  await federation.apply(
    typeConfig('ingresses.extensions', target, 'FederatedIngress', 'federatedingresses'),
  );
  await says('configmaps', 'Ready', 'Running', '');
  await says('replicasets.apps', 'Ready', 'Disabled', 'spec.propagation is Disabled');
  await says(
    'ingresses.extensions',
    'Ready',
    'TargetRemoved',
    'spec.targetType.version: extensions/v1beta1 Ingress is not served any more: "fedns enable" for networking.k8s.io/v1 Ingress',
  );
});

it('one that was stored though it is wrong names its field, and can be deleted', async () => {
  // As KubeFed's own definition, which lets it in.
  const rules = '/spec/versions/0/schema/openAPIV3Schema/x-kubernetes-validations';
  const looser = JSON.stringify([{ op: 'remove', path: rules }]);
  const definition = ['crd', 'federatedtypeconfigs.core.kubefed.io'];
  await kubectl('patch', ...definition, '--type=json', '-p', looser);
  const widgets = { version: 'v1', kind: 'Widget', pluralName: 'widgets', scope: 'Namespaced' };
  const named = (group: string) =>
    typeConfig('widgets.example.com', { group, ...widgets }, 'FederatedWidget', 'federatedwidgets');
  await federation.apply(named('example.com'));
  await says('widgets.example.com', 'Ready', 'Running', '');
  await eventually(
    () => federation.apply(named('example.org')),
    () => true,
  );
  await says(
    'widgets.example.com',
    'Ready',
    'Invalid',
    'metadata.name: is not "widgets.example.org", as spec.targetType wants it',
  );
  const rows = await columnsOf(federation, TYPES);
  expect(rows['widgets.example.com']).toMatchObject({ CONTROLLER: 'NotRunning', READY: 'False' });
  await kubectl('delete', 'ftc', 'widgets.example.com', '-n', CONTROL_PLANE_NAMESPACE);
});

it('removals that nobody asked for are held, and how many', async () => {
  const within = (given: object, name: string) => ({
    ...given,
    metadata: { name, namespace: 'doomed' },
  });
  await kubectl('create', 'namespace', 'doomed');
  await federation.apply(
    within(federated('Namespace', 'doomed', EVERYWHERE), 'doomed'),
    within(federated('ConfigMap', 'kept', EVERYWHERE, { template: { data: {} } }), 'kept'),
  );
  await eventually(
    () => federation.get('one', ['configmap', 'kept', '-n', 'doomed']),
    () => true,
  );
  await kubectl('delete', 'namespace', 'doomed', '--wait=false');
  await kubectl('delete', 'federatedconfigmap', 'kept', '-n', 'doomed', '--wait=false');
  const held = /^1 removals held: .+; "fedns accept \S+" lets them go$/;
  await says('configmaps', 'Ready', 'RemovalsHeld', held, 40_000);
});

it('the columns of kubectl get tell what works from what does not', async () => {
  const row = (controller: string, ready: string, reason: string) => ({
    ...{ CONTROLLER: controller, READY: ready, REASON: reason },
  });
  expect(await columnsOf(federation, TYPES)).toMatchObject({
    services: { PROPAGATION: 'Enabled', ...row('Running', 'True', 'Running') },
    configmaps: { PROPAGATION: 'Enabled', ...row('Running', 'False', 'RemovalsHeld') },
    'replicasets.apps': { PROPAGATION: 'Disabled', ...row('NotRunning', 'True', 'Disabled') },
    'ingresses.extensions': { PROPAGATION: 'Enabled', REASON: 'TargetRemoved', READY: 'False' },
  });
});

it('without the type of namespaces no namespaced type runs', async () => {
  await propagate('namespaces', 'Disabled');
  await says(
    'secrets',
    'Ready',
    'NamespacesNotFederated',
    'FederatedTypeConfig "namespaces", which this type needs, does not propagate',
  );
  await propagate('namespaces', 'Enabled');
  await says('secrets', 'Ready', 'Running', '');
});

const GRACE = 'fedns.io/workload-grace';
const WRONG = `metadata.annotations["${GRACE}"]: "soon" is no duration, as 5m or 1m30s`;

const annotate = (annotation: string) =>
  kubectl(
    ...['annotate', '--overwrite', 'kubefedconfig', 'kubefed', '-n', CONTROL_PLANE_NAMESPACE],
    annotation,
  );

it('settings are in force, or those of before are; a start waits for good ones', async () => {
  await settingsSay('kubefed', 'Ready', 'Valid', 'the settings are in force');
  await annotate(`${GRACE}=soon`);
  const kept = `${WRONG}; the former settings stay in force`;
  await settingsSay('kubefed', 'Ready', 'FormerSettingsKept', kept, 40_000);
  await federation.controlPlane.stop();
  await federation.startControlPlane();
  await settingsSay('kubefed', 'Ready', 'Invalid', WRONG, 40_000);
  const broken = await columnsOf(federation, SETTINGS);
  expect(broken['kubefed']).toMatchObject({ READY: 'False', REASON: 'Invalid' });
  await annotate(`${GRACE}-`);
  await settingsSay('kubefed', 'Ready', 'Valid', 'the settings are in force', 40_000);
  const mended = await columnsOf(federation, SETTINGS);
  expect(mended['kubefed']).toMatchObject({ READY: 'True', REASON: 'Valid' });
}, 150_000);

it('a federation of one namespace has no types of the whole cluster', async () => {
  await federation.controlPlane.stop();
  const { spec } = await federation.get('host', [
    'kubefedconfig',
    'kubefed',
    '-n',
    TYPES.namespace,
  ]);
  await kubectl('delete', 'kubefedconfig', 'kubefed', '-n', CONTROL_PLANE_NAMESPACE);
  await federation.apply({
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedConfig',
    metadata: { name: 'kubefed', namespace: CONTROL_PLANE_NAMESPACE },
    spec: { ...spec, scope: 'Namespaced' },
  });
  await federation.startControlPlane();
  await says(
    'namespaces',
    'Ready',
    'OutOfScope',
    'spec.targetType.scope: is Cluster, and spec.scope of the KubeFedConfig is Namespaced',
  );
});

it('there is no reason but those, and the page has them', () => told.expectPage());
