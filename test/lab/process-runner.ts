/**
 * What a kubelet is to a cluster, for the control plane's own pods: each pod of an image that we know in a
 * namespace becomes a local process (pod-process.ts), its readiness is probed and written, an ended
 * one is started anew, one whose pod went is stopped, mounted Secrets follow. So a chart's commands,
 * permissions and probes are really tried.
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
import {
  containerOf,
  type PodImage,
  type PodPlace,
  probePod,
  startPodProcess,
} from './pod-process.ts';
import { refreshSecrets } from './pod-volumes.ts';
import { type RunningProcess, temporaryFolder } from './process.ts';
import { ServiceFronts } from './service-fronts.ts';
import type { ListeningAddress } from './service-proxy.ts';

const ROUND_MS = 250;
const RESTART_MS = 1000;
/** Loopback addresses of pods, of each test process its own; those of load balancers are 127.0.1.x. */
const POD_NETWORK = `127.${64 + ((process.pid >> 8) & 63)}.${process.pid & 255}`;
let nextAddress = 1;
const newAddress = () => `${POD_NETWORK}.${nextAddress++}`;

type PodWord = 'ready' | 'not ready' | 'succeeded' | 'failed';

interface RunPod {
  readonly name: string;
  readonly address: string;
  readonly folder: string;
  readonly image: PodImage;
  pod: unknown;
  process: RunningProcess | undefined;
  restarts: number;
  /** Monotonic ms: not started before. */
  startsAtMs: number;
  /** What the pod's status says by now. */
  written: string;
}

export interface RunnerOptions {
  readonly namespace: string;
  /** Pods of these are run. */
  readonly images: readonly PodImage[];
}

export async function startProcessRunner(
  cluster: KubernetesCluster,
  options: RunnerOptions,
): Promise<ProcessRunner> {
  const kubeconfig = await loadKubeconfig({ path: cluster.kubeconfigPath, environment: {} });
  const access = kubeconfig.access(kubeconfig.currentContext);
  const { ca: authority = '' } = (await access.credentials()).tls;
  const api = { client: new ApiClient(access), server: cluster.server, authority };
  return new ProcessRunner(api, options);
}

export class ProcessRunner {
  readonly #api: Pick<PodPlace, 'client' | 'server' | 'authority'>;
  readonly #options: RunnerOptions;
  /** Of the pods. */
  readonly #path: string;
  readonly #root = temporaryFolder('pods');
  readonly #pods = new Map<string, RunPod>();
  readonly #logs = new Map<string, string>();
  /** Service -> a process that no pod stands for. */
  readonly standIns = new Map<string, ListeningAddress>();
  readonly #fronts: ServiceFronts;
  readonly #ended = new AbortController();
  readonly #looping: Promise<void>;

