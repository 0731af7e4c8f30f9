/** The contract of list-watch on real API servers: the current Kubernetes, and the oldest we support. */

import { afterAll, beforeAll, describe } from 'vitest';
import { z } from 'zod';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import { loadKubeconfig } from '../../src/kubernetes/kubeconfig.ts';
import { type Clusters, type KubernetesCluster, startClusters } from '../lab/kubernetes.ts';
import { describeListWatch } from './list-watch.suite.ts';

const NAMESPACE = 'suite';
const LISTED = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });

let all: Clusters;
let count = 0;

beforeAll(async () => {
  all = await startClusters(['current', 'older'], { older: ['older'], withWorkloads: false });
  for (const cluster of all.clusters.values()) {
    await cluster.kubectl(['create', 'namespace', NAMESPACE]);
  }
}, 180_000);
afterAll(() => all?.stop());

/** One that nobody else writes to: namespaces have Services of their own only where controllers run. */
async function serverOf(name: string) {
  const cluster = all.clusters.get(name) as KubernetesCluster;
  const found = await loadKubeconfig({ path: cluster.kubeconfigPath, environment: {} });
  const client = new ApiClient(found.access(found.currentContext));
  const kubectl = (...args: readonly string[]) => cluster.kubectl(['-n', NAMESPACE, ...args]);
  const annotation = () => `count=${++count}`;
  return {
    client,
    path: `/api/v1/namespaces/${NAMESPACE}/services`,
    create: async (service: string) => {
      await kubectl('create', 'service', 'clusterip', service, '--tcp=80');
    },
    update: async (service: string) => {
      await kubectl('annotate', '--overwrite', 'service', service, annotation());
    },
    remove: async (service: string) => {
      await kubectl('delete', 'service', service);
    },
    clear: async () => {
      const { items } = LISTED.parse(JSON.parse(await kubectl('get', 'services', '-o', 'json')));
      const names = items.map(({ metadata }) => metadata.name);
      if (names.length > 0) await kubectl('delete', 'service', ...names);
    },
    stop: () => client.close(),
  };
}

describe('real API servers', () => {
  describeListWatch('the current Kubernetes', () => serverOf('current'));
  describeListWatch('the older Kubernetes', () => serverOf('older'));
});
