/**
 * Which services must be decided anew, and deciding them: from events of members, probes, host
 * names and clocks to changed owner names. Knows no store: what it gives is written by whoever
 * asked (members-source.ts).
 */

import type { DecideContext } from '../../discovery/health/decide-service.ts';
import type { LivenessGraces } from '../../discovery/health/liveness.ts';
import { placesTooLong } from '../../discovery/ladder/hierarchy.ts';
import type { Fallbacks } from '../../discovery/ladder/plan-records.ts';
import { serviceOfKey } from '../../discovery/owner-names.ts';
import { InputError } from '../../dns/errors.ts';
import type { MemberRegistry } from '../../members/registry.ts';
import type { HostAddresses } from '../../probe/host-addresses.ts';
import type { Alarms } from '../../runtime/alarms.ts';
import type { Logger } from '../../runtime/logger.ts';
import { RateLimited } from '../../runtime/rate-limited.ts';
import type { ShardBook } from '../book/shard-book.ts';
import type { ContributedMembers } from '../contributed/contributed-members.ts';
import { DECIDE_AT_ONCE, REFUSED_LOG_INTERVAL_MS } from '../limits.ts';
import type { Propagation } from '../propagation.ts';
import type { SelectHosts } from '../reports/host-reports.ts';
import { LeftOut } from '../reports/left-out.ts';
import { MemberReports, type SelectServices } from '../reports/member-reports.ts';
import { type RefusedServices, ServiceQuota } from '../reports/service-quota.ts';
import type { FederationView } from '../seen/federation-view.ts';
import type { SeenMembers } from '../seen/seen-members.ts';
import { FollowedHosts } from './followed-hosts.ts';
import { type OwnerChange, ServicePlans } from './service-plans.ts';
import type { ShardProbes } from './shard-probes.ts';
import { WaitingServices } from './waiting-services.ts';

export interface ServiceDecisionsOptions {
  readonly registry: MemberRegistry;
  readonly seen: SeenMembers;
  readonly contributed: ContributedMembers | undefined;
  readonly book: ShardBook;
  readonly view: FederationView;
  readonly hosts: HostAddresses;
  readonly probes: ShardProbes;
  readonly select: SelectServices;
  readonly selectHosts: SelectHosts;
  readonly fallbacks: Fallbacks;
  readonly defaultPolicy: DecideContext['defaultPolicy'];
  readonly graces: LivenessGraces;
  /** In so long, ms, every member and address has been asked often enough to be lost. */
  readonly detectionRoundMs: number;
  /** Published of one member. */
  readonly servicesMax: number;
  readonly alarms: Alarms;
  readonly propagation: Propagation;
  readonly logger: Logger;
}

/** What must be stored otherwise of this service. Throws InputError. */
type Replan = (key: string) => OwnerChange[];

