/**
 * Every reason of the condition Ready of ReplicaSchedulingPreferences, and of Shared of what clusters
 * share, provoked on real API servers: a host, and two members, of which one lets us read no workloads at first.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { federatedCrd } from '../../../src/federation/federated-types/federated-crd.ts';
import { typeConfigFor } from '../../../src/federation/federated-types/type-config.ts';
import { AUTOSCALERS, CONTROL_PLANE_NAMESPACE } from '../definitions.ts';
import { type Federation, startFederation } from '../federation.ts';
import { EVERYWHERE, federated } from '../two-members.ts';
import { grantAll, narrowAccount } from './narrow-account.ts';
import { columnsOf, ToldConditions } from './told-conditions.ts';

const AT = { kind: 'rsp', namespace: 'shop' };

let federation: Federation;
const told = new ToldConditions(() => federation);
const says = told.of('ReplicaSchedulingPreference', AT);
const jobSays = told.of('FederatedJob and FederatedHorizontalPodAutoscaler', {
  ...{ kind: 'federatedjob', namespace: 'shop' },
});

beforeAll(async () => {
  federation = await startFederation({ members: ['one', 'two'], withWorkloads: false });
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  await federation.apply(
    federated('Namespace', 'shop', EVERYWHERE),
    workload('web'),
    workload('busy'),
    federatedCrd(AUTOSCALERS),
  );
  await federation.host.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  await federation.apply(typeConfigFor(AUTOSCALERS, { namespace: CONTROL_PLANE_NAMESPACE }));
}, 120_000);

afterAll(() => federation.stop());

function workload(name: string): object {
  const labels = { app: name };
  const pod = { metadata: { labels }, spec: { containers: [{ name, image: 'lab.example/any' }] } };
  const template = { spec: { selector: { matchLabels: labels }, template: pod } };
  return federated('Deployment', name, EVERYWHERE, { template });
}

function job(name: string, preferences: string): object {
  const annotations = { 'federation.kubernetes.io/job-preferences': preferences };
  const template = { spec: { parallelism: 2, completions: 2 } };
  const object = federated('Job', name, EVERYWHERE, { template });
  return { ...object, metadata: { name, namespace: 'shop', annotations } };
}

function preference(name: string, spec: object = {}): object {
  return {
    apiVersion: 'scheduling.kubefed.io/v1alpha1',
    kind: 'ReplicaSchedulingPreference',
    metadata: { name, namespace: 'shop' },
    spec: { targetKind: 'FederatedDeployment', totalReplicas: 4, ...spec },
  };
}

const patch = (kind: string, name: string, change: object) =>
  federation.host.kubectl([
    ...['patch', kind, name, '-n', CONTROL_PLANE_NAMESPACE],
    ...['--type=merge', '-p', JSON.stringify(change)],
  ]);

it('what cannot be planned says which field, which object, or that there is no cluster', async () => {
  await patch('ftc', 'replicasets.apps', { spec: { propagation: 'Disabled' } });
  await federation.apply(
    preference('web'),
    preference('lonely'),
    preference('untyped', { targetKind: 'FederatedReplicaSet' }),
    // The schema takes what no planner can.
    preference('wrong', { clusters: { one: { weight: 2 ** 60 } } }),
  );
  await says('web', 'Ready', 'NoClusters', 'no KubeFedCluster is registered');
  await says(
    'lonely',
    'Ready',
    'TargetNotFound',
    "spec.targetKind: there is no FederatedDeployment shop/lonely, of the preference's own name",
  );
  await says(
    'untyped',
    'Ready',
    'TypeNotFederated',
    'spec.targetKind: FederatedReplicaSet: its FederatedTypeConfig replicasets.apps is not there, or does not propagate',
  );
  await says(
    'wrong',
    'Ready',
    'Invalid',
    /^spec\.clusters\.one\.weight: is \d+, expected a whole number/,
  );
});

it('a Job that clusters cannot share says why', async () => {
  await federation.apply(job('sums', '{}'), job('odd', '{"clusters": 1}'));
  const nobody = 'no KubeFedCluster is registered, or none is selected by placement and namespace';
  await jobSays('sums', 'Shared', 'NoClusters', nobody);
  await jobSays(
    'odd',
    'Shared',
    'Invalid',
    'metadata.annotations["federation.kubernetes.io/job-preferences"]: clusters: is 1, expected a map',
  );
});

it('a member whose workloads we may not read is named with what it says', async () => {
  await federation.join('two', {}, await narrowAccount(federation.member('two')));
  await says(
    'web',
    'Ready',
    'WorkloadsNotRead',
    /^the workloads of cluster two were not read yet: .*deployments: server says 403 Forbidden/,
  );
}, 60_000);

it('with the right it is planned; drained, a cluster is told with its cause', async () => {
  await grantAll(federation.member('two'));
  await says('web', 'Ready', 'Scheduled', 'two 4', 60_000);
  await jobSays('sums', 'Shared', 'Planned', 'two 2 by 2');
  const drain = (value: string | null) =>
    patch('kubefedcluster', 'two', {
      metadata: { annotations: { 'fedns.io/drain-workloads': value } },
    });
  await drain('true');
  const why = 'two: drained, lost, or not back for long enough';
  await says('web', 'Ready', 'NoClusters', `no cluster may have replicas now: ${why}`);
  await drain(null);
  await says('web', 'Ready', 'Scheduled', 'two 4');
}, 120_000);

it('an autoscaler and a preference of one workload: the preference gives way, and says so', async () => {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'busy' };
  const template = { spec: { scaleTargetRef, maxReplicas: 9 } };
  await federation.apply(
    federated('HorizontalPodAutoscaler', 'busy', EVERYWHERE, { template }),
    preference('busy'),
  );
  await says(
    'busy',
    'Ready',
    'Autoscaled',
    'FederatedDeployment shop/busy: a FederatedHorizontalPodAutoscaler targets it, and has its replicas',
  );
});

it('the columns of kubectl get tell what works from what does not', async () => {
  const rows = await columnsOf(federation, AT);
  const row = (ready: string, reason: string) => ({ TOTAL: '4', READY: ready, REASON: reason });
  expect(rows).toMatchObject({
    web: { TARGET: 'FederatedDeployment', ...row('True', 'Scheduled') },
    lonely: row('False', 'TargetNotFound'),
    untyped: { TARGET: 'FederatedReplicaSet', ...row('False', 'TypeNotFederated') },
    wrong: row('False', 'Invalid'),
    busy: row('False', 'Autoscaled'),
  });
});

it('a move waits for what replaces it', async () => {
  await federation.join('one');
  const moving = 'one 2, two 2; waits until they are ready in one, two';
  await says('web', 'Ready', 'Moving', moving, 40_000);
});

it('a gate that is shut is named', async () => {
  await federation.controlPlane.stop();
  const gate = { name: 'SchedulerPreferences', configuration: 'Disabled' };
  await patch('kubefedconfig', 'kubefed', { spec: { featureGates: [gate] } });
  await federation.startControlPlane();
  await says(
    'web',
    'Ready',
    'Disabled',
    'spec.featureGates of the KubeFedConfig: SchedulerPreferences is Disabled',
  );
});

it('there is no reason but those, and the page has them', () => told.expectPage());
