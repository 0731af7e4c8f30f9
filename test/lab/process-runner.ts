/**
 * What a kubelet is to a cluster, for the control plane's own pods: each pod of our image in a
 * namespace becomes a local process (pod-process.ts), its readiness is probed and written, an ended
 * one is started anew, one whose pod went is stopped. So a chart's commands, permissions and
 * probes are really tried.
 *
 * The cluster has no nodes: kwok, which would call every pod ready, never sees these. They stay
 * unscheduled, and their status is ours.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listAt, textAt, textMapAt, valueAt } from '../../src/api/untyped.ts';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import { ApiError } from '../../src/kubernetes/api-error.ts';
import { loadKubeconfig } from '../../src/kubernetes/kubeconfig.ts';
import type { KubernetesCluster } from './kubernetes.ts';
import { containerOf, probePod, startPodProcess } from './pod-process.ts';
import { type RunningProcess, temporaryFolder } from './process.ts';
import type { ListeningAddress } from './service-proxy.ts';

const ROUND_MS = 250;
const RESTART_MS = 1000;
/** Loopback addresses of pods: those of load balancers are 127.0.1.x. */
let nextAddress = 1;

export interface ProcessRunner {
  /** Of all pods that ever ran here, by pod name; what they wrote. */
  logs(): ReadonlyMap<string, string>;
  /** Names of pods whose process runs now. */
  running(): readonly string[];
  /** For a service proxy. */
  find(host: string, port: number): Promise<ListeningAddress | undefined>;
  stop(): Promise<void>;
}

interface RunPod {
  readonly name: string;
  readonly address: string;
  readonly folder: string;
  pod: unknown;
  process: RunningProcess | undefined;
  restarts: number;
  /** monotonic ms: not started before. */
  startsAtMs: number;
  written: string;
}

