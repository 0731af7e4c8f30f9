/**
 * What one member has, by service key (`namespace/name`): its Services, their EndpointSlices,
 * which of them are exported, its nodes. Sinks of the list-watches; tells which keys changed.
 */

import type { SlimEndpointSlice, SlimNode, SlimService } from '../../api/core.ts';
import { flatText, uidOf } from '../../api/object-version.ts';
import type { ListWatchSink } from '../../kubernetes/collection.ts';
import { NODE_NAMES_MAX } from '../limits.ts';
import { HeldService } from './held-service.ts';
import { NodeNumbers } from './node-numbers.ts';
import {
  type PackedService,
  type PackedSlice,
  packSlice,
  unpackService,
  unpackSlice,
} from './packed-objects.ts';

export interface MemberService {
  readonly service: SlimService;
  readonly slices: readonly SlimEndpointSlice[];
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
  /** By service key; also of slices whose Service is not there (yet). */
  readonly #held = new Map<string, HeldService>();
  #serviceCount = 0;
  #sliceCount = 0;
  /** Of slices that are not named after their Service. */
  readonly #strays = new Map<string, HeldService>();
  readonly #nodeNumbers = new NodeNumbers(NODE_NAMES_MAX);
  #nodes: Map<string, SlimNode> | undefined;
  /** Keys of the Services whose addresses are those of nodes. */
  readonly #onNodePorts = new Set<string>();
  #exports = new Set<string>();

  constructor(changes: MemberObjectsChanges) {
    this.#changes = changes;
  }

