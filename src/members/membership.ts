/**
 * Who is joined now, from both sources: the list of the configuration and the objects of a host
 * cluster. A name in both is the list's: a person who wrote it into our own configuration meant us.
 */

import type { ClusterAccess } from '../kubernetes/cluster-access.ts';
import { HostMembers } from './host-members.ts';
import { HOST_ANSWER_MS } from './limits.ts';
import type { Completeness, MemberSpec } from './registry.ts';

/** The host as the configuration has it. */
export interface HostSource {
  readonly access: ClusterAccess;
  readonly namespace: string;
  /** Changes with anything of the above. */
  readonly fingerprint: string;
}

export interface MembershipSources {
  readonly listed: readonly MemberSpec[];
  readonly host: HostSource | undefined;
}

export interface MembershipOptions {
  readonly onChange: (specs: readonly MemberSpec[], how: Completeness) => void;
  readonly onProblem: (object: string, problem: string) => void;
}

export class Membership {
  readonly #options: MembershipOptions;
  #sources: MembershipSources = { listed: [], host: undefined };
  #host: HostMembers | undefined;
  #hosted: readonly MemberSpec[] = [];
  #withheld: readonly string[] = [];
  /** Names in both that were told. */
  #doubles = new Set<string>();
  readonly #leaving = new Set<Promise<void>>();

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

  async stop(): Promise<void> {
    this.#leave();
    await Promise.all(this.#leaving);
  }

  #follow({ access, namespace }: HostSource): void {
    const { onProblem } = this.#options;
    this.#host = new HostMembers({
      access,
      namespace,
      onProblem,
      onChange: (specs, withheld) => {
        this.#hosted = specs;
        this.#withheld = withheld;
        this.#tellAll();
      },
    });
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
    const { listed } = this.#sources;
    const names = new Set(listed.map(({ name }) => name));
    const doubles = this.#hosted.filter(({ name }) => names.has(name));
    for (const { name, access } of doubles) {
      if (this.#doubles.has(name)) continue;
      this.#options.onProblem(access.context, 'members.list has this name too, and wins');
    }
    this.#doubles = new Set(doubles.map(({ name }) => name));
    const hosted = this.#hosted.filter(({ name }) => !names.has(name));
    const isComplete = this.#host === undefined || this.#host.hasSynced;
    this.#options.onChange([...listed, ...hosted], { isComplete, withheld: this.#withheld });
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