export async function startProcessRunner(
  cluster: KubernetesCluster,
  { namespace, image }: { readonly namespace: string; readonly image: string },
): Promise<ProcessRunner> {
  const kubeconfig = await loadKubeconfig({ path: cluster.kubeconfigPath, environment: {} });
  const access = kubeconfig.access(kubeconfig.currentContext);
  const { ca: authority = '' } = (await access.credentials()).tls;
  const client = new ApiClient(access);
  const root = temporaryFolder('pods');
  const pods = new Map<string, RunPod>();
  const logs = new Map<string, string>();
  const ended = new AbortController();
  const path = `/api/v1/namespaces/${namespace}`;

  const place = (of: RunPod) => ({
    ...{ client, server: cluster.server, authority },
    ...{ folder: of.folder, address: of.address },
  });

  async function round(): Promise<void> {
    const listed = listAt(await client.get(`${path}/pods`), 'items');
    const live = new Set(listed.map((pod) => textAt(pod, 'metadata', 'uid') ?? ''));
    for (const [uid, of] of pods) {
      if (live.has(uid)) continue;
      pods.delete(uid);
      await of.process?.stop();
      if (of.process !== undefined) logs.set(of.name, of.process.log());
    }
    for (const pod of listed) {
      if (!(textAt(containerOf(pod), 'image') ?? '').startsWith(image)) continue;
      await lookAt(pod);
    }
  }

  async function lookAt(pod: unknown): Promise<void> {
    const uid = textAt(pod, 'metadata', 'uid') ?? '';
    const name = textAt(pod, 'metadata', 'name') ?? '';
    const phase = textAt(pod, 'status', 'phase');
    if (phase === 'Succeeded' || phase === 'Failed') return;
    let of = pods.get(uid);
    if (of === undefined) {
      const folder = join(root, `${name}-${uid.slice(0, 4)}`);
      mkdirSync(folder);
      const address = `127.0.2.${nextAddress++}`;
      of = {
        name,
        address,
        folder,
        pod,
        process: undefined,
        restarts: 0,
        startsAtMs: 0,
        written: '',
      };
      pods.set(uid, of);
    }
    of.pod = pod;
    if (of.process !== undefined && !of.process.alive()) await processEnded(of);
    if (of.process === undefined && performance.now() >= of.startsAtMs) {
      of.process = await startPodProcess(pod, place(of));
    }
    const isAlive = of.process?.alive() === true;
    const isReady = isAlive && (await probePod(pod, of.address, 'readinessProbe'));
    await writeStatus(of, isReady ? 'ready' : 'not ready');
  }

  async function processEnded(of: RunPod): Promise<void> {
    const code = await of.process?.exited;
    logs.set(`${of.name}#${of.restarts}`, of.process?.log() ?? '');
    const isOnce = textAt(of.pod, 'spec', 'restartPolicy') === 'Never';
    if (isOnce) return await writeStatus(of, code === 0 ? 'succeeded' : 'failed');
    of.process = undefined;
    of.restarts++;
    of.startsAtMs = performance.now() + RESTART_MS;
  }

  async function writeStatus(
    of: RunPod,
    word: 'ready' | 'not ready' | 'succeeded' | 'failed',
  ): Promise<void> {
    const isEnd = word === 'succeeded' || word === 'failed';
    if (of.written === `${word} ${of.restarts}` || (!isEnd && of.process?.alive() === false))
      return;
    const body = { status: statusOf(of, word) };
    try {
      await client.patch(`${path}/pods/${of.name}/status`, body);
      of.written = `${word} ${of.restarts}`;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }

  async function loop(): Promise<void> {
    while (!ended.signal.aborted) {
      // The API may be away for a while: pods go on.
      await round().catch((error: unknown) => logs.set('runner', String(error)));
      await sleep(ROUND_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  }

  const looping = loop();
  return {
    logs() {
      const current = [...pods.values()].map((of) => [of.name, of.process?.log() ?? ''] as const);
      return new Map([...logs, ...current]);
    },
    running: () =>
      [...pods.values()].filter((of) => of.process?.alive() === true).map((of) => of.name),
    async find(host, port) {
      const services = listAt(await client.get(`${path}/services`), 'items');
      const service = services.find((one) => textAt(one, 'spec', 'clusterIP') === host);
      const ports = listAt(service, 'spec', 'ports');
      const at = ports.find((one) => valueAt(one, 'port') === port);
      const selector = textMapAt(service, 'spec', 'selector');
      const of = [...pods.values()].find((one) => {
        const labels = textMapAt(one.pod, 'metadata', 'labels');
        const isSelected = [...selector].every(([key, value]) => labels.get(key) === value);
        return isSelected && one.written.startsWith('ready');
      });
      if (of === undefined || at === undefined) return undefined;
      return { host: of.address, port: Number(valueAt(at, 'targetPort')) };
    },
    async stop() {
      ended.abort();
      await looping;
      await Promise.all([...pods.values()].map((of) => of.process?.kill9()));
      await client.close();
    },
  };
}

function statusOf(of: RunPod, word: 'ready' | 'not ready' | 'succeeded' | 'failed'): object {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const status = word === 'ready' ? 'True' : 'False';
  const conditions = ['Initialized', 'ContainersReady', 'Ready', 'PodScheduled'].map((type) => ({
    type,
    status: type === 'Initialized' || type === 'PodScheduled' ? 'True' : status,
    lastTransitionTime: now,
  }));
  const isEnd = word === 'succeeded' || word === 'failed';
  const exitCode = word === 'failed' ? 1 : 0;
  const state = isEnd
    ? { terminated: { exitCode, finishedAt: now } }
    : { running: { startedAt: now } };
  const { name = 'container', image = '' } = {
    name: textAt(containerOf(of.pod), 'name'),
    image: textAt(containerOf(of.pod), 'image'),
  };
  const podIP = `10.200.0.${of.address.split('.').at(-1)}`;
  return {
    phase: word === 'succeeded' ? 'Succeeded' : word === 'failed' ? 'Failed' : 'Running',
    ...{ podIP, podIPs: [{ ip: podIP }], startTime: now, conditions },
    containerStatuses: [
      {
        ...{ name, image, imageID: image, ready: word === 'ready', started: true },
        ...{ restartCount: of.restarts, state },
      },
    ],
  };
}
