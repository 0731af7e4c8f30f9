/**
 * A federation on real clusters: a host with the shipped definitions and types, members registered
 * by their admins' accounts, and the control plane in this process.
 */

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ControlPlane } from '../../src/controllers/control-plane.ts';
import { loadKubeconfig } from '../../src/kubernetes/kubeconfig.ts';
import { Alarms } from '../../src/runtime/alarms.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import {
  type Clusters,
  type ClustersOptions,
  type KubernetesCluster,
  startClusters,
} from '../lab/kubernetes.ts';
import { CONTROL_PLANE_NAMESPACE, installDefinitions } from './definitions.ts';

/** Of an object that an API shows: where tests look. */
export interface SeenObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly conditions?: readonly SeenCondition[];
    readonly clusters?: readonly { name: string; status?: string; message?: string }[];
    readonly kubernetesVersion?: string;
  };
  /** Of a list. */
  readonly items: readonly SeenObject[];
}

interface SeenCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface Federation {
  readonly host: KubernetesCluster;
  readonly clusters: Clusters;
  member(name: string): KubernetesCluster;
  /** Parsed `kubectl get -o json`; of the host: `host`. */
  get(cluster: string, args: readonly string[]): Promise<SeenObject>;
  /** `kubectl apply` in the host. */
  apply(...objects: readonly object[]): Promise<void>;
  /** Registered with these labels; its Secret is the token of a kubeconfig, its admin's unless said. */
  join(
    name: string,
    labels?: Readonly<Record<string, string>>,
    kubeconfigPath?: string,
  ): Promise<void>;
  controlPlane: ControlPlane;
  startControlPlane(): Promise<void>;
  stop(): Promise<void>;
}

export interface FederationOptions extends ClustersOptions {
  readonly members: readonly string[];
  /** Of the KubeFedConfig: its spec, where it is not all defaults. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** No control plane in this process: the test runs one as it likes. */
  readonly isWithoutControlPlane?: boolean;
  /** TTL of names that somebody answers from the members' own objects. */
  readonly servedTtlSeconds?: number;
  /** Of the KubeFedConfig. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * All control planes want short waits, but no lease that a loaded machine cannot keep: who stops lets
 * go of it at once.
 */
const QUICK_CONFIG = {
  scope: 'Cluster',
  leaderElect: { leaseDuration: '12s', renewDeadline: '10s', retryPeriod: '500ms' },
  clusterHealthCheck: { period: '500ms', timeout: '1s', failureThreshold: 3, successThreshold: 1 },
};

export async function startFederation(options: FederationOptions): Promise<Federation> {
  const clusters = await startClusters(['host', ...options.members], options);
  return await federate(clusters, 'host', options);
}

/** Over clusters that run already; stopping it stops them all. */
export async function federate(
  clusters: Clusters,
  hostName: string,
  options: Omit<FederationOptions, 'members'>,
): Promise<Federation> {
  const member = (name: string) => {
    const found = clusters.clusters.get(name);
    if (found === undefined) throw new Error(`no cluster ${name}`);
    return found;
  };
  const host = member(hostName);
  const { config, annotations = {}, servedTtlSeconds } = options;
  await installDefinitions(host, { spec: { ...QUICK_CONFIG, ...config }, annotations });
  const logger = createLogger('warn').for('controllers');
  const make = async () => {
    const kubeconfig = await loadKubeconfig({ path: host.kubeconfigPath, environment: {} });
    return new ControlPlane({
      access: kubeconfig.access(kubeconfig.currentContext),
      namespace: CONTROL_PLANE_NAMESPACE,
      alarms: new Alarms(logger),
      servedTtlSeconds,
      logger,
    });
  };
  const federation: Federation = {
    host,
    clusters,
    member,
    get: async (name, args) =>
      JSON.parse(await member(name).kubectl(['get', '-o', 'json', ...args])),
    async apply(...objects) {
      const text = objects.map((object) => JSON.stringify(object)).join('\n---\n');
      await host.kubectl(['apply', '-f', '-'], text);
    },
    join: (name, labels = {}, kubeconfigPath = member(name).kubeconfigPath) =>
      register(host, { name, kubeconfigPath }, labels),
    controlPlane: await make(),
    async startControlPlane() {
      federation.controlPlane = await make();
      federation.controlPlane.start();
    },
    async stop() {
      await federation.controlPlane.stop();
      await clusters.stop();
    },
  };
  if (options.isWithoutControlPlane !== true) federation.controlPlane.start();
  return federation;
}

async function register(
  host: KubernetesCluster,
  member: Pick<KubernetesCluster, 'name' | 'kubeconfigPath'>,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const kubeconfig = parse(readFileSync(member.kubeconfigPath, 'utf8'));
  const { server, 'certificate-authority-data': caBundle } = kubeconfig.clusters[0].cluster;
  const { token } = kubeconfig.users[0].user;
  const metadata = { name: member.name, namespace: CONTROL_PLANE_NAMESPACE };
  const objects = [
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { token } },
    {
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedCluster',
      metadata: { ...metadata, labels },
      spec: { apiEndpoint: server, caBundle, secretRef: { name: member.name } },
    },
  ];
  const text = objects.map((object) => JSON.stringify(object)).join('\n---\n');
  await host.kubectl(['apply', '-f', '-'], text);
}
