/**
 * A federation whose control plane sees every cluster through a proxy that can refuse, hold back and
 * answer from the past; tests themselves see them past it. With the namespace `shop` everywhere.
 */

import { type ApiProxy, type ApiRequest, startApiProxy } from '../../lab/api-proxy.ts';
import { type KubernetesCluster, startClusters } from '../../lab/kubernetes.ts';
import { eventually } from '../eventually.ts';
import {
  type Federation,
  type FederationOptions,
  federate,
  type SeenObject,
} from '../federation.ts';
import { EVERYWHERE, federated } from '../two-members.ts';

export interface Proxied {
  readonly federation: Federation;
  proxy(cluster: string): ApiProxy;
  /** Past the proxy; `path` below `namespaces/shop/`. Throws where it is not there. */
  read(cluster: string, path: string): Promise<SeenObject>;
  /** Merged into a copy by somebody else. */
  change(cluster: string, configMap: string, patch: object): Promise<SeenObject>;
  /** How the copies of a FederatedConfigMap stand by its status: `one=OK two=Paused`. */
  standing(configMap: string): Promise<string>;
  /** Until it is so. */
  stands(configMap: string, standing: string, limitMs?: number): Promise<void>;
}

/** Stories are of what is injected: a machine that is busy is to look like no outage. */
export const PATIENT = {
  leaderElect: { leaseDuration: '30s', renewDeadline: '20s', retryPeriod: '1s' },
  clusterHealthCheck: { period: '1s', timeout: '5s', failureThreshold: 3, successThreshold: 1 },
};

export async function startBehindProxies(
  options: Omit<FederationOptions, 'withWorkloads'>,
): Promise<Proxied> {
  const clusters = await startClusters(['host', ...options.members], { withWorkloads: false });
  const proxies = new Map<string, ApiProxy>();
  const behind = new Map<string, KubernetesCluster>();
  for (const [name, cluster] of clusters.clusters) {
    const proxy = await startApiProxy(cluster.kubeconfigPath);
    proxies.set(name, proxy);
    const { kubeconfigPath } = proxy;
    behind.set(name, Object.create(cluster, { kubeconfigPath: { value: kubeconfigPath } }));
  }
  const stop = async () => {
    await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
    await clusters.stop();
  };
  const config = { ...PATIENT, ...options.config };
  const all = { ...clusters, clusters: behind, stop };
  const federation = await federate(all, 'host', { ...options, config });
  const proxy = (cluster: string) => {
    const found = proxies.get(cluster);
    if (found === undefined) throw new Error(`no proxy of ${cluster}`);
    return found;
  };
  for (const name of options.members) await federation.join(name);
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  await federation.apply(federated('Namespace', 'shop', EVERYWHERE));
  const ask = async (cluster: string, ...[method, path, body]: Parameters<ApiProxy['ask']>) => {
    const answer = await proxy(cluster).ask(method, path, body);
    if (answer.status < 300) return answer.body as SeenObject;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  const read = (cluster: string, path: string) =>
    ask(cluster, 'GET', `/${rootOf(path)}/namespaces/shop/${path}`);
  const standing = async (configMap: string) => {
    const { status } = await read('host', `federatedconfigmaps/${configMap}`);
    return (status?.clusters ?? []).map((one) => `${one.name}=${one.status ?? 'OK'}`).join(' ');
  };
  for (const name of options.members) {
    await eventually(
      () => ask(name, 'GET', '/api/v1/namespaces/shop'),
      () => true,
      60_000,
    );
  }
  return {
    ...{ federation, proxy, read, standing },
    change: (cluster, configMap, patch) =>
      ask(cluster, 'PATCH', `/api/v1/namespaces/shop/configmaps/${configMap}`, patch),
    async stands(configMap, wanted, limitMs) {
      await eventually(
        () => standing(configMap),
        (seen) => seen === wanted,
        limitMs,
      );
    },
  };
}

function rootOf(path: string): string {
  if (path.startsWith('federated')) return 'apis/types.kubefed.io/v1beta1';
  return path.startsWith('propagatedversions') ? 'apis/core.kubefed.io/v1alpha1' : 'api/v1';
}

/** A FederatedConfigMap with this data. */
export function configMap(name: string, data: object, placement: object = EVERYWHERE): object {
  return federated('ConfigMap', name, placement, { template: { data } });
}

/** Ours about the copy of this ConfigMap. */
export function isWriteTo(name: string): (request: ApiRequest) => boolean {
  return ({ plural, objectName, method }) =>
    plural === 'configmaps' && objectName === name && method !== 'GET';
}
