/**
 * Which services must be decided anew, and deciding them: from events of members, probes, host
 * names and clocks to changed owner names. Knows no store: what it gives is written by whoever
 * asked (members-source.ts).
 */

import type { DecideContext } from '../../discovery/health/decide-service.ts';
import type { LivenessGraces, WhenUnreachable } from '../../discovery/health/liveness.ts';
import type { FederationPlan } from '../../discovery/hierarchy.ts';
import { keyOfHost } from '../../discovery/owner-names.ts';
import type { Fallbacks } from '../../discovery/plan-records.ts';
import { InputError } from '../../dns/errors.ts';
import type { MemberRegistry } from '../../members/registry.ts';
import type { HostAddresses } from '../../probe/host-addresses.ts';
import type { Alarms } from '../../runtime/alarms.ts';
import type { Logger } from '../../runtime/logger.ts';
import { DECIDE_AT_ONCE } from '../limits.ts';
import type { FederationView } from './federation-view.ts';
import { FollowedHosts } from './followed-hosts.ts';
import type { SelectHosts } from './host-reports.ts';
import { MemberReports, type SelectServices } from './member-reports.ts';
import { type OwnerChange, ServicePlans } from './service-plans.ts';
import { type RefusedServices, ServiceQuota } from './service-quota.ts';
import type { ShardBook } from './shard-book.ts';
import type { ShardProbes } from './shard-probes.ts';
import { WaitingServices } from './waiting-services.ts';

export interface ServiceDecisionsOptions {
  readonly registry: MemberRegistry;
  readonly book: ShardBook;
  readonly view: FederationView;
  readonly hosts: HostAddresses;
  readonly probes: ShardProbes;
  readonly select: SelectServices;
  readonly selectHosts: SelectHosts;
  readonly fallbacks: Fallbacks;
  readonly whenUnreachable: WhenUnreachable;
  readonly graces: LivenessGraces;
  /** In so long, ms, every member and address has been asked often enough to be lost. */
  readonly detectionRoundMs: number;
  /** Published of one member. */
  readonly servicesMax: number;
  readonly alarms: Alarms;
  readonly logger: Logger;
}

export class ServiceDecisions {
  readonly plans: ServicePlans;
  readonly #options: ServiceDecisionsOptions;
  readonly #reports: MemberReports;
  readonly #hosts: FollowedHosts;
  readonly #quota: ServiceQuota;
  readonly #waiting = new WaitingServices();
  /** Service key -> monotonic ms at which a grace ends. */
  readonly #graceEnds = new Map<string, number>();
  #suspectsSelf = false;
  #isCutOff = false;
  readonly #startedMs = performance.now();
  #heldUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: ServiceDecisionsOptions) {
    this.#options = options;
    const { book, fallbacks, view, hosts } = options;
    this.#quota = new ServiceQuota(options);
    this.plans = new ServicePlans({ book, fallbacks });
    const naming = () => view.plan.naming;
    this.#reports = new MemberReports({ ...options, naming, quota: this.#quota });
    this.#hosts = new FollowedHosts(hosts, (host) => book.setAddresses(host, undefined));
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
    if (this.#options.registry.get(cluster)?.member.status.hasSynced) this.#wait(key, cluster);
  }

  /** A member synced, was lost, is fresh again, or its nodes say otherwise. */
  memberChanged(cluster: string): void {
    const member = this.#options.registry.get(cluster)?.member;
    if (member?.status.hasSynced) {
      const hosts = [...member.hosts.keys()].map(keyOfHost);
      const keys = [...member.objects.keys(), ...hosts];
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

  probeChanged(probe: string): void {
    for (const key of this.#options.probes.servicesOf(probe)) this.#wait(key);
  }

  servicesChanged(keys: Iterable<string>): void {
    for (const key of keys) this.#wait(key);
  }

  everythingChanged(): void {
    for (const key of this.plans.keys()) this.#wait(key);
    for (const key of this.#options.book.keys()) this.#wait(key);
  }

  /** What members that left have said goes with them, once it is known who they are. */
  forgetLeft(): void {
    const { registry, book } = this.#options;
    for (const cluster of book.clusters) {
      if (registry.get(cluster) !== undefined || registry.isPerhaps(cluster)) continue;
      for (const key of book.forget(cluster)) this.#wait(key);
    }
  }

  /** Looks at the members anew. Gives whether the places are others: all names are, then. */
  refreshMembers(): boolean {
    const { view } = this.#options;
    const havePlacesChanged = view.refresh();
    if (havePlacesChanged) this.everythingChanged();
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

  /** Some of those that wait: what must be stored otherwise now. */
  decideSome(): OwnerChange[] {
    const { view, book } = this.#options;
    const context = this.context();
    const changes: OwnerChange[] = [];
    for (const [key, clusters] of this.#waiting.take(DECIDE_AT_ONCE)) {
      for (const cluster of clusters) this.#reports.take(cluster, key);
      changes.push(...this.#decide(key, context, view.plan));
    }
    if (this.#waiting.size === 0 && view.haveAllSynced) book.complete();
    return changes;
  }

  #wait(key: string, cluster?: string): void {
    this.#waiting.add(key, cluster);
  }

  #decide(key: string, context: DecideContext, plan: FederationPlan): OwnerChange[] {
    const { book, probes } = this.#options;
    const changes = this.#replan(key, context, plan);
    if (changes === undefined) return [];
    const decided = this.plans.get(key)?.decided;
    for (const { cluster, report, liveness, hasAnswered } of decided?.shards ?? []) {
      const wasOut = liveness.kind === 'out' ? liveness.cause : undefined;
      book.set(cluster, key, { report, wasOut, hasAnswered });
    }
    probes.follow(key, decided?.shards ?? []);
    this.#hosts.follow(key, decided?.hosts ?? []);
    if (decided?.changesAtMs === undefined) this.#graceEnds.delete(key);
    else this.#graceEnds.set(key, decided.changesAtMs);
    return changes;
  }

  /** undefined: not even its global name can be, and it is told. */
  #replan(key: string, context: DecideContext, plan: FederationPlan): OwnerChange[] | undefined {
    try {
      return this.plans.replan(key, context, plan);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const [namespace, objectName] = key.split('/');
      const reason = error.message;
      this.#options.logger.warn('service not published', { namespace, objectName, reason });
      return undefined;
    }
  }

  /** What everything is decided from at this moment. */
  context(): DecideContext {
    const { view, hosts, probes, book, whenUnreachable, graces } = this.#options;
    return {
      members: view.members,
      whenUnreachable,
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
    if (view.haveAllSynced || hasBegun || this.#isCutOff) this.#tellCutOff(view.isCutOff);
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
