/** Objects that make every loop of the controllers ask and write: to see whether it may. */

import { NAMESPACE } from '../host-with-pods.ts';

/** One of every kind that a loop of the controllers follows. */
export function objectsOfEveryLoop(): readonly object[] {
  const metadata = { name: 'web', namespace: 'demo' };
  const types = { apiVersion: 'types.kubefed.io/v1beta1', metadata };
  const dns = { apiVersion: 'multiclusterdns.kubefed.io/v1alpha1', metadata };
  const labels = { app: 'web' };
  const pod = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web' }] } };
  const deployment = { spec: { replicas: 1, selector: { matchLabels: labels }, template: pod } };
  const service = { spec: { type: 'LoadBalancer', selector: labels, ports: [{ port: 80 }] } };
  const placement = { clusters: [{ name: 'west' }] };
  return [
    { ...types, kind: 'FederatedDeployment', spec: { template: deployment, placement } },
    { ...types, kind: 'FederatedService', spec: { template: service, placement } },
    {
      ...{
        apiVersion: 'scheduling.kubefed.io/v1alpha1',
        kind: 'ReplicaSchedulingPreference',
        metadata,
      },
      spec: { targetKind: 'FederatedDeployment', totalReplicas: 3 },
    },
    {
      ...{ ...dns, kind: 'Domain', metadata: { name: 'test-domain', namespace: NAMESPACE } },
      domain: 'example.com',
    },
    {
      ...{ ...dns, kind: 'ServiceDNSRecord' },
      spec: { domainRef: 'test-domain', recordTTL: 300, allowServiceWithoutEndpoints: true },
    },
    { ...dns, kind: 'IngressDNSRecord', spec: { hosts: ['ingress.example.com'], recordTTL: 300 } },
  ];
}
