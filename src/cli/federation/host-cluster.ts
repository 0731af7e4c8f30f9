/**
 * The host of a federation as its verbs reach it: kubeconfig and context as kubectl finds them, the
 * control plane's namespace, and clients that are closed when the verb is done. Whatever goes wrong
 * on the way is one line that names the cluster.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { type KubeFedSettings, readKubeFedConfig } from '../../api/kubefed/kubefed-config.ts';
import { textAt } from '../../api/untyped.ts';
import { federationUidOf } from '../../federation/joining/federation-uid.ts';
import { ApiClient } from '../../kubernetes/api-client.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { ClusterAccess } from '../../kubernetes/cluster-access.ts';
import {
  inClusterKubeconfig,
  type Kubeconfig,
  KubeconfigError,
  loadKubeconfig,
} from '../../kubernetes/kubeconfig.ts';
import { VerbError } from '../output.ts';
import { Report, type ReportFlags } from './report.ts';

export interface HostPlace {
  readonly kubeconfig?: string;
  readonly hostClusterContext?: string;
  readonly kubefedNamespace: string;
}

export interface HostFlags extends HostPlace {
  readonly dryRun?: boolean;
}

/** One cluster, asked with the credentials of a context. */
export interface ReachedCluster {
  /** The context's name: as messages call it. */
  readonly context: string;
  readonly access: ClusterAccess;
  /** Its errors name the cluster. */
  readonly client: ClusterClient;
}

export type ClusterClient = Pick<ApiClient, 'get' | 'post' | 'put' | 'patch' | 'delete'>;

export interface HostCluster extends ReachedCluster {
  readonly kubeconfig: Kubeconfig;
  /** Of the control plane. */
  readonly namespace: string;
  /** Of what the verb does. */
  readonly report: Report;
}

/** As a kubeconfig: the account of the pod we run in. */
const IN_CLUSTER = 'in-cluster';

/** Of an option that may be said again: `a,b`. */
export function words(given: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...given.split(',').filter((word) => word !== '')];
}

const CONTROL_PLANE_NAMESPACE = 'kube-federation-system';

/** KubeFed's names and defaults. */
export function withHostFlags(command: Command): Command {
  return withHostPlace(command).option('--dry-run', 'say what would be done, and change nothing');
}

/** Of verbs that only look. */
export function withHostPlace(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'found as kubectl finds its own, where nothing is said')
    .option(
      '--host-cluster-context <context>',
      "the host's; the kubeconfig's current one if not said",
    )
    .option('--kubefed-namespace <namespace>', 'of the control plane', CONTROL_PLANE_NAMESPACE);
}

/** What is done is told in lines; of verbs whose `-o` means something else. */
export async function withHost<T>(
  flags: HostFlags,
  work: (host: HostCluster) => Promise<T>,
): Promise<T> {
  return await withReport({ ...flags, output: 'text' }, work);
}

/** What is done, or answered, is told as `-o` says. */
export async function withReport<T>(
  flags: HostFlags & ReportFlags,
  work: (host: HostCluster) => Promise<T>,
): Promise<T> {
  const { dryRun: isDryRun = false, output: format } = flags;
  const report = new Report({ format, isDryRun });
  let hasFailed = true;
  try {
    const done = await withOwnHost(flags, report, work);
    hasFailed = false;
    return done;
  } finally {
    report.end({ hasFailed });
  }
}

async function withOwnHost<T>(
  flags: HostPlace,
  report: Report,
  work: (host: HostCluster) => Promise<T>,
): Promise<T> {
  const { kubeconfig: path, hostClusterContext, kubefedNamespace: namespace } = flags;
  const environment = process.env;
  const kubeconfig =
    path === IN_CLUSTER
      ? inClusterKubeconfig(environment)
      : await orWrongCall(() => loadKubeconfig({ path, environment }));
  const context = hostClusterContext ?? kubeconfig.currentContext;
  return await withCluster(kubeconfig, context, (reached) =>
    work({ ...reached, kubeconfig, namespace, report }),
  );
}

