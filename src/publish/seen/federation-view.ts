/**
 * The members as the decision sees them: where each is (said by a person, else by its nodes, else
 * as remembered), whether its API is fresh or lost, and whether so many are lost together that it
 * is rather we who are cut off.
 */

import { allowedAddresses } from '../../discovery/health/allowed-addresses.ts';
import type { MemberState } from '../../discovery/health/member-state.ts';
import type { FederationPlan } from '../../discovery/ladder/hierarchy.ts';
import { isNowhere, localityNow } from '../../discovery/locality-over-time.ts';
import type { LadderNaming } from '../../discovery/owner-names.ts';
import type { Locality } from '../../discovery/shard.ts';
import type { MemberStatus } from '../../members/member-options.ts';
import type { ShardBook } from '../book/shard-book.ts';
import type { ProbedAddresses } from '../members/shard-probes.ts';
import { PlaceChanges } from './place-changes.ts';
import type { SeenMember } from './seen-member.ts';
import type { SeenMembers } from './seen-members.ts';

/** Of fewer members whose addresses are asked no share says anything of us. */
const SUSPECT_MEMBERS_MIN = 2;

export interface FederationViewOptions {
  readonly seen: SeenMembers;
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
  readonly #placeChanges = new PlaceChanges();
  readonly #startedAtMs = performance.now();

  constructor(options: FederationViewOptions) {
    this.#options = options;
    const { naming, ttlSeconds } = options;
    this.#plan = { naming, ttlSeconds, clusters: [] };
  }

  get seen(): SeenMembers {
    return this.#options.seen;
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

  /** The same by what is certain, worth an alarm: who answers and is being read is not cut off. */
  get isCutOff(): boolean {
    return this.#areMost(
      ({ api, hasSynced, answers }) => api === 'lost' && (hasSynced || !answers),
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
    const { suspectShare, seen, book, probed } = this.#options;
    const known = [...seen.all()].filter(
      ({ name, status }) => status.hasSynced || book.knows(name),
    );
    const perhapsCount = [...this.#members.keys()].filter((name) => seen.isPerhaps(name)).length;
    const badCount = known.filter(({ status }) => isBad(status)).length + perhapsCount;
    if (badCount > suspectShare * (known.length + perhapsCount)) return true;
    const asked = [...probed().values()].filter(({ up, down }) => up + down > 0);
    const silent = asked.filter((one) => 2 * silentCount(one) > one.up + one.down);
    return asked.length >= SUSPECT_MEMBERS_MIN && silent.length > suspectShare * asked.length;
  }

  get isAnyFresh(): boolean {
    for (const { api } of this.#members.values()) if (api === 'fresh') return true;
    return false;
  }

  get haveAllSynced(): boolean {
    const { seen } = this.#options;
    if (!seen.isComplete) return false;
    for (const { status } of seen.all()) if (!status.hasSynced) return false;
    return true;
  }

  /** A member that moved too often may be looked at again. */
  get isPlaceDue(): boolean {
    return this.#placeChanges.isDue;
  }

  /** Looks at all members anew. */
  refresh(): ViewChange {
    this.#placeChanges.begin();
    const { seen, book, naming, ttlSeconds } = this.#options;
    const before = JSON.stringify(
      this.#plan.clusters.map(({ name, locality }) => [name, locality]),
    );
    const wereReadable = book.arePlacesReadable;
    const members = new Map<string, MemberState>();
    for (const one of [...seen.all()].sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const { name, status, allow } = one;
      const locality = this.#localityOf(one);
      // What is not known yet takes nothing that was known before.
      const isSaid = !isNowhere(locality) || (status.hasSynced && !book.isPlaceReadable(name));
      if (book.isLoaded && isSaid) book.setLocality(name, locality);
      const { api, apiSinceMs } = status;
      const allowed = allowedAddresses(allow.length > 0 ? allow : this.#options.allow);
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
   * Members of the book that may still be ones (SeenMembers.isPerhaps): where they were, lost
   * to us since we began, so that their owners' policies say what follows.
   */
  *#remembered(): Generator<MemberState> {
    const { seen, book } = this.#options;
    for (const name of [...book.clusters].sort()) {
      if (!seen.isPerhaps(name)) continue;
      const locality = book.locality(name) ?? { region: undefined, topologyZones: [] };
      const apiSinceMs = this.#startedAtMs;
      const allow = seen.allowOf(name);
      const allowed = allowedAddresses(allow.length > 0 ? allow : this.#options.allow);
      yield { name, locality, api: 'lost', apiSinceMs, allowed };
    }
  }

  #localityOf({ name, told }: SeenMember): Locality {
    const { said, read, problems } = told;
    const remembered = this.#options.book.locality(name);
    const now = localityNow({ said, read, remembered });
    const isHeld =
      remembered !== undefined &&
      JSON.stringify(now) !== JSON.stringify(remembered) &&
      !this.#placeChanges.take(name);
    const held = isHeld ? ['it moves too often: it stays where it was for a while'] : [];
    this.#tell(name, [...problems, ...held]);
    return isHeld ? remembered : now;
  }

  #tell(name: string, problems: readonly string[]): void {
    const text = problems.join('; ');
    if ((this.#told.get(name) ?? '') === text) return;
    this.#told.set(name, text);
    if (text !== '') this.#options.onProblem(name, text);
  }
}
