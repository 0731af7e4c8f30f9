/**
 * Starts real Kubernetes clusters on loopback: one etcd with a prefix per cluster, kube-apiserver,
 * and what makes pods come and go. There are no containers: kwok says that pods run (README.md).
 */
import { join } from 'node:path';
import { ensure } from './components.ts';
import { type Etcd, startEtcd } from './etcd.ts';
import { freePort } from './free-port.ts';
import { type Audited, readRefusals, readWrites } from './kubernetes-audit.ts';
import { type ClusterFiles, makeClusterFiles, writeKubeconfig } from './kubernetes-files.ts';
import {
  type AccountOptions,
  accountManifests,
  loadBalancerStatus,
  type NodeLabels,
  nodeManifest,
  type ServiceOptions,
  serviceManifests,
  whenReady,
} from './kubernetes-objects.ts';
import {
  startApi,
  startWorkloads,
  whenApiReady,
  whenWorkloadsReady,
} from './kubernetes-programs.ts';
import { tryCommand } from './obtain/command.ts';
import type { RunningProcess } from './process.ts';

export interface KubernetesCluster {
  readonly name: string;
  /** https://127.0.0.1:PORT */
  readonly server: string;
  /** The admin's; its context and its cluster have the cluster's name. */
  readonly kubeconfigPath: string;
  /** The present one: another after `restartApi`. */
  readonly apiserver: RunningProcess;
  /** The present kube-controller-manager, kube-scheduler, kwok; none without workloads. */
  readonly workloads: readonly RunningProcess[];
  /** Stdout; throws with stderr on failure. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /**
   * Same port, data and certificates. The present one must have ended. The workloads start anew
   * with it: after minutes without an API they would take half a minute to try again.
   */
  restartApi(): Promise<void>;
  /** Ours that it took so far, in their order, but for leases and events; where writes are audited. */
  writes(): readonly string[];
  /** Requests of anybody that no right allowed, in their order; where everything is audited. */
  refusals(): readonly string[];
  addNode(name: string, labels: NodeLabels): Promise<void>;
  /** Makes or changes it, and waits until its EndpointSlice shows `replicas` ready. */
  deployService(options: ServiceOptions): Promise<void>;
  /** Does not wait. */
  scale(name: string, replicas: number, namespace?: string): Promise<void>;
  /** Path of a kubeconfig with a token, valid for a day, of a service account. */
  kubeconfigFor(options: AccountOptions): Promise<string>;
  stop(): Promise<void>;
}

export interface ClustersOptions {
  /** Left running at the end; one of our own when absent. */
  readonly etcd?: Etcd;
  /** Controllers, scheduler and kwok. Default true. */
  readonly withWorkloads?: boolean;
  /** Of these the Kubernetes is an older minor. */
  readonly older?: readonly string[];
  /** IPv4 address of this machine on which the API servers listen. Default 127.0.0.1. */
  readonly host?: string;
  /** What is on record: for `writes`, or for `refusals`. */
  readonly audits?: Audited;
  /** Controllers beside those of CONTROLLERS. */
  readonly controllers?: readonly string[];
  /** Of a cluster whose API server reaches its own Services: the file of a service proxy. */
  readonly egressOf?: (name: string) => string | undefined;
  /** Port of a cluster's API server; a free one where it gives none. */
  readonly portOf?: (name: string) => number | undefined;
}

export interface Clusters {
  readonly clusters: ReadonlyMap<string, KubernetesCluster>;
  readonly etcd: Etcd;
  stop(): Promise<void>;
}

const APPLY = ['apply', '--server-side', '--force-conflicts', '-f', '-'];

