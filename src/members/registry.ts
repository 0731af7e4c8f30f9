/**
 * The members that are joined now: starts a Member for each, ends it when it leaves, begins anew
 * when its access changes. What a member said before stays with whoever remembers it.
 */

import type { ClusterAccess } from '../kubernetes/cluster-access.ts';
import { Member } from './member.ts';
import type { MemberOptions, MemberSettings } from './member-options.ts';

/** A joined member, as its source (configuration, host cluster) has it. */
export interface MemberSpec {
  readonly name: string;
  readonly access: ClusterAccess;
  /** Changes with anything of the access: another one means a new start. */
  readonly fingerprint: string;
  /** Said by a person; the nodes' labels decide otherwise. */
  readonly region: string | undefined;
  readonly topologyZones: readonly string[] | undefined;
  /** Networks in CIDR form this member may speak of; empty: the usual ones. */
  readonly allow: readonly string[];
  /** All that is read of it, apart from its nodes; all namespaces unless said. */
  readonly onlyNamespace?: string | undefined;
}

export interface JoinedMember {
  readonly spec: MemberSpec;
  readonly member: Member;
}

/** How far a list of members is all of them. */
export interface Completeness {
  /** False: their source was not read whole yet, so anybody may be a member. */
  readonly isComplete?: boolean;
  /** Members by their names, with no access that can be used. */
  readonly withheld?: readonly string[];
}

export interface MemberRegistryOptions {
  readonly settings: MemberSettings;
  /** Ingresses, HTTPRoutes and Gateways are read. */
  readonly readsHosts: boolean;
  /** Labels of Services that anybody asks for. */
  readonly labelNames: ReadonlySet<string>;
  readonly onService: (cluster: string, key: string) => void;
  readonly onHost: (cluster: string, host: string) => void;
  readonly onNodes: (cluster: string) => void;
  readonly onCaused?: (atMs: number) => void;
  readonly onStatus: (cluster: string) => void;
  readonly onSkipped: (cluster: string, key: string, reason: string) => void;
}

export class MemberRegistry {
  readonly #options: MemberRegistryOptions;
  readonly #joined = new Map<string, JoinedMember>();
  readonly #leaving = new Set<Promise<void>>();
  #isComplete = false;
  #withheld = new Set<string>();

  constructor(options: MemberRegistryOptions) {
    this.#options = options;
  }

  get(name: string): JoinedMember | undefined {
    return this.#joined.get(name);
  }

  get joined(): ReadonlyMap<string, JoinedMember> {
    return this.#joined;
  }

  /** False: the members' source was not read whole yet. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Not here, and perhaps a member all the same: what it said is not to be forgotten. */
  isPerhaps(name: string): boolean {
    return !this.#joined.has(name) && (!this.#isComplete || this.#withheld.has(name));
  }

  /** Just these from now on. Gives the names that left. */
  replace(
    specs: readonly MemberSpec[],
    { isComplete = true, withheld = [] }: Completeness = {},
  ): string[] {
    this.#isComplete = isComplete;
    this.#withheld = new Set(withheld);
    const wanted = new Map(specs.map((spec) => [spec.name, spec]));
    const left = [...this.#joined.keys()].filter((name) => !wanted.has(name));
    for (const name of left) this.#end(name);
    for (const spec of specs) {
      const before = this.#joined.get(spec.name);
      const isSame =
        before?.spec.fingerprint === spec.fingerprint &&
        before.spec.onlyNamespace === spec.onlyNamespace &&
        readsNodes(before.spec) === readsNodes(spec);
      if (before !== undefined && isSame) {
        this.#joined.set(spec.name, { spec, member: before.member });
        continue;
      }
      this.#end(spec.name);
      const member = new Member(this.#memberOptions(spec));
      this.#joined.set(spec.name, { spec, member });
      member.start();
    }
    return left;
  }

  async stop(): Promise<void> {
    for (const name of [...this.#joined.keys()]) this.#end(name);
    await Promise.all(this.#leaving);
  }

  /** A member that hangs is left to end by itself: nobody waits for it here. */
  #end(name: string): void {
    const joined = this.#joined.get(name);
    if (joined === undefined) return;
    this.#joined.delete(name);
    const ended = joined.member.stop().finally(() => this.#leaving.delete(ended));
    this.#leaving.add(ended);
  }

  #memberOptions(spec: MemberSpec): MemberOptions {
    const { name, access, onlyNamespace } = spec;
    const { settings, readsHosts, onService, onHost, onNodes, onStatus, onSkipped, onCaused } =
      this.#options;
    return {
      name,
      access,
      onlyNamespace,
      settings,
      readsNodes: readsNodes(spec),
      readsHosts,
      labelNames: this.#options.labelNames,
      onHost: (host) => onHost(name, host),
      onService: (key) => onService(name, key),
      onNodes: () => onNodes(name),
      ...(onCaused && { onCaused }),
      onStatus: () => onStatus(name),
      onSkipped: (key, reason) => onSkipped(name, key, reason),
    };
  }
}

function readsNodes({ region, topologyZones }: MemberSpec): boolean {
  return region === undefined || topologyZones === undefined;
}
