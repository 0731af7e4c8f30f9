/** What an installation finds in a host that it did not make; and what a verb says of objects. */

import { listAt, textAt } from '../../src/api/untyped.ts';
import { type HostWithPods, NAMESPACE } from '../deploy/host-with-pods.ts';

/** KubeFed's, as its release 0.10 has them. */
export const oldControllers = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'kubefed-controller-manager', namespace: NAMESPACE },
  spec: {
    replicas,
    selector: { matchLabels: { 'kubefed-control-plane': 'controller-manager' } },
    template: {
      metadata: { labels: { 'kubefed-control-plane': 'controller-manager' } },
      spec: {
        containers: [
          {
            name: 'controller-manager',
            image: 'quay.io/kubernetes-multicluster/kubefed:v0.10.0',
            command: ['/hyperfed/controller-manager', '--v=2'],
          },
        ],
      },
    },
  },
});

/** Of a type that a person enabled. */
export const ownType = {
  apiVersion: 'core.kubefed.io/v1beta1',
  kind: 'FederatedTypeConfig',
  metadata: { name: 'widgets.example.com', namespace: NAMESPACE },
  spec: {
    targetType: {
      ...{ group: 'example.com', version: 'v1', kind: 'Widget' },
      ...{ pluralName: 'widgets', scope: 'Namespaced' },
    },
    federatedType: {
      ...{ group: 'types.kubefed.io', version: 'v1beta1', kind: 'FederatedWidget' },
      ...{ pluralName: 'federatedwidgets', scope: 'Namespaced' },
    },
    propagation: 'Disabled',
  },
};

/** What became of which object, whether it was done or not; one after the other as they go at once. */
export function stepsOf(output: string): readonly string[] {
  const lines = output.replaceAll(' (dry run)', '').split('\n');
  return lines.filter((line) => /^host: \S+ \S+ (deleted|kept)\b/.test(line)).sort();
}

/** Every object of the host that can outlive an installation, by kind and name. */
export async function outlasting(on: HostWithPods): Promise<ReadonlySet<string>> {
  const names = await on.host.kubectl(['api-resources', '--verbs=list,delete', '-o', 'name']);
  const passing =
    /^(events|endpointslices|endpoints|pods|replicasets|leases|controllerrevisions)\b/;
  const kinds = names.split('\n').filter((name) => name !== '' && !passing.test(name));
  const text = await on.host.kubectl(['get', kinds.join(','), '-A', '-o', 'json']);
  return new Set(
    listAt(JSON.parse(text), 'items').map((object) => {
      const [namespace = '', name] = ['namespace', 'name'].map((field) =>
        textAt(object, 'metadata', field),
      );
      return `${textAt(object, 'kind')} ${namespace}/${name}`;
    }),
  );
}
