/**
 * The members as the decision sees them: where each is (said by a person, else by its nodes, else
 * as remembered), whether its API is fresh or lost, and whether so many are lost together that it
 * is rather we who are cut off.
 */

import { allowedAddresses } from '../../discovery/health/allowed-addresses.ts';
import type { MemberState } from '../../discovery/health/decide-service.ts';
import type { FederationPlan } from '../../discovery/hierarchy.ts';
import { localityOfNodes } from '../../discovery/locality-of-nodes.ts';
import type { LadderNaming } from '../../discovery/owner-names.ts';
import type { Locality } from '../../discovery/shard.ts';
import type { MemberStatus } from '../../members/member.ts';
import type { JoinedMember, MemberRegistry } from '../../members/registry.ts';
import type { ShardBook } from './shard-book.ts';
import type { ProbedAddresses } from './shard-probes.ts';

/** Of fewer members whose addresses are asked no share says anything of us. */
const SUSPECT_MEMBERS_MIN = 2;

export interface FederationViewOptions {
  readonly registry: MemberRegistry;
  readonly book: ShardBook;
  readonly naming: LadderNaming;
  readonly ttlSeconds: number;
  /** Networks in CIDR form that members without a list of their own may speak of; empty: the usual. */
  readonly allow: readonly string[];
  /** Above this share of members that are lost, or do not answer, nothing moves. 0 to 1. */
  readonly suspectShare: number;
  /** What the probes of each member's addresses say. */
  readonly probed: () => ReadonlyMap<string, ProbedAddresses>;
  readonly onProblem: (cluster: string, problem: string) => void;
}

export class FederationView {
  readonly #options: FederationViewOptions;
  #members: ReadonlyMap<string, MemberState> = new Map();
  #plan: FederationPlan;
  #told = new Map<string, string>();
  readonly #startedAtMs = performance.now();

  constructor(options: FederationViewOptions) {
    this.#options = options;
    const { naming, ttlSeconds } = options;
    this.#plan = { naming, ttlSeconds, clusters: [] };
  }

  get members(): ReadonlyMap<string, MemberState> {
    return this.#members;
  }

  get plan(): FederationPlan {
    return this.#plan;
  }

  get suspectShare(): number {
    return this.#options.suspectShare;
  }

  /**
   * Where nearly all members fail together it is rather we who are cut off. Those in doubt count
   * as failing: the first that is lost must not be out before the others have been asked.
   */
  get suspectsSelf(): boolean {
    return this.#areMost(
      ({ api, isInDoubt }) => api === 'lost' || isInDoubt,
      ({ down, inDoubt }) => down + inDoubt,
    );
  }

  /** The same by what is certain: worth an alarm. */
  get isCutOff(): boolean {
    return this.#areMost(
      ({ api }) => api === 'lost',
      ({ down }) => down,
    );
  }

  /**
   * Counted by member, for both signals: who owns most addresses must not decide for all. One that
   * was never seen (a wrong password from the start) says nothing of us.
   */
  #areMost(
    isBad: (status: MemberStatus) => boolean,
    silentCount: (probed: ProbedAddresses) => number,
  ): boolean {
    const { suspectShare, registry, book, probed } = this.#options;
    const seen = [...registry.joined].filter(
      ([name, { member }]) => member.status.hasSynced || book.knows(name),
    );
    const perhapsCount = [...this.#members.keys()].filter((name) =>
      registry.isPerhaps(name),
    ).length;
    const badCount = seen.filter(([, { member }]) => isBad(member.status)).length + perhapsCount;
    if (badCount > suspectShare * (seen.length + perhapsCount)) return true;
    const asked = [...probed().values()].filter(({ up, down }) => up + down > 0);
    const silent = asked.filter((one) => 2 * silentCount(one) > one.up + one.down);
    return asked.length >= SUSPECT_MEMBERS_MIN && silent.length > suspectShare * asked.length;
  }

  get haveAllSynced(): boolean {
    const { registry } = this.#options;
    const joined = [...registry.joined.values()];
    return registry.isComplete && joined.every(({ member }) => member.status.hasSynced);
  }

  /** Looks at all members anew. Gives whether the places changed: every ladder is another then. */
  refresh(): boolean {
    const { registry, book, naming, ttlSeconds } = this.#options;
    const before = JSON.stringify(
      this.#plan.clusters.map(({ name, locality }) => [name, locality]),
    );
    const members = new Map<string, MemberState>();
    for (const [name, joined] of [...registry.joined].sort(([left], [right]) => {
      return left < right ? -1 : 1;
    })) {
      const locality = this.#localityOf(name, joined);
      // What is not known yet takes nothing that was known before.
      if (!isSilent(locality)) book.setLocality(name, locality);
      const { api, apiSinceMs } = joined.member.status;
      const { allow } = joined.spec;
      const allowed = allowedAddresses(allow.length > 0 ? allow : this.#options.allow);
      members.set(name, { name, locality, api, apiSinceMs, allowed });
    }
    for (const state of this.#remembered()) members.set(state.name, state);
    this.#members = members;
    const clusters = [...members.values()].map(({ name, locality, api }) => ({
      name,
      locality,
      isReachable: api === 'fresh',
    }));
    const after = JSON.stringify(clusters.map(({ name, locality }) => [name, locality]));
    if (after === before) return false;
    this.#plan = { naming, ttlSeconds, clusters };
    return true;
  }

  /**
   * Members of the book that may still be ones (MemberRegistry.isPerhaps): where they were, lost
   * to us since we began, so that their owners' policies say what follows.
   */
  *#remembered(): Generator<MemberState> {
    const { registry, book } = this.#options;
    for (const name of [...book.clusters].sort()) {
      if (!registry.isPerhaps(name)) continue;
      const locality = book.locality(name) ?? { region: undefined, topologyZones: [] };
      const apiSinceMs = this.#startedAtMs;
      yield {
        name,
        locality,
        api: 'lost',
        apiSinceMs,
        allowed: allowedAddresses(this.#options.allow),
      };
    }
  }

  /** Nodes that say nothing (none there, none labelled) leave what is remembered. */
  #localityOf(name: string, { spec, member }: JoinedMember): Locality {
    const remembered = this.#options.book.locality(name);
    const read = localityOfNodes(member.objects.nodes);
    this.#tell(name, read.problems);
    const seen = isSilent(read.locality) ? (remembered ?? read.locality) : read.locality;
    return {
      region: spec.region ?? seen.region,
      topologyZones: spec.topologyZones ?? seen.topologyZones,
    };
  }

  #tell(name: string, problems: readonly string[]): void {
    const text = problems.join('; ');
    if ((this.#told.get(name) ?? '') === text) return;
    this.#told.set(name, text);
    if (text !== '') this.#options.onProblem(name, text);
  }
}

function isSilent({ region, topologyZones }: Locality): boolean {
  return region === undefined && topologyZones.length === 0;
}
