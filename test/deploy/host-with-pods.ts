/**
 * Clusters of the lab whose host runs the control plane's own pods as processes, and reaches its
 * Services; with Helm and with our own program, both as a person has them.
 */

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { ensure } from '../lab/components.ts';
import { type KubernetesCluster, startClusters } from '../lab/kubernetes.ts';
import { etcdImage, FEDNS_IMAGE } from '../lab/pod-process.ts';
import { temporaryFolder } from '../lab/process.ts';
import { type ProcessRunner, startProcessRunner } from '../lab/process-runner.ts';
import { startServiceProxy } from '../lab/service-proxy.ts';

export const NAMESPACE = 'kube-federation-system';
export const VALUES = join(import.meta.dirname, 'chart/values');
export const CHART = fileURLToPath(new URL('../../deploy/chart', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../../src/launch.js', import.meta.url));

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HostWithPods {
  readonly host: KubernetesCluster;
  readonly runner: ProcessRunner;
  /** A context for each cluster, the host's current. */
  readonly kubeconfig: string;
  /** Where the clusters' own etcd answers: free to be used below keys of ours. */
  readonly etcdUrl: string;
  member(name: string): KubernetesCluster;
  /** Throws with what it said, where it fails. */
  helm(...args: readonly string[]): Promise<string>;
  /**
   * The guide's own line, with a file of VALUES and what else Helm is told; returns when controllers
   * and webhook run.
   */
  upgrade(values: string, ...more: readonly string[]): Promise<string>;
  /** `fedns`, whose kubeconfig has a context for each cluster. */
  fedns(...args: readonly string[]): Promise<Ran>;
  get(cluster: string, ...args: readonly string[]): Promise<unknown>;
  /** `kubectl apply` in the host. */
  apply(...objects: readonly object[]): Promise<void>;
  /** Requests that this cluster's API server, or the host's, refused for want of a right: who asked for what. */
  refusals(cluster?: string): readonly string[];
  stop(): Promise<void>;
}

/** `hostName`: cluster and context, where a guide calls it otherwise. */
export async function startHostWithPods(
  members: readonly string[],
  hostName = 'host',
): Promise<HostWithPods> {
  await ensure('helm');
  const proxy = await startServiceProxy();
  const clusters = await startClusters([hostName, ...members], {
    controllers: [
      ...['job-controller', 'statefulset-controller'],
      'clusterrole-aggregation-controller',
    ],
    audits: 'everything',
    egressOf: (name) => (name === hostName ? proxy.configFile : undefined),
  });
  const member = (name: string) => {
    const found = clusters.clusters.get(name);
    if (found === undefined) throw new Error(`no cluster ${name}`);
    return found;
  };
  const host = member(hostName);
  const etcd = etcdImage(clusters.etcd.paths.programs['etcd'] ?? '');
  const images = [FEDNS_IMAGE, etcd];
  const runner = await startProcessRunner(host, { namespace: NAMESPACE, images });
  proxy.find = (to, port) => runner.find(to, port);
  const folder = temporaryFolder('helm');
  const kubeconfig = mergedKubeconfig(folder, [...clusters.clusters.values()]);
  const environment = { ...process.env, HOME: folder, KUBECONFIG: kubeconfig };
  const helm = (...args: readonly string[]) =>
    runHelm(['--kube-context', hostName, '--namespace', NAMESPACE, ...args], environment);
  return {
    host,
    runner,
    kubeconfig,
    etcdUrl: clusters.etcd.endpoint,
    member,
    helm,
    async upgrade(values, ...more) {
      const line = ['upgrade', '-i', 'kubefed', CHART, '--create-namespace'];
      const said = await helm(...line, '-f', join(VALUES, values), ...more);
      for (const name of ['kubefed-controller-manager', 'kubefed-admission-webhook']) {
        const rollout = ['rollout', 'status', `deployment/${name}`, '-n', NAMESPACE];
        await host.kubectl([...rollout, '--timeout=120s']);
      }
      return said;
    },
    fedns: (...args) => run(process.execPath, [LAUNCHER, ...args], environment),
    get: async (name, ...args) =>
      JSON.parse(await member(name).kubectl(['get', ...args, '-o', 'json'])),
    async apply(...objects) {
      const text = objects.map((object) => JSON.stringify(object)).join('\n---\n');
      await host.kubectl(['apply', '-f', '-'], text);
    },
    refusals: (cluster = hostName) => member(cluster).refusals(),
    async stop() {
      await runner.stop();
      await clusters.stop();
      proxy.stop();
    },
  };
}

/** Throws with what it said, where it fails. */
export async function runHelm(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { programs } = await ensure('helm');
  const ran = await run(programs['helm'] ?? '', args, { ...process.env, ...env });
  if (ran.code !== 0) throw new Error(`helm ${args.join(' ')}: ${ran.stderr}${ran.stdout}`);
  return ran.stdout + ran.stderr;
}

/** All admins have one name in their own files: merged as they are, the first would be all of them. */
function mergedKubeconfig(folder: string, clusters: readonly KubernetesCluster[]): string {
  const parts = clusters.map(({ name, kubeconfigPath }) => {
    const file = parse(readFileSync(kubeconfigPath, 'utf8'));
    const [{ user }] = file.users;
    const context = { name, context: { cluster: name, user: name } };
    return { cluster: file.clusters[0], user: { name, user }, context };
  });
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: parts.map(({ cluster }) => cluster),
    users: parts.map(({ user }) => user),
    contexts: parts.map(({ context }) => context),
    'current-context': clusters[0]?.name,
  };
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return path;
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env, timeout: 170_000, maxBuffer: 64 << 20 };
    const child = execFile(program, [...args], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? 1, stdout, stderr }),
    );
  });
}
