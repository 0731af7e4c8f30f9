/**
 * One member cluster as we see it: its list-watches, a probe of its API, and how far both can be
 * believed. Read only. A member that hangs, lies or floods has its own client, queue and limits:
 * it delays nobody else.
 *
 * Promised: `hasSynced` only once Services and EndpointSlices were read whole in this process (and
 * nodes and exports, where they can be had); before that, what is absent here is unknown, not
 * gone. What was read stays when contact is lost.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { readEndpointSlice, readNode, readService } from '../api/core.ts';
import { collectionPath } from '../api/kubefed/api-resource.ts';
import { textAt } from '../api/untyped.ts';
import { ApiClient } from '../kubernetes/api-client.ts';
import type { ListWatchSink } from '../kubernetes/collection.ts';
import { ListWatch } from '../kubernetes/list-watch.ts';
import { ApiSignalCounter } from './api-signal.ts';
import { EventWriter } from './event-writer.ts';
import { HostWatches } from './host-watches.ts';
import {
  MEMBER_HOST_LINKS_MAX,
  MEMBER_OBJECTS_MAX,
  NODES_PATIENCE_MS,
  OWN_STALL_MS,
} from './limits.ts';
import type { MemberOptions, MemberStatus } from './member-options.ts';
import { type HostRouteKind, MemberHosts } from './objects/member-hosts.ts';
import { MemberObjects } from './objects/member-objects.ts';
import { type PackedService, type PackedSlice, packService } from './objects/packed-objects.ts';
import { OptionalWatch } from './optional-watch.ts';

const NAMESPACED = { kind: '', isNamespaced: true } as const;
const SERVICES = { group: '', version: 'v1', plural: 'services', ...NAMESPACED } as const;
const ENDPOINT_SLICES = {
  ...{ group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' },
  ...NAMESPACED,
} as const;
const NODES = '/api/v1/nodes';
const VERSION_TIMEOUT_MS = 5000;
const SERVICE_EXPORTS = 'multicluster.x-k8s.io/v1alpha1';

export class Member {
  readonly objects: MemberObjects;
  readonly events: EventWriter;
  readonly hosts: MemberHosts;
  readonly #options: MemberOptions;
  readonly #client: ApiClient;
  readonly #services: ListWatch<PackedService>;
  readonly #slices: ListWatch<PackedSlice>;
  readonly #nodes: ListWatch<ReturnType<typeof readNode>>;
  readonly #exports: OptionalWatch;
  readonly #hostWatches: HostWatches | undefined;
  readonly #signal: ApiSignalCounter;
  readonly #ended = new AbortController();
  readonly #startedAtMs = performance.now();
  #probeReason: string | undefined = 'not asked yet';
  #watchReason: string | undefined;
  #version: string | undefined;
  #hasSynced = false;
  #toldUnreadCount = Number.POSITIVE_INFINITY;
  #probing: Promise<void> | undefined;

  constructor(options: MemberOptions) {
    this.#options = options;
    const { onNodes, onHost, onCaused, settings, onlyNamespace } = options;
    const onService = (key: string) => {
      options.onService(key);
      this.hosts.backendChanged(key);
    };
    const areExportsKnown = () => this.#exports.isKnown;
    const onNodesWanted = () => this.#nodes.start();
    this.objects = new MemberObjects({
      onService,
      onNodes,
      onNodesWanted,
      areExportsKnown,
      ...(onCaused && { onCaused }),
    });
    const hasEndpoint = (key: string) => this.objects.hasEndpoint(key);
    const onFull = (object: string) => options.onSkipped(object, 'names more hosts than are held');
    const linksMax = MEMBER_HOST_LINKS_MAX;
    this.hosts = new MemberHosts({ onHost, hasEndpoint, onFull, linksMax });
    this.#client = new ApiClient(options.access);
    this.events = new EventWriter(this.#client);
    this.#signal = new ApiSignalCounter(
      { fall: settings.probeFall, rise: settings.probeRise },
      performance.now(),
    );
    this.#services = this.#watch(
      collectionPath(SERVICES, onlyNamespace),
      (object, version) =>
        packService(readService(object, { version, labelNames: options.labelNames })),
      this.objects.servicesSink,
    );
    this.#slices = this.#watch(
      collectionPath(ENDPOINT_SLICES, onlyNamespace),
      (object) => this.objects.packSlice(readEndpointSlice(object)),
      this.objects.slicesSink,
    );
    this.#nodes = this.#watch(NODES, readNode, this.objects.nodesSink);
    const { exportsSink } = this.objects;
    this.#exports = new OptionalWatch({
      client: this.#client,
      groupVersion: SERVICE_EXPORTS,
      plural: 'serviceexports',
      onlyNamespace,
      start: (path) => this.#watch(path, () => true as const, exportsSink),
      onAbsent: () => {
        exportsSink.replace(new Map());
        this.#look();
      },
    });
    if (options.readsHosts) {
      this.#hostWatches = new HostWatches({
        client: this.#client,
        hosts: this.hosts,
        onlyNamespace,
        watch: (path, project, sink) => this.#watch(path, project, sink),
        onAbsent: () => this.#look(),
      });
    }
  }

  /** What this kind of object says of hosts was read; known to be nothing where it is not read. */
  isHostKindKnown(kind: HostRouteKind): boolean {
    return this.#hostWatches?.isKnown(kind) ?? true;
  }

  /** Kinds of what a cluster may not have, or not let us read, of which nothing is known. */
  get unread(): readonly string[] {
    const kinds = (['Ingress', 'HTTPRoute'] as const).filter((one) => !this.isHostKindKnown(one));
    return this.#exports.isKnown ? kinds : ['ServiceExport', ...kinds];
  }

  start(): void {
    this.#services.start();
    this.#slices.start();
    if (this.#options.readsNodes) this.#nodes.start();
    this.#exports.start();
    this.#hostWatches?.start();
    this.#probing = this.#probe();
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    this.events.stop();
    const watches = [this.#services, this.#slices, this.#nodes, this.#exports];
    const stopped = watches.map((watch) => watch.stop());
    await Promise.all([this.#probing, this.#hostWatches?.stop(), ...stopped]);
    await this.#client.close();
  }

  get client(): ApiClient {
    return this.#client;
  }

  get status(): MemberStatus {
    return {
      api: this.#signal.signal,
      apiSinceMs: this.#signal.sinceMs,
      isInDoubt: this.#signal.isInDoubt,
      answers: this.#probeReason === undefined,
      hasSynced: this.#hasSynced,
      reason: this.#probeReason ?? this.#watchReason,
      version: this.#version,
    };
  }

  get watches(): {
    readonly services: ListWatch<unknown>['status'];
    readonly slices: ListWatch<unknown>['status'];
    readonly nodes: ListWatch<unknown>['status'] | undefined;
  } {
    return {
      services: this.#services.status,
      slices: this.#slices.status,
      nodes: this.#options.readsNodes ? this.#nodes.status : undefined,
    };
  }

  #watch<T>(
    path: string,
    project: (object: unknown, version: string) => T,
    sink: ListWatchSink<T>,
  ): ListWatch<T> {
    return new ListWatch({
      client: this.#client,
      path,
      project,
      sink,
      onStatus: () => this.#look(),
      onSkipped: this.#options.onSkipped,
      limits: { objectsMax: MEMBER_OBJECTS_MAX },
    });
  }

  /** The API by itself, with a time-out of its own: the silence of a watch says it far too late. */
  async #probe(): Promise<void> {
    const { signal } = this.#ended;
    const { probePeriodMs } = this.#options.settings;
    while (!signal.aborted) {
      const startedMs = performance.now();
      await this.#probeOnce();
      if (signal.aborted) return;
      this.#look();
      const waitMs = Math.max(0, probePeriodMs - (performance.now() - startedMs));
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #probeOnce(): Promise<void> {
    const { signal } = this.#ended;
    const timeoutMs = this.#options.settings.probeTimeoutMs;
    const askedMs = performance.now();
    try {
      await this.#client.getText('/readyz', { timeoutMs, signal });
      if (this.#probeReason !== undefined) this.#hurryWatches();
      this.#probeReason = undefined;
    } catch (error) {
      // Our own thread stood still: the time-out came late, and says nothing of the member.
      if (performance.now() - askedMs > timeoutMs + OWN_STALL_MS) return;
      this.#probeReason = error instanceof Error ? error.message : String(error);
    }
    if (!signal.aborted) this.#sample(this.#probeReason === undefined);
  }

  /** It answers again: what waits after a failure need not wait on. */
  #hurryWatches(): void {
    for (const watch of [this.#services, this.#slices, this.#nodes]) watch.hurry();
  }

  /** One sample of signal one: the probe, and whether the watches can be believed. */
  #sample(hasAnswered: boolean): void {
    const nowMs = performance.now();
    this.#watchReason = this.#watchProblem(nowMs);
    const isGood = hasAnswered && this.#watchReason === undefined;
    if (this.#signal.take({ isGood, nowMs })) this.#options.onStatus();
    if (isGood && this.#version === undefined) void this.#readVersion();
  }

  /** A cut that is mended within the limit loses nothing; to be fresh again all must flow. */
  #watchProblem(nowMs: number): string | undefined {
    const isFresh = this.#signal.signal === 'fresh';
    for (const watch of [this.#services, this.#slices]) {
      const { hasSynced, isInContact, heardAtMs, lastError } = watch.status;
      if (!hasSynced) return lastError ?? 'not read whole yet';
      const silentMs = nowMs - (heardAtMs ?? 0);
      const isWell = isFresh ? silentMs < this.#options.settings.watchSilenceMs : isInContact;
      if (!isWell) return lastError ?? `a watch is silent for ${Math.round(silentMs / 1000)} s`;
    }
    return undefined;
  }

  #look(): void {
    if (this.#ended.signal.aborted) return;
    const unreadCount = this.unread.length;
    if (unreadCount < this.#toldUnreadCount) {
      // What was left open for want of them is decided now.
      this.#toldUnreadCount = unreadCount;
      if (this.#hasSynced) this.#options.onStatus();
    }
    if (this.#hasSynced) return;
    const hasRead = this.#services.status.hasSynced && this.#slices.status.hasSynced;
    const isPatient = performance.now() - this.#startedAtMs > NODES_PATIENCE_MS;
    const hasNodes = !this.#options.readsNodes || this.#nodes.status.hasSynced;
    const isAllKnown = hasNodes && unreadCount === 0;
    if (!hasRead || !(isAllKnown || isPatient)) return;
    // Read, and seen to be there: what was read of one that is lost again is old already.
    if (this.#signal.signal === 'lost') this.#sample(this.#probeReason === undefined);
    if (this.#signal.signal === 'lost') return;
    this.#hasSynced = true;
    this.#options.onStatus();
  }

  async #readVersion(): Promise<void> {
    const { signal } = this.#ended;
    try {
      const said = await this.#client.get('/version', { signal, timeoutMs: VERSION_TIMEOUT_MS });
      this.#version = textAt(said, 'gitVersion') ?? '';
    } catch {
      // Asked again with the next good sample: nothing depends on it.
    }
  }
}