export async function withCluster<T>(
  kubeconfig: Kubeconfig,
  context: string,
  work: (cluster: ReachedCluster) => Promise<T>,
): Promise<T> {
  const access = await orWrongCall(async () => kubeconfig.access(context));
  const cluster = reach(context, access);
  try {
    return await work(cluster);
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof KubeconfigError)) throw error;
    const message = error instanceof ApiError ? error.message : `${context}: ${error.message}`;
    throw new VerbError(message, 1);
  } finally {
    await cluster.close();
  }
}

/** Whoever asks for it closes it. */
export function reach(
  context: string,
  access: ClusterAccess,
): ReachedCluster & { close(): Promise<void> } {
  const client = new ApiClient(access);
  return { context, access, client: naming(context, client), close: () => client.close() };
}

/** A server that turns us off is asked again so often: a definition made just now does it. */
const TURNED_OFF_MAX = 8;
const TURNED_OFF_WAIT_MS = 1000;

/** Errors name the cluster; what is refused for now (429: nothing was done) is asked again. */
function naming(context: string, client: ApiClient): ClusterClient {
  const named = async (ask: () => Promise<unknown>): Promise<unknown> => {
    for (let tries = 1; ; tries++) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status !== 429 || tries >= TURNED_OFF_MAX) {
          throw new ApiError(error.code, `${context}: ${error.message}`, error);
        }
        await sleep(error.retryAfterMs ?? TURNED_OFF_WAIT_MS);
      }
    }
  };
  return {
    get: (path, options) => named(() => client.get(path, options)),
    post: (path, body, options) => named(() => client.post(path, body, options)),
    put: (path, body, options) => named(() => client.put(path, body, options)),
    patch: (path, body, options) => named(() => client.patch(path, body, options)),
    delete: (path, body, options) => named(() => client.delete(path, body, options)),
  };
}

/** Where an object is that is said without its namespace. */
export function namespaceOf(host: HostCluster, said: string | undefined): string {
  return said ?? host.kubeconfig.namespace(host.context) ?? 'default';
}

async function orWrongCall<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof KubeconfigError) throw new VerbError(error.message, 2);
    throw error;
  }
}

/** undefined: there is none. */
export async function getOrNone(client: Pick<ApiClient, 'get'>, path: string): Promise<unknown> {
  try {
    return await client.get(path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Of the federation; without a KubeFedConfig it is of the whole cluster, as the control plane reads it. */
export async function readScope(host: HostCluster): Promise<KubeFedSettings['scope']> {
  const { client, namespace } = host;
  const path = `/apis/core.kubefed.io/v1beta1/namespaces/${namespace}/kubefedconfigs/kubefed`;
  const read = readKubeFedConfig((await getOrNone(client, path)) ?? { spec: { scope: 'Cluster' } });
  if (read.kind === 'good') return read.value.scope;
  throw new VerbError(`${host.context}: KubeFedConfig ${namespace}/kubefed: ${read.problem}`, 1);
}

/** Of the owner marks on its copies: the control plane's namespace tells it. */
export async function readFederationUid(host: HostCluster): Promise<string> {
  return federationUidOf(await ownNamespace(host));
}

/** Throws where there is none: no control plane can be there, then. */
export async function ownNamespace({ context, client, namespace }: HostCluster): Promise<unknown> {
  const own = await getOrNone(client, `/api/v1/namespaces/${namespace}`);
  if (own !== undefined) return own;
  const hint = 'is this the host? (--host-cluster-context, --kubefed-namespace)';
  throw new VerbError(`${context}: there is no namespace ${namespace}: ${hint}`, 1);
}

/** Two contexts may lead to one cluster: its kube-system has one uid. */
export async function isSameCluster(left: ReachedCluster, right: ReachedCluster): Promise<boolean> {
  const uidOf = async ({ client }: ReachedCluster) =>
    textAt(await getOrNone(client, '/api/v1/namespaces/kube-system'), 'metadata', 'uid');
  const [one, other] = await Promise.all([uidOf(left), uidOf(right)]);
  return one !== undefined && one === other;
}
