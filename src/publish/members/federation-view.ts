/**
 * The members as the decision sees them: where each is (said by a person, else by its nodes, else
 * as remembered), whether its API is fresh or lost, and whether so many are lost together that it
 * is rather we who are cut off.
 */

import { allowedAddresses } from '../../discovery/health/allowed-addresses.ts';
import type { MemberState } from '../../discovery/health/decide-service.ts';
import type { FederationPlan } from '../../discovery/hierarchy.ts';
import { localityOfNodes } from '../../discovery/locality-of-nodes.ts';
import { isNowhere, localityNow } from '../../discovery/locality-over-time.ts';
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
  /** Above this share of members that are lost, or do not answer, nothing moves. 0 to 1. */
  readonly suspectShare: number;
  /** What the probes of each member's addresses say. */
  readonly probed: () => ReadonlyMap<string, ProbedAddresses>;
  readonly onProblem: (cluster: string, problem: string) => void;
}

export interface ViewChange {
  /** Every ladder is another then. */
  readonly havePlacesChanged: boolean;
  /** Members that may speak of other addresses than before. */
  readonly otherAllowed: readonly string[];
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

  /** Looks at all members anew. */
  refresh(): ViewChange {
    const { registry, book, naming, ttlSeconds } = this.#options;
    const before = JSON.stringify(
      this.#plan.clusters.map(({ name, locality }) => [name, locality]),
    );
    const wereReadable = book.arePlacesReadable;
    const members = new Map<string, MemberState>();
    for (const [name, joined] of [...registry.joined].sort(([left], [right]) => {
      return left < right ? -1 : 1;
    })) {
      const locality = this.#localityOf(name, joined);
      // What is not known yet takes nothing that was known before.
      const isSaid = !isNowhere(locality) || isReplaced(joined, book);
      if (book.isLoaded && isSaid) book.setLocality(name, locality);
      const { api, apiSinceMs } = joined.member.status;
      const allowed = allowedAddresses(joined.spec.allow);
      members.set(name, { name, locality, api, apiSinceMs, allowed });
    }
    for (const state of this.#remembered()) members.set(state.name, state);
    const otherAllowed = [...members.values()]
      .filter(({ name, allowed }) => {
        const was = this.#members.get(name)?.allowed.networks ?? allowed.networks;
        return was.join() !== allowed.networks.join();
      })
      .map(({ name }) => name);
    this.#members = members;
    const clusters = [...members.values()].map(({ name, locality, api }) => ({
      name,
      locality,
      isReachable: api === 'fresh',
    }));
    const after = JSON.stringify(clusters.map(({ name, locality }) => [name, locality]));
    const areOther = after !== before || wereReadable !== book.arePlacesReadable;
    if (areOther) this.#plan = { naming, ttlSeconds, clusters };
    return { havePlacesChanged: areOther, otherAllowed };
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
      yield { name, locality, api: 'lost', apiSinceMs, allowed: allowedAddresses([]) };
    }
  }

  #localityOf(name: string, { spec, member }: JoinedMember): Locality {
    const { locality: read, problems } = localityOfNodes(member.objects.nodes);
    this.#tell(name, problems);
    return localityNow({ said: spec, read, remembered: this.#options.book.locality(name) });
  }

  #tell(name: string, problems: readonly string[]): void {
    const text = problems.join('; ');
    if ((this.#told.get(name) ?? '') === text) return;
    this.#told.set(name, text);
    if (text !== '') this.#options.onProblem(name, text);
  }
}

/** It is read whole, and what was remembered of where it is cannot be read. */
function isReplaced({ member, spec }: JoinedMember, book: ShardBook): boolean {
  return member.status.hasSynced && !book.isPlaceReadable(spec.name);
}
