/** What the federation of part `federation` is made of: members, namespaces, federated Deployments. */

/** Federated objects are spread over so many. */
export const NAMESPACES = 50;

export const memberName = (index: number) => `member-${String(index).padStart(3, '0')}`;

export const placeOf = (index: number) => ({
  namespace: `ns-${index % NAMESPACES}`,
  name: `service-${index}`,
});

export function federatedDeployment(index: number, wave?: string, replicasOfOne?: number): object {
  const { namespace, name } = placeOf(index);
  const labels = { app: name, ...(wave !== undefined && { wave }) };
  const overrides = [
    {
      clusterName: memberName(3),
      clusterOverrides: [{ path: '/spec/replicas', value: replicasOfOne ?? 1 }],
    },
  ];
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedDeployment',
    metadata: { name, namespace },
    spec: {
      placement: { clusterSelector: {} },
      template: { metadata: { labels }, spec: deploymentSpec(name) },
      overrides,
    },
  };
}

function deploymentSpec(name: string): object {
  const probe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5 };
  const resources = { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } };
  const env = ['A', 'B', 'C', 'D', 'E'].map((key) => ({ name: `SETTING_${key}`, value: 'on' }));
  const image = `registry.example.com/${name}:1.2.3`;
  const container = { name: 'main', image, env, resources, readinessProbe: probe };
  return {
    replicas: 3,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [container] } },
  };
}