export class ServiceDecisions {
  readonly plans: ServicePlans;
  readonly #options: ServiceDecisionsOptions;
  readonly #reports: MemberReports;
  readonly #hosts: FollowedHosts;
  readonly #complaints = new RateLimited(REFUSED_LOG_INTERVAL_MS);
  readonly #quota: ServiceQuota;
  readonly #waiting = new WaitingServices();
  /** Service key -> monotonic ms at which a grace ends. */
  readonly #graceEnds = new Map<string, number>();
  readonly #leftOut: LeftOut;
  #suspectsSelf = false;
  #isCutOff = false;
  #startedMs = performance.now();
  /** All were seen once, since the start. */
  #hasSeen = false;
  #heldUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: ServiceDecisionsOptions) {
    this.#options = options;
    const { book, fallbacks, logger, hosts, view } = options;
    this.#quota = new ServiceQuota(options);
    this.plans = new ServicePlans({ book, fallbacks });
    const naming = () => view.plan.naming;
    this.#reports = new MemberReports({ ...options, naming, quota: this.#quota });
    this.#leftOut = new LeftOut(options);
    this.#hosts = new FollowedHosts({
      addresses: hosts,
      onLeft: (host) => book.setAddresses(host, undefined),
      onRefused: (cluster, host) =>
        this.#complaints.run(cluster, (count) => {
          const what = 'more host names than one member may have looked up: the others have none';
          logger.warn(what, { cluster, address: host, count: count + 1 });
        }),
      onRoom: (keys) => this.servicesChanged(keys),
    });
  }

  /** `namespace/name`, or `cluster namespace/name` -> why it, or a part of it, is left out. */
  get leftOut(): ReadonlyMap<string, string> {
    return new Map([...this.#leftOut.reasons, ...this.#reports.problems]);
  }

  isWaiting(key: string): boolean {
    return this.#waiting.has(key);
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Members that have more services than may be published. */
  get refused(): readonly RefusedServices[] {
    return this.#quota.counts;
  }

  serviceChanged(cluster: string, key: string): void {
    // Before its first whole reading a member is unknown: what it lacks is not gone.
    if (this.#options.seen.get(cluster)?.status.hasSynced) this.#wait(key, cluster);
  }

  /** A member synced, was lost, is fresh again, or its nodes say otherwise. */
  memberChanged(cluster: string): void {
    const member = this.#options.seen.get(cluster);
    if (member?.status.hasSynced) {
      const keys = [...member.keys()];
      // Which ones are published must not depend on the order in which they were read.
      if (keys.length > this.#options.servicesMax) keys.sort();
      for (const key of [...keys, ...this.#quota.refusedOf(cluster)]) this.#wait(key, cluster);
    }
    for (const key of this.#options.book.keysOf(cluster)) this.#wait(key, cluster);
  }

  hostChanged(host: string): void {
    this.#options.book.setAddresses(host, this.#options.hosts.get(host));
    for (const key of this.#hosts.servicesOf(host)) this.#wait(key);
  }

  /** Before anything is decided by them: is it we, rather? */
  probesChanged(probes: readonly string[]): void {
    this.#lookAtSelf();
    for (const probe of probes) {
      for (const key of this.#options.probes.servicesOf(probe)) this.#wait(key);
    }
  }

  servicesChanged(keys: Iterable<string>): void {
    for (const key of keys) this.#wait(key);
  }

  /** A start on a store: what is in it was not looked at yet. */
  begin(): void {
    this.#startedMs = performance.now();
    this.#hasSeen = false;
    // Those that are gone by now, too.
    this.everythingChanged();
    this.plans.forgetAll();
  }

  /** Whoever asks again decides everything anew. */
  forgetWaiting(): void {
    this.#waiting.clear();
  }

  everythingChanged(): void {
    for (const key of this.plans.keys()) this.#wait(key);
    for (const key of this.#options.book.keys()) this.#wait(key);
  }

  /** What members that left have said goes with them, once it is known who they are. */
  forgetLeft(): void {
    const { seen, book } = this.#options;
    for (const cluster of book.clusters) {
      if (seen.get(cluster) !== undefined || seen.isPerhaps(cluster)) continue;
      for (const key of book.forget(cluster)) this.#wait(key);
    }
  }

  /** Looks at the members anew. Gives whether the places are others: all names are, then. */
  refreshMembers(): boolean {
    const { view } = this.#options;
    const { havePlacesChanged, otherAllowed } = view.refresh();
    if (havePlacesChanged) this.everythingChanged();
    for (const cluster of otherAllowed) this.memberChanged(cluster);
    this.#lookAtSelf();
    return havePlacesChanged;
  }

  /** What time alone changes: graces that end, and whether it is we who are cut off. */
  tick(nowMs: number): void {
    this.#lookAtSelf();
    for (const [cluster, key] of this.#quota.tick()) this.#wait(key, cluster);
    for (const [key, endsAtMs] of this.#graceEnds) {
      if (endsAtMs > nowMs) continue;
      this.#graceEnds.delete(key);
      this.#wait(key);
    }
  }

  /** Some of those that wait: what must be stored otherwise now. `isTold` not: nothing is given. */
  decideSome({ isTold }: { readonly isTold: boolean }): OwnerChange[] {
    const { view, book, propagation } = this.#options;
    const context = this.context();
    const changes: OwnerChange[] = [];
    const how = isTold ? 'replan' : 'replanUntold';
    const replan: Replan = (key) => this.plans[how](key, context, view.plan);
    for (const [key, { clusters, sinceMs }] of this.#waiting.take(DECIDE_AT_ONCE)) {
      for (const cluster of clusters) this.#reports.take(cluster, key);
      if (!book.isReadable(key)) continue;
      const changed = this.#decide(key, replan);
      if (changed.length > 0) propagation.took('decided', performance.now() - sinceMs);
      changes.push(...changed);
    }
    if (this.#waiting.size === 0 && view.haveAllSynced) book.complete();
    return changes;
  }

  #wait(key: string, cluster?: string): void {
    this.#waiting.add(key, cluster);
  }

  #decide(key: string, replan: Replan): OwnerChange[] {
    const { book, probes } = this.#options;
    const changes = this.#replan(key, replan);
    if (changes === undefined) return [];
    const decided = this.plans.get(key)?.decided;
    for (const { cluster, report, liveness, hasAnswered } of decided?.shards ?? []) {
      const wasOut = liveness.kind === 'out' ? liveness.cause : undefined;
      book.set(cluster, key, { report, wasOut, hasAnswered });
    }
    probes.follow(key, decided?.shards ?? []);
    this.#hosts.follow(key, decided?.hosts ?? []);
    for (const { host } of decided?.hosts ?? []) {
      const found = this.#options.hosts.get(host);
      if (found !== undefined) book.setAddresses(host, found);
    }
    if (decided?.changesAtMs === undefined) this.#graceEnds.delete(key);
    else this.#graceEnds.set(key, decided.changesAtMs);
    return changes;
  }

  /** undefined: not even its global name can be, and it is told. */
  #replan(key: string, replan: Replan): OwnerChange[] | undefined {
    try {
      const changes = replan(key);
      const places = placesTooLong(this.#options.view.plan, serviceOfKey(key)).join(', ');
      const reason = places === '' ? undefined : `names over 255 octets: none of it in ${places}`;
      this.#leftOut.set(key, 'PublishedInPart', reason);
      return changes;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#leftOut.set(key, 'NotPublished', error.message);
      return undefined;
    }
  }

  /** What everything is decided from at this moment. */
  context(): DecideContext {
    const { view, hosts, probes, book, defaultPolicy, graces } = this.#options;
    return {
      members: view.members,
      defaultPolicy,
      graces,
      suspectsSelf: this.#suspectsSelf,
      heldUntilMs: this.#heldUntilMs,
      resolve: (host) => hosts.get(host) ?? book.addressesOf(host),
      probed: (key, cluster) => probes.signal(key, cluster),
      isDrained: (key, cluster) => book.isDrained(cluster, key),
      nowMs: performance.now(),
    };
  }

  #lookAtSelf(): void {
    const { view } = this.#options;
    const { suspectsSelf } = view;
    // A start gets the time that it takes to see anybody.
    const hasBegun = performance.now() - this.#startedMs > this.#options.detectionRoundMs;
    this.#hasSeen ||= view.haveAllSynced && view.isAnyFresh;
    if (this.#hasSeen || hasBegun || this.#isCutOff) this.#tellCutOff(view.isCutOff);
    if (suspectsSelf === this.#suspectsSelf) return;
    this.#suspectsSelf = suspectsSelf;
    this.everythingChanged();
  }

  /** At a start all are unknown: nothing moves, and it is no alarm. */
  #tellCutOff(isCutOff: boolean): void {
    const { view, alarms, detectionRoundMs } = this.#options;
    if (isCutOff === this.#isCutOff) return;
    this.#isCutOff = isCutOff;
    if (isCutOff) {
      alarms.raise('suspecting-ourselves', 'most members or addresses are lost: nothing moves', {
        count: [...view.members.values()].filter(({ api }) => api === 'lost').length,
      });
      return;
    }
    this.#heldUntilMs = performance.now() + detectionRoundMs;
    this.everythingChanged();
    alarms.clear('suspecting-ourselves', 'members and addresses are seen again');
  }
}