  get(key: string): MemberService | undefined {
    const held = this.#held.get(key);
    const service = held?.service;
    if (held === undefined || service === undefined) return undefined;
    const slices = this.#slicesOf(held);
    const isUnknown = !this.#exports.has(key) && !this.#changes.areExportsKnown();
    const isExported = isUnknown ? undefined : this.#exports.has(key);
    return { service: unpackService(service), slices, nodes: this.#nodes, isExported };
  }

  uidOf(key: string): string | undefined {
    const service = this.#held.get(key)?.service;
    return service && uidOf(unpackService(service).version);
  }

  *keys(): Generator<string, void, undefined> {
    for (const [key, { service }] of this.#held) if (service !== undefined) yield key;
  }

  /** Ready, or at least serving while it ends. */
  hasEndpoint(key: string): boolean {
    const held = this.#held.get(key);
    if (held === undefined) return false;
    return this.#slicesOf(held).some(
      (one) => one.readyCount > 0 || one.servingTerminatingCount > 0,
    );
  }

  get nodes(): Iterable<SlimNode> {
    return this.#nodes?.values() ?? [];
  }

  get counts(): { services: number; slices: number; nodes: number; exports: number } {
    return {
      services: this.#serviceCount,
      slices: this.#sliceCount,
      nodes: this.#nodes?.size ?? 0,
      exports: this.#exports.size,
    };
  }

  /** For `slicesSink`: with this member's node numbers. */
  packSlice(slice: SlimEndpointSlice): PackedSlice {
    return packSlice(slice, this.#nodeNumbers);
  }

  readonly servicesSink: ListWatchSink<PackedService> = {
    replace: (objects) => {
      this.#onNodePorts.clear();
      for (const [key, service] of objects) {
        this.#noteNodePorts(key, service);
        const before = this.#held.get(key)?.service;
        this.#setService(key, service);
        // Its version is in it.
        if (before !== service) this.#changes.onService(key);
      }
      const gone = [...this.keys()].filter((key) => !objects.has(key));
      for (const key of gone) this.#dropService(key);
    },
    put: (key, service) => {
      this.#setService(key, service);
      this.#noteNodePorts(key, service);
      this.#changes.onService(key);
    },
    remove: (key) => {
      this.#onNodePorts.delete(key);
      this.#dropService(key);
    },
  };

  readonly slicesSink: ListWatchSink<PackedSlice> = {
    replace: (objects) => {
      const touched = new Set<string>();
      for (const [key, held] of this.#held) {
        if (held.clearSlices()) touched.add(key);
      }
      this.#strays.clear();
      this.#sliceCount = 0;
      for (const [key, slice] of objects) {
        const held = this.#addSlice(key, slice);
        if (held !== undefined) touched.add(held.key);
      }
      for (const key of touched) {
        this.#forgetEmpty(this.#held.get(key));
        this.#changes.onService(key);
      }
    },
    put: (key, slice) => {
      this.#tellCause(key, slice);
      const before = this.#dropSlice(key);
      const held = this.#addSlice(key, slice);
      if (before !== undefined && before.key !== held?.key) this.#changes.onService(before.key);
      if (held !== undefined) this.#changes.onService(held.key);
    },
    remove: (key) => {
      const held = this.#dropSlice(key);
      if (held !== undefined) this.#changes.onService(held.key);
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

  #slicesOf(held: HeldService): SlimEndpointSlice[] {
    const service = held.name;
    return [...held.slices()].map((text) => unpackSlice({ service, text }, this.#nodeNumbers));
  }

  #tellCause(key: string, slice: PackedSlice): void {
    const causedAtMs = this.#causeOf(slice.text);
    if (causedAtMs === undefined) return;
    const before = this.#heldOfSlice(key)?.slice(key);
    const isNew = before === undefined || this.#causeOf(before) !== causedAtMs;
    if (isNew) this.#changes.onCaused?.(causedAtMs);
  }

  #causeOf(text: string): number | undefined {
    return unpackSlice({ service: undefined, text }, this.#nodeNumbers).causedAtMs;
  }

  #noteNodePorts(key: string, service: PackedService): void {
    if (unpackService(service).nodePorts === undefined) {
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

  #setService(key: string, service: PackedService): void {
    const held = this.#heldAt(key);
    if (held.service === undefined) this.#serviceCount++;
    held.service = service;
  }

  #dropService(key: string): void {
    const held = this.#held.get(key);
    if (held?.service === undefined) return;
    held.service = undefined;
    this.#serviceCount--;
    this.#forgetEmpty(held);
    this.#changes.onService(key);
  }

  #addSlice(key: string, { service, text }: PackedSlice): HeldService | undefined {
    if (service === undefined) return undefined;
    const namespace = key.slice(0, key.indexOf('/'));
    const held = this.#heldAt(flatText(namespace, '/', service));
    held.setSlice(key, text);
    this.#sliceCount++;
    if (usualServiceOf(key) !== held.key) this.#strays.set(key, held);
    return held;
  }

  #heldOfSlice(key: string): HeldService | undefined {
    const stray = this.#strays.get(key);
    if (stray !== undefined) return stray;
    const usual = this.#held.get(usualServiceOf(key));
    return usual?.slice(key) === undefined ? undefined : usual;
  }

  #dropSlice(key: string): HeldService | undefined {
    const held = this.#heldOfSlice(key);
    if (held === undefined) return undefined;
    this.#strays.delete(key);
    this.#sliceCount--;
    held.removeSlice(key);
    this.#forgetEmpty(held);
    return held;
  }

  #heldAt(key: string): HeldService {
    const known = this.#held.get(key);
    if (known !== undefined) return known;
    const held = new HeldService(key);
    this.#held.set(held.key, held);
    return held;
  }

  #forgetEmpty(held: HeldService | undefined): void {
    if (held?.isEmpty) this.#held.delete(held.key);
  }
}

/** As far as clients are sent to it. */
function isSamePlace(before: SlimNode | undefined, after: SlimNode): boolean {
  return (
    before?.isServing === after.isServing && before.addresses.join() === after.addresses.join()
  );
}

/** The endpoint slice controller names a slice after its Service, `<service>-x7f2p`; others stray. */
function usualServiceOf(sliceKey: string): string {
  return sliceKey.slice(0, sliceKey.lastIndexOf('-'));
}