export async function startClusters(
  names: readonly string[],
  options: ClustersOptions = {},
): Promise<Clusters> {
  const withWorkloads = options.withWorkloads ?? true;
  // Built one after the other when cold: a compiler takes all the machine has.
  await ensure('kubernetes');
  if ((options.older ?? []).length > 0) await ensure('kubernetes-older');
  if (withWorkloads) await ensure('kwok');
  const etcd = options.etcd ?? (await startEtcd({ version: '3.7' }));
  const started = await Promise.allSettled(
    names.map((name, at) => startCluster({ ...options, name, index: at + 1, etcd, withWorkloads })),
  );
  const clusters = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const stop = async () => {
    await Promise.all(clusters.map((cluster) => cluster.stop()));
    if (options.etcd === undefined) await etcd.kill9();
  };
  const failed = started.find((each) => each.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { clusters: new Map(clusters.map((each) => [each.name, each])), etcd, stop };
}

interface ClusterPlan extends ClustersOptions {
  readonly name: string;
  readonly index: number;
  readonly etcd: Etcd;
  readonly withWorkloads: boolean;
}

async function startCluster(plan: ClusterPlan): Promise<KubernetesCluster> {
  const { name, index, etcd, withWorkloads, host = '127.0.0.1' } = plan;
  const port = plan.portOf?.(name) ?? (await freePort(host));
  const component = plan.older?.includes(name) ? 'kubernetes-older' : 'kubernetes';
  const files = await makeClusterFiles(name, { host, port, component });
  const api = await startApi(files, etcd, index, plan);
  const workloads: RunningProcess[] = [];
  try {
    await whenApiReady(api, files);
    if (withWorkloads) workloads.push(...(await startWorkloads(files, index, plan.controllers)));
    await whenWorkloadsReady(workloads, files);
  } catch (error) {
    await Promise.all([api, ...workloads].map((each) => each.kill9()));
    throw new Error(`cluster ${name} does not start`, { cause: error });
  }
  return describeCluster(plan, { files, api, workloads });
}

interface ClusterParts {
  readonly files: ClusterFiles;
  readonly api: RunningProcess;
  readonly workloads: readonly RunningProcess[];
}

function describeCluster(plan: ClusterPlan, parts: ClusterParts): KubernetesCluster {
  const { files } = parts;
  const { name, server, kubeconfigPath } = files;
  let { api, workloads } = parts;
  const kubectl = (args: readonly string[], input?: string) => runKubectl(files, args, input);
  return {
    name,
    server,
    kubeconfigPath,
    get apiserver() {
      return api;
    },
    get workloads() {
      return workloads;
    },
    kubectl,
    async restartApi() {
      if (api.alive()) throw new Error(`${name}: its API server has not ended`);
      await Promise.all(workloads.map((each) => each.kill9()));
      api = await startApi(files, plan.etcd, plan.index, plan);
      await whenApiReady(api, files);
      if (plan.withWorkloads) workloads = await startWorkloads(files, plan.index, plan.controllers);
    },
    writes: () => readWrites(files),
    refusals: () => readRefusals(files),
    async addNode(node, labels) {
      await kubectl(['create', '-f', '-'], nodeManifest(node, labels));
    },
    async deployService(options) {
      if (!plan.withWorkloads) throw new Error(`${name} has no workloads to deploy with`);
      const { namespace = 'default', addresses } = options;
      await kubectl(APPLY, serviceManifests(options));
      await kubectl([
        ...['patch', 'service', options.name, '-n', namespace, '--subresource=status'],
        ...['--type=merge', '-p', loadBalancerStatus(addresses)],
      ]);
      await whenReady(files, options);
    },
    async scale(deployment, replicas, namespace = 'default') {
      await kubectl(['scale', 'deployment', deployment, '-n', namespace, `--replicas=${replicas}`]);
    },
    async kubeconfigFor(options) {
      const { serviceAccount, namespace } = options;
      if (options.rules !== undefined) await kubectl(APPLY, accountManifests(options));
      const create = ['create', 'token', serviceAccount, '-n', namespace, '--duration=24h'];
      const token = (await kubectl(create)).trim();
      return writeKubeconfig(files, { user: `${namespace}-${serviceAccount}`, token });
    },
    async stop() {
      // Its data goes with it: nothing is lost by not letting it say goodbye.
      await Promise.all([...workloads, api].map((each) => each.kill9()));
    },
  };
}

async function runKubectl(
  files: ClusterFiles,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const { programs, env } = await ensure('kubernetes');
  const cache = join(files.folder, 'kubectl-cache');
  const common = ['--kubeconfig', files.kubeconfigPath, '--cache-dir', cache];
  const ran = await tryCommand(programs['kubectl'] ?? '', [...common, ...args], {
    env,
    ...(input === undefined ? {} : { input }),
  });
  if (ran.code === 0) return ran.stdout;
  const said = (ran.stderr.trim() || ran.stdout.trim()).slice(-600);
  throw new Error(`${files.name}: kubectl ${args.join(' ').slice(0, 200)}: ${said}`);
}