  constructor(api: Pick<PodPlace, 'client' | 'server' | 'authority'>, options: RunnerOptions) {
    this.#api = api;
    this.#options = options;
    this.#path = `/api/v1/namespaces/${options.namespace}/pods`;
    const { namespace } = options;
    const services = `/api/v1/namespaces/${namespace}/services`;
    this.#fronts = new ServiceFronts({
      ...{ namespace, newAddress },
      service: (name) => api.client.get(`${services}/${name}`),
      find: (service, port) => this.#behind(service, port),
    });
    this.#looping = this.#loop();
  }

  /** Of all pods that ever ran here, by name (and restart): what they wrote. */
  logs(): ReadonlyMap<string, string> {
    const current = [...this.#pods.values()].map(
      (of) => [of.name, of.process?.log() ?? ''] as const,
    );
    return new Map([...this.#logs, ...current]);
  }

  /** Names of pods whose process runs now. */
  running(): readonly string[] {
    const alive = [...this.#pods.values()].filter((of) => of.process?.alive() === true);
    return alive.map(({ name }) => name);
  }

  /** Loopback address of a pod that runs now: it listens there on the ports that its container says. */
  addressOf(name: string): string {
    const of = [...this.#pods.values()].find((one) => one.name === name);
    if (of === undefined) throw new Error(`no pod ${name} runs`);
    return of.address;
  }

  /** For a service proxy: the process behind a Service's address and port. */
  async find(host: string, port: number): Promise<ListeningAddress | undefined> {
    const { namespace } = this.#options;
    const path = `/api/v1/namespaces/${namespace}/services`;
    const services = listAt(await this.#api.client.get(path), 'items');
    return this.#behind(
      services.find((one) => textAt(one, 'spec', 'clusterIP') === host),
      port,
    );
  }

  #behind(service: unknown, port: number): ListeningAddress | undefined {
    const standIn = this.standIns.get(textAt(service, 'metadata', 'name') ?? '');
    if (standIn !== undefined) return standIn;
    const at = listAt(service, 'spec', 'ports').find((one) => valueAt(one, 'port') === port);
    const selector = textMapAt(service, 'spec', 'selector');
    const of = [...this.#pods.values()].find((one) => {
      const labels = textMapAt(one.pod, 'metadata', 'labels');
      const isSelected = [...selector].every(([key, value]) => labels.get(key) === value);
      return isSelected && one.written.startsWith('ready');
    });
    if (of === undefined || at === undefined) return undefined;
    return { host: of.address, port: Number(valueAt(at, 'targetPort')) };
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#looping;
    this.#fronts.stop();
    await Promise.all([...this.#pods.values()].map((of) => of.process?.kill9()));
    await this.#api.client.close();
  }

  async #loop(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      // The API may be away for a while: pods go on.
      await this.#round().catch((error: unknown) => this.#logs.set('runner', String(error)));
      await sleep(ROUND_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    const listed = listAt(await this.#api.client.get(this.#path), 'items');
    const live = new Set(listed.map((pod) => textAt(pod, 'metadata', 'uid') ?? ''));
    for (const [uid, of] of this.#pods) {
      if (live.has(uid)) continue;
      this.#pods.delete(uid);
      await of.process?.stop();
      if (of.process !== undefined) this.#logs.set(of.name, of.process.log());
    }
    for (const pod of listed) {
      const said = textAt(containerOf(pod), 'image') ?? '';
      const image = this.#options.images.find(({ prefix }) => said.startsWith(prefix));
      const phase = textAt(pod, 'status', 'phase');
      const isOver = phase === 'Succeeded' || phase === 'Failed';
      if (image === undefined || isOver) continue;
      // One that cannot be started keeps nothing from the others.
      const name = textAt(pod, 'metadata', 'name');
      await this.#lookAt(pod, image).catch((error: unknown) =>
        this.#logs.set(`${name} not started`, String(error)),
      );
    }
  }

  async #lookAt(pod: unknown, image: PodImage): Promise<void> {
    const of = this.#runPod(pod, image);
    if (of.process !== undefined && !of.process.alive()) await this.#processEnded(of);
    if (of.process === undefined && performance.now() >= of.startsAtMs) {
      const claimsFolder = join(this.#root, 'claims');
      const withServices = (text: string) => this.#fronts.rewritten(text);
      of.process = await startPodProcess(pod, { ...this.#api, ...of, claimsFolder, withServices });
    }
    const isAlive = of.process?.alive() === true;
    if (isAlive) await refreshSecrets(pod, { ...this.#api, ...of }).catch(() => undefined);
    const isReady = isAlive && (await probePod(pod, of.address, 'readinessProbe'));
    if (isAlive) await this.#writeStatus(of, isReady ? 'ready' : 'not ready');
    // A kubelet would kill it after a while; here it is on record.
    const isWell = !isReady || (await probePod(pod, of.address, 'livenessProbe'));
    if (!isWell && of.process?.alive()) this.#logs.set(`${of.name} not live`, of.process.log());
  }

  #runPod(pod: unknown, image: PodImage): RunPod {
    const uid = textAt(pod, 'metadata', 'uid') ?? '';
    const name = textAt(pod, 'metadata', 'name') ?? '';
    let of = this.#pods.get(uid);
    if (of === undefined) {
      const folder = join(this.#root, `${name}-${uid.slice(0, 4)}`);
      mkdirSync(folder);
      const fresh = { process: undefined, restarts: 0, startsAtMs: 0, written: '' };
      of = { name, address: newAddress(), folder, image, pod, ...fresh };
      this.#pods.set(uid, of);
    }
    of.pod = pod;
    return of;
  }

  /** A pod that runs once is over then; any other starts again. */
  async #processEnded(of: RunPod): Promise<void> {
    const code = await of.process?.exited;
    this.#logs.set(`${of.name}#${of.restarts}`, of.process?.log() ?? '');
    if (textAt(of.pod, 'spec', 'restartPolicy') === 'Never') {
      return await this.#writeStatus(of, code === 0 ? 'succeeded' : 'failed');
    }
    of.process = undefined;
    of.restarts++;
    of.startsAtMs = performance.now() + RESTART_MS;
    await this.#writeStatus(of, 'not ready');
  }

  async #writeStatus(of: RunPod, word: PodWord): Promise<void> {
    const written = `${word} ${of.restarts}`;
    if (of.written === written) return;
    try {
      const body = { status: statusOf(of, word) };
      await this.#api.client.patch(`${this.#path}/${of.name}/status`, body);
      of.written = written;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }
}

function statusOf(of: RunPod, word: PodWord): object {
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
