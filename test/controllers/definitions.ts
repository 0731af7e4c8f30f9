/** What a host needs before a control plane can start: definitions, shipped types, a KubeFedConfig. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesCluster } from '../lab/kubernetes.ts';

const CRDS = join(import.meta.dirname, '../../deploy/crds');
export const CONTROL_PLANE_NAMESPACE = 'kube-federation-system';

/** Of the KubeFedConfig. */
export interface HostConfig {
  readonly spec?: object;
  readonly annotations?: object;
}

export async function installDefinitions(
  host: KubernetesCluster,
  { spec = { scope: 'Cluster' }, annotations = {} }: HostConfig,
): Promise<void> {
  const texts = manifestsBelow(CRDS);
  const documents = texts.flatMap((text) => text.split(/^---$/m));
  const definitions = documents.filter((text) => /^kind: CustomResourceDefinition$/m.test(text));
  const others = documents.filter((text) => /^kind: FederatedTypeConfig$/m.test(text));
  await host.kubectl(['create', 'namespace', CONTROL_PLANE_NAMESPACE]);
  const apply = ['apply', '--server-side', '-f', '-'];
  await host.kubectl(apply, definitions.join('\n---\n'));
  await host.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  await host.kubectl([...apply, '-n', CONTROL_PLANE_NAMESPACE], others.join('\n---\n'));
  await host.kubectl(
    apply,
    JSON.stringify({
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedConfig',
      metadata: { name: 'kubefed', namespace: CONTROL_PLANE_NAMESPACE, annotations },
      spec,
    }),
  );
}

function manifestsBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return manifestsBelow(path);
    return name.endsWith('.yaml') ? [readFileSync(path, 'utf8')] : [];
  });
}

/** As discovery describes it; no shipped type. */
export const AUTOSCALERS = {
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  isNamespaced: true,
  shortNames: ['hpa'],
  hasSchema: true,
  hasReplicas: false,
};
