/**
 * What one member has, by service key (`namespace/name`): its Services, their EndpointSlices,
 * which of them are exported, its nodes. Sinks of the list-watches; tells which keys changed.
 */

import type { SlimEndpointSlice, SlimNode, SlimService } from '../api/core.ts';
import type { ListWatchSink } from '../kubernetes/collection.ts';

export interface MemberService {
  readonly service: SlimService;
  readonly slices: Iterable<SlimEndpointSlice>;
  /** By their names; undefined: not read (yet). */
  readonly nodes: ReadonlyMap<string, SlimNode> | undefined;
  /** Marked by a ServiceExport of its name; undefined: none is known, and not all were read. */
  readonly isExported: boolean | undefined;
}

export interface MemberObjectsChanges {
  readonly onService: (key: string) => void;
  readonly onNodes: () => void;
  /** A change was heard of; Unix ms by the member's clock. */
  readonly onCaused?: (atMs: number) => void;
  /** A Service is published by the nodes' addresses: they must be read. Called more than once. */
  readonly onNodesWanted: () => void;
  /** Whether all ServiceExports were read, or there can be none. */
  readonly areExportsKnown: () => boolean;
}

export class MemberObjects {
  readonly #changes: MemberObjectsChanges;
  #services = new Map<string, SlimService>();
  /** Slice key -> service key. */
  #serviceOfSlice = new Map<string, string>();
  /** Service key -> slice key -> slice. */
  #slices = new Map<string, Map<string, SlimEndpointSlice>>();
  #nodes: Map<string, SlimNode> | undefined;
  /** Keys of the Services whose addresses are those of nodes. */
  readonly #onNodePorts = new Set<string>();
  #exports = new Set<string>();

  constructor(changes: MemberObjectsChanges) {
    this.#changes = changes;
  }

