/** All members as the decision sees them: those that we watch, and those that others watch for us. */

import { localityOfNodes } from '../../discovery/locality-of-nodes.ts';
import { keyOfHost } from '../../discovery/owner-names.ts';
import type { JoinedMember, MemberRegistry } from '../../members/registry.ts';
import type { ContributedMembers } from '../contributed/contributed-members.ts';
import type { SeenMember } from './seen-member.ts';

export class SeenMembers {
  readonly #registry: MemberRegistry;
  readonly #contributed: ContributedMembers | undefined;

  constructor(registry: MemberRegistry, contributed?: ContributedMembers) {
    this.#registry = registry;
    this.#contributed = contributed;
  }

  /** Ours beats another's word. */
  get(name: string): SeenMember | undefined {
    const joined = this.#registry.get(name);
    return joined === undefined ? this.#contributed?.get(name) : seenByUs(name, joined);
  }

  /** Who watches it for us; undefined: we do, or nobody. */
  contributorOf(name: string): string | undefined {
    if (this.#registry.get(name) !== undefined) return undefined;
    return this.#contributed?.contributorOf(name);
  }

  /** Networks that a member, or one that may be one, may speak of. */
  allowOf(name: string): readonly string[] {
    return this.#registry.get(name)?.spec.allow ?? this.#contributed?.allowOf(name) ?? [];
  }

  *all(): Generator<SeenMember> {
    for (const [name, joined] of this.#registry.joined) yield seenByUs(name, joined);
    for (const seen of this.#contributed?.all() ?? []) {
      if (this.#registry.get(seen.name) === undefined) yield seen;
    }
  }

  /** False: whoever says who is a member was not read whole yet. */
  get isComplete(): boolean {
    return this.#registry.isComplete && (this.#contributed?.isRead ?? true);
  }

  /** Not here, and perhaps a member all the same: what it said is not to be forgotten. */
  isPerhaps(name: string): boolean {
    if (this.get(name) !== undefined) return false;
    return this.#registry.isPerhaps(name) || this.#contributed?.isPerhaps(name) === true;
  }
}

function seenByUs(name: string, { spec, member }: JoinedMember): SeenMember {
  return {
    name,
    status: member.status,
    allow: spec.allow,
    get told() {
      const { locality, problems } = localityOfNodes(member.objects.nodes);
      return { said: spec, read: locality, problems };
    },
    *keys() {
      yield* member.objects.keys();
      for (const host of member.hosts.keys()) yield keyOfHost(host);
    },
  };
}
