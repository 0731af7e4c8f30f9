/** A release as KubeFed's own chart leaves it, for upgrades over it. */

import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../lab/process.ts';
import { CHART, NAMESPACE } from '../host-with-pods.ts';

/** What matters of KubeFed's chart 0.10: names, selectors, commands; none of its images is here. */
export function kubefedChart(): string {
  const folder = temporaryFolder('kubefed-chart');
  const workload = (name: string, label: readonly [string, string], command: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      replicas: 1,
      selector: { matchLabels: Object.fromEntries([label]) },
      template: {
        metadata: { labels: Object.fromEntries([label]) },
        spec: {
          containers: [
            {
              name: name.replace('kubefed-', ''),
              image: 'quay.io/k/kubefed:v0.10.0',
              command: [command, '--v=2'],
            },
          ],
        },
      },
    },
  });
  const rbac = 'rbac.authorization.k8s.io';
  const account = { kind: 'ServiceAccount', name: 'kubefed-controller', namespace: NAMESPACE };
  const objects = [
    workload(
      'kubefed-controller-manager',
      ['kubefed-control-plane', 'controller-manager'],
      '/hyperfed/controller-manager',
    ),
    workload(
      'kubefed-admission-webhook',
      ['kubefed-admission-webhook', 'true'],
      '/hyperfed/webhook',
    ),
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: account.name, namespace: NAMESPACE },
    },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: 'kubefed-role' } },
      rules: [
        { apiGroups: ['types.kubefed.io', 'core.kubefed.io'], resources: ['*'], verbs: ['*'] },
      ],
    },
    {
      ...{
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: 'kubefed-rolebinding' },
      },
      ...{
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'kubefed-role' },
        subjects: [account],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'validations.core.kubefed.io' },
      webhooks: [
        {
          name: 'kubefedconfigs.core.kubefed.io',
          clientConfig: { service: { namespace: NAMESPACE, name: 'kubefed-admission-webhook' } },
          rules: [
            {
              ...{ apiGroups: ['core.kubefed.io'], apiVersions: ['v1beta1'] },
              resources: ['kubefedconfigs', 'federatedtypeconfigs', 'kubefedclusters'],
              operations: ['UPDATE'],
            },
          ],
          failurePolicy: 'Fail',
          ...{ sideEffects: 'None', admissionReviewVersions: ['v1'] },
        },
      ],
    },
    {
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedConfig',
      metadata: { name: 'kubefed', namespace: NAMESPACE },
      spec: { scope: 'Cluster' },
    },
  ];
  mkdirSync(join(folder, 'templates'));
  // As there, they belong to no release.
  cpSync(join(CHART, 'crds'), join(folder, 'crds'), { recursive: true });
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: kubefed\nversion: 0.10.0\n');
  const text = objects.map((object) => JSON.stringify(object)).join('\n---\n');
  writeFileSync(join(folder, 'templates/all.yaml'), text);
  return folder;
}
