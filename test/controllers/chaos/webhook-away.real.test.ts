/**
 * The webhook is configured as shipped, and nobody listens where it should: what others write about
 * members waits for it, and a control plane under its own account goes on with all its writes.
 */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { freePort } from '../../lab/free-port.ts';
import { type KubernetesCluster, startClusters } from '../../lab/kubernetes.ts';
import { CONTROL_PLANE_NAMESPACE } from '../definitions.ts';
import { eventually } from '../eventually.ts';
import { type Federation, federate } from '../federation.ts';
import { EVERYWHERE, federated, isPropagated, lookingAt } from '../two-members.ts';
import { PATIENT } from './behind-proxies.ts';

const CONFIGURATIONS = new URL('../../../deploy/webhook/configurations.yaml', import.meta.url);
const ALL = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];

let federation: Federation;
const { copy, object, standing } = lookingAt(() => federation);

beforeAll(async () => {
  const clusters = await startClusters(['host', 'one'], { withWorkloads: false });
  let kubeconfigPath = '';
  const all = new Map(clusters.clusters);
  const host = all.get('host') as KubernetesCluster;
  // Its definitions are made by the admin, before it has an account.
  const seen = { get: () => kubeconfigPath || host.kubeconfigPath };
  all.set('host', Object.create(host, { kubeconfigPath: seen }));
  const options = { isWithoutControlPlane: true, config: PATIENT };
  federation = await federate({ ...clusters, clusters: all }, 'host', options);
  const account = { serviceAccount: 'fedns', namespace: CONTROL_PLANE_NAMESPACE, rules: ALL };
  kubeconfigPath = await host.kubeconfigFor(account);
  await federation.join('one');
  await host.kubectl(['create', 'namespace', 'shop']);
  await host.kubectl(['apply', '-f', '-'], configurationsAt(await freePort()));
  await federation.startControlPlane();
}, 120_000);

afterAll(() => federation?.stop());

function configurationsAt(port: number): string {
  const items = parseAllDocuments(readFileSync(CONFIGURATIONS, 'utf8')).map((document) => {
    const configuration: { webhooks: { clientConfig: object }[] } = document.toJS();
    for (const webhook of configuration.webhooks) {
      webhook.clientConfig = { url: `https://127.0.0.1:${port}/` };
    }
    return configuration;
  });
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

const cluster = () =>
  federation.get('host', ['kubefedcluster', 'one', '-n', CONTROL_PLANE_NAMESPACE]);

it('members of others wait for it', async () => {
  const patch = JSON.stringify({ spec: { apiEndpoint: 'https://127.0.0.1:1' } });
  const args = [
    'kubefedcluster',
    'one',
    '-n',
    CONTROL_PLANE_NAMESPACE,
    '--type=merge',
    '-p',
    patch,
  ];
  await expect(
    eventually(
      () => federation.host.kubectl(['patch', '--dry-run=server', ...args]).then(String, String),
      (said) => said.includes('failed calling webhook'),
    ),
  ).resolves.toContain('kubefedclusters.core.kubefed.io');
});

it('a cluster’s health, finalizers, copies, memories and statuses are written', async () => {
  await eventually(cluster, ({ status }) =>
    (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
  const template = { data: { colour: 'red' } };
  await federation.apply(
    federated('Namespace', 'shop', EVERYWHERE),
    federated('ConfigMap', 'settings', EVERYWHERE, { template }),
  );
  const seen = await eventually(() => object('configmap', 'settings'), isPropagated);
  expect(seen.metadata.finalizers).toEqual(['kubefed.io/sync-controller']);
  expect((await copy('one', 'configmap', 'settings')).data).toEqual({ colour: 'red' });
  await federation.get('host', ['propagatedversion', 'configmap-settings', '-n', 'shop']);
});

it('what changes and what goes, changes and goes', async () => {
  const template = { data: { colour: 'blue' } };
  await federation.apply(federated('ConfigMap', 'settings', EVERYWHERE, { template }));
  await eventually(
    () => copy('one', 'configmap', 'settings'),
    ({ data }) => data?.['colour'] === 'blue',
  );
  await standing('configmap', 'settings', 'one', 'OK');
  await federation.host.kubectl([
    ...['delete', 'federatedconfigmap', 'settings', '-n', 'shop', '--timeout=20s'],
  ]);
  const { items } = await federation.get('one', ['configmap', '-n', 'shop']);
  expect(items.map(({ metadata }) => metadata.name)).not.toContain('settings');
});

it('a member that dies is told, and one that leaves may leave', async () => {
  await federation.member('one').apiserver.kill9();
  await eventually(cluster, ({ status }) =>
    (status?.conditions ?? []).some(({ type }) => type === 'Offline'),
  );
  await federation.host.kubectl([
    ...['delete', 'kubefedcluster', 'one', '-n', CONTROL_PLANE_NAMESPACE, '--timeout=20s'],
  ]);
});