  get(key: string): MemberService | undefined {
    const service = this.#services.get(key);
    if (service === undefined) return undefined;
    const slices = this.#slices.get(key)?.values() ?? [];
    const isUnknown = !this.#exports.has(key) && !this.#changes.areExportsKnown();
    const isExported = isUnknown ? undefined : this.#exports.has(key);
    return { service, slices, nodes: this.#nodes, isExported };
  }

  keys(): Iterable<string> {
    return this.#services.keys();
  }

  /** Ready, or at least serving while it ends. */
  hasEndpoint(key: string): boolean {
    const slices = [...(this.#slices.get(key)?.values() ?? [])];
    return slices.some((one) => one.readyCount > 0 || one.servingTerminatingCount > 0);
  }

  get nodes(): Iterable<SlimNode> {
    return this.#nodes?.values() ?? [];
  }

  get counts(): { services: number; slices: number; nodes: number; exports: number } {
    return {
      services: this.#services.size,
      slices: this.#serviceOfSlice.size,
      nodes: this.#nodes?.size ?? 0,
      exports: this.#exports.size,
    };
  }

  readonly servicesSink: ListWatchSink<SlimService> = {
    replace: (objects) => {
      const before = this.#services;
      this.#services = new Map(objects);
      this.#onNodePorts.clear();
      for (const [key, service] of objects) {
        this.#noteNodePorts(key, service);
        if (before.get(key)?.resourceVersion !== service.resourceVersion) {
          this.#changes.onService(key);
        }
      }
      for (const key of before.keys()) if (!objects.has(key)) this.#changes.onService(key);
    },
    put: (key, service) => {
      this.#services.set(key, service);
      this.#noteNodePorts(key, service);
      this.#changes.onService(key);
    },
    remove: (key) => {
      this.#onNodePorts.delete(key);
      if (this.#services.delete(key)) this.#changes.onService(key);
    },
  };

  readonly slicesSink: ListWatchSink<SlimEndpointSlice> = {
    replace: (objects) => {
      const touched = new Set(this.#slices.keys());
      this.#slices = new Map();
      this.#serviceOfSlice = new Map();
      for (const [key, slice] of objects) {
        const service = this.#addSlice(key, slice);
        if (service !== undefined) touched.add(service);
      }
      for (const service of touched) this.#changes.onService(service);
    },
    put: (key, slice) => {
      this.#tellCause(key, slice);
      const before = this.#dropSlice(key);
      const service = this.#addSlice(key, slice);
      if (before !== undefined && before !== service) this.#changes.onService(before);
      if (service !== undefined) this.#changes.onService(service);
    },
    remove: (key) => {
      const service = this.#dropSlice(key);
      if (service !== undefined) this.#changes.onService(service);
    },
  };

  readonly nodesSink: ListWatchSink<SlimNode> = {
    replace: (objects) => {
      const before = this.#nodes;
      this.#nodes = new Map(objects);
      this.#changes.onNodes();
      const areSame =
        before?.size === objects.size &&
        [...objects].every(([key, node]) => isSamePlace(before.get(key), node));
      if (!areSame) this.#tellNodePorts();
    },
    put: (key, node) => {
      const before = this.#nodes?.get(key);
      this.#nodes ??= new Map();
      this.#nodes.set(key, node);
      // A node beats every few seconds: only its labels, addresses and readiness matter.
      const isSame = before?.region === node.region && before?.topologyZone === node.topologyZone;
      if (before === undefined || !isSame) this.#changes.onNodes();
      if (!isSamePlace(before, node)) this.#tellNodePorts();
    },
    remove: (key) => {
      if (!this.#nodes?.delete(key)) return;
      this.#changes.onNodes();
      this.#tellNodePorts();
    },
  };

  readonly exportsSink: ListWatchSink<true> = {
    replace: (objects) => {
      const touched = new Set(this.#exports);
      this.#exports = new Set(objects.keys());
      for (const key of objects.keys()) {
        if (!touched.delete(key)) touched.add(key);
      }
      for (const key of touched) this.#changes.onService(key);
    },
    put: (key) => {
      if (this.#exports.has(key)) return;
      this.#exports.add(key);
      this.#changes.onService(key);
    },
    remove: (key) => {
      if (this.#exports.delete(key)) this.#changes.onService(key);
    },
  };

  #tellCause(key: string, { causedAtMs }: SlimEndpointSlice): void {
    if (causedAtMs === undefined) return;
    const service = this.#serviceOfSlice.get(key);
    const before = service === undefined ? undefined : this.#slices.get(service)?.get(key);
    if (before?.causedAtMs !== causedAtMs) this.#changes.onCaused?.(causedAtMs);
  }

  #noteNodePorts(key: string, { nodePorts }: SlimService): void {
    if (nodePorts === undefined) {
      this.#onNodePorts.delete(key);
      return;
    }
    this.#onNodePorts.add(key);
    this.#changes.onNodesWanted();
  }

  /** By name only: however often nodes change, each Service waits once. */
  #tellNodePorts(): void {
    for (const key of this.#onNodePorts) this.#changes.onService(key);
  }

  #addSlice(key: string, slice: SlimEndpointSlice): string | undefined {
    if (slice.service === undefined) return undefined;
    const service = `${key.slice(0, key.indexOf('/'))}/${slice.service}`;
    this.#serviceOfSlice.set(key, service);
    const slices = this.#slices.get(service);
    if (slices === undefined) this.#slices.set(service, new Map([[key, slice]]));
    else slices.set(key, slice);
    return service;
  }

  #dropSlice(key: string): string | undefined {
    const service = this.#serviceOfSlice.get(key);
    if (service === undefined) return undefined;
    this.#serviceOfSlice.delete(key);
    const slices = this.#slices.get(service);
    slices?.delete(key);
    if (slices?.size === 0) this.#slices.delete(service);
    return service;
  }
}

/** As far as clients are sent to it. */
function isSamePlace(before: SlimNode | undefined, after: SlimNode): boolean {
  return (
    before?.isServing === after.isServing && before.addresses.join() === after.addresses.join()
  );
}
