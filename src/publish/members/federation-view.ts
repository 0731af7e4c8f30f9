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

/** Of fewer addresses no share says anything of us. */
const SUSPECT_ADDRESSES_MIN = 4;

export interface FederationViewOptions {
  readonly registry: MemberRegistry;
  readonly book: ShardBook;
  readonly naming: LadderNaming;
  readonly ttlSeconds: number;
  /** Above this share of members lost, or of addresses down, nothing moves. 0 to 1. */
  readonly suspectShare: number;
  /** Of addresses that have ever answered. */
  readonly probed: () => {
    readonly up: number;
    readonly down: number;
    readonly inDoubt: number;
  };
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
   * Where nearly everything fails together it is rather we who are cut off. Those in doubt count
   * as failing: the first that is lost must not be out before the others have been asked.
   */
  get suspectsSelf(): boolean {
    const { probed } = this.#options;
    const { up, down, inDoubt } = probed();
    return this.#isMost((status) => status.api === 'lost' || status.isInDoubt, {
      bad: down + inDoubt,
      all: up + down,
    });
  }

  /** The same by what is certain: worth an alarm. */
  get isCutOff(): boolean {
    const { up, down } = this.#options.probed();
    return this.#isMost(({ api }) => api === 'lost', { bad: down, all: up + down });
  }

  #isMost(
    isBad: (status: MemberStatus) => boolean,
    addresses: { readonly bad: number; readonly all: number },
  ): boolean {
    const { suspectShare, registry } = this.#options;
    const members = [...registry.joined.values()];
    const lostCount = [...this.#members.keys()].filter((name) => registry.isPerhaps(name)).length;
    const badCount = members.filter(({ member }) => isBad(member.status)).length + lostCount;
    if (badCount > suspectShare * (members.length + lostCount)) return true;
    const { bad, all } = addresses;
    return all >= SUSPECT_ADDRESSES_MIN && bad > suspectShare * all;
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
      const allowed = allowedAddresses(joined.spec.allow);
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
      yield { name, locality, api: 'lost', apiSinceMs, allowed: allowedAddresses([]) };
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
