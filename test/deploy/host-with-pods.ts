/**
 * Clusters of the lab whose host runs the control plane's own pods as processes, and reaches its
 * Services; with Helm and with our own program, both as a person has them.
 */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensure } from '../lab/components.ts';
import { type KubernetesCluster, startClusters } from '../lab/kubernetes.ts';
import { temporaryFolder } from '../lab/process.ts';
import { type ProcessRunner, startProcessRunner } from '../lab/process-runner.ts';
import { startServiceProxy } from '../lab/service-proxy.ts';

export const NAMESPACE = 'kube-federation-system';
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
  member(name: string): KubernetesCluster;
  /** Throws with what it said, where it fails. */
  helm(...args: readonly string[]): Promise<string>;
  /** `fedns`, whose kubeconfig has a context for each cluster. */
  fedns(...args: readonly string[]): Promise<Ran>;
  get(cluster: string, ...args: readonly string[]): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startHostWithPods(members: readonly string[]): Promise<HostWithPods> {
  const { programs } = await ensure('helm');
  const proxy = await startServiceProxy();
  const clusters = await startClusters(['host', ...members], {
    controllers: ['job-controller', 'clusterrole-aggregation-controller'],
    egressOf: (name) => (name === 'host' ? proxy.configFile : undefined),
  });
  const member = (name: string) => {
    const found = clusters.clusters.get(name);
    if (found === undefined) throw new Error(`no cluster ${name}`);
    return found;
  };
  const host = member('host');
  const runner = await startProcessRunner(host, { namespace: NAMESPACE, image: 'fedns:' });
  proxy.find = (to, port) => runner.find(to, port);
  const folder = temporaryFolder('helm');
  const environment = {
    ...process.env,
    HOME: folder,
    KUBECONFIG: [...clusters.clusters.values()].map((each) => each.kubeconfigPath).join(':'),
  };
  return {
    host,
    runner,
    member,
    async helm(...args) {
      const common = ['--kube-context', 'host', '--namespace', NAMESPACE];
      const ran = await run(programs['helm'] ?? '', [...common, ...args], {
        ...environment,
        HELM_CACHE_HOME: join(folder, 'cache'),
      });
      if (ran.code !== 0) throw new Error(`helm ${args.join(' ')}: ${ran.stderr}${ran.stdout}`);
      return ran.stdout + ran.stderr;
    },
    fedns: (...args) => run(process.execPath, [LAUNCHER, ...args], environment),
    get: async (name, ...args) =>
      JSON.parse(await member(name).kubectl(['get', ...args, '-o', 'json'])),
    async stop() {
      await runner.stop();
      await clusters.stop();
      proxy.stop();
    },
  };
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env, timeout: 170_000, maxBuffer: 64 << 20 };
    const child = execFile(program, [...args], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? 1, stdout, stderr }),
    );
  });
}
