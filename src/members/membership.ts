/**
 * Who is joined now, from all sources: the list of the configuration, a folder of kubeconfigs, and
 * the objects of a host cluster. A name in several is the list's, then the folder's: a person who
 * wrote it into our own configuration meant us.
 */

import type { ClusterAccess } from '../kubernetes/cluster-access.ts';
import { HostMembers, type MemberTurn } from './host/host-members.ts';
import { HOST_ANSWER_MS } from './limits.ts';
import type { Completeness, MemberSpec } from './registry.ts';

/** The host as the configuration has it. */
export interface HostSource {
  readonly access: ClusterAccess;
  readonly namespace: string;
  /** Changes with anything of the above. */
  readonly fingerprint: string;
}

/** A folder of kubeconfigs as it was read last. */
export interface FolderSource {
  readonly specs: readonly MemberSpec[];
  /** Names of further ones, of which no access is known that could be used. */
  readonly withheld: readonly string[];
  /** False: who is in it is not known yet. */
  readonly isComplete: boolean;
}

export interface MembershipSources {
  readonly listed: readonly MemberSpec[];
  readonly folder: FolderSource | undefined;
  readonly host: HostSource | undefined;
}

export interface MembershipOptions {
  readonly onChange: (specs: readonly MemberSpec[], how: Completeness) => void;
  readonly onProblem: (object: string, problem: string) => void;
}

export class Membership {
  readonly #options: MembershipOptions;
  #sources: MembershipSources = { listed: [], folder: undefined, host: undefined };
  #host: HostMembers | undefined;
  #hosted: readonly MemberSpec[] = [];
  #withheld: readonly string[] = [];
  /** Objects whose names another source has too, told. */
  #doubles = new Set<string>();
  readonly #leaving = new Set<Promise<void>>();
  /** By name: how each member stood last. */
  readonly #turns = new Map<string, MemberTurn>();
  #writesConditions = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /**
   * Just these sources from now on. A host that did not change is followed on undisturbed; of one
   * that did, the members stay until the other was read whole.
   */
  replace(sources: MembershipSources): void {
    const isSameHost = sources.host?.fingerprint === this.#sources.host?.fingerprint;
    this.#sources = sources;
    if (!isSameHost) {
      this.#leave();
      if (sources.host !== undefined) this.#follow(sources.host);
      else {
        this.#hosted = [];
        this.#withheld = [];
      }
    }
    this.#tellAll();
  }

  /** Said of a member to whoever owns its object in the host. */
  turned(cluster: string, turn: MemberTurn): void {
    this.#turns.set(cluster, turn);
    this.#host?.turned(cluster);
  }

  /** Of several processes that follow a host, the one that publishes writes conditions. */
  writeConditions(isWriter: boolean): void {
    this.#writesConditions = isWriter;
    this.#host?.writeConditions(isWriter);
  }

  async stop(): Promise<void> {
    this.#leave();
    await Promise.all(this.#leaving);
  }

  #follow({ access, namespace }: HostSource): void {
    const { onProblem } = this.#options;
    this.#host = new HostMembers({
      access,
      namespace,
      turnOf: (cluster) => this.#turns.get(cluster),
      onProblem,
      onChange: (specs, withheld) => {
        this.#hosted = specs;
        this.#withheld = withheld;
        this.#tellAll();
      },
    });
    this.#host.writeConditions(this.#writesConditions);
    this.#host.start();
  }

  #leave(): void {
    const host = this.#host;
    this.#host = undefined;
    if (host === undefined) return;
    const ended = host.stop().finally(() => this.#leaving.delete(ended));
    this.#leaving.add(ended);
  }

  #tellAll(): void {
    const { listed, folder } = this.#sources;
    const all = new Map(listed.map((spec) => [spec.name, spec]));
    const doubles = new Set<string>();
    const take = (spec: MemberSpec, object: string) => {
      const { name } = spec;
      if (!all.has(name)) {
        all.set(name, spec);
        return;
      }
      doubles.add(object);
      if (this.#doubles.has(object)) return;
      const winner = listed.some((one) => one.name === name) ? 'members.list' : 'members.folder';
      this.#options.onProblem(object, `${winner} has this name too, and wins`);
    };
    for (const spec of folder?.specs ?? []) take(spec, `members.folder ${spec.name}`);
    for (const spec of this.#hosted) take(spec, spec.access.context);
    this.#doubles = doubles;
    for (const name of this.#turns.keys()) if (!all.has(name)) this.#turns.delete(name);
    const isHostRead = this.#host === undefined || this.#host.hasSynced;
    this.#options.onChange([...all.values()], {
      isComplete: isHostRead && folder?.isComplete !== false,
      withheld: [...this.#withheld, ...(folder?.withheld ?? [])],
    });
  }
}

/** Who is joined at this moment; of a host that does not answer in time, nobody. */
export async function joinedNow(
  sources: MembershipSources,
  onProblem: MembershipOptions['onProblem'],
): Promise<readonly MemberSpec[]> {
  let timer: NodeJS.Timeout | undefined;
  let last: readonly MemberSpec[] = [];
  let membership: Membership | undefined;
  await new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      onProblem('members.host', `the host was not read within ${HOST_ANSWER_MS / 1000} s`);
      resolve();
    }, HOST_ANSWER_MS);
    membership = new Membership({
      onProblem,
      onChange: (specs, { isComplete }) => {
        last = specs;
        if (isComplete) resolve();
      },
    });
    membership.replace(sources);
  });
  clearTimeout(timer);
  await membership?.stop();
  return last;
}
