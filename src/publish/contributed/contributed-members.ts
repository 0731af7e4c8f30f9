/**
 * Members that others watch for us, as their contributors store them: followed in the store, and
 * seen like our own. A contributor whose beat is gone makes its members lost, not empty; what it
 * said stays in the store until it says otherwise, leaves, or was away for too long.
 *
 * A contributor speaks only of the clusters that our configuration gives it.
 */

import { type ShardReport, soundReport } from '../../discovery/health/shard-report.ts';
import { parseLocality, parseShard } from '../../discovery/health/stored-shard.ts';
import type {
  RecordStore,
  StoreChange,
  StoredValue,
  StoredValues,
  StoreEvent,
} from '../../store/record-store.ts';
import { octetsOfText, textOfOctets } from '../../store/skydns/entry.ts';
import { rangeOfPrefix } from '../../store/skydns/key.ts';
import { COMPLAINTS_MAX, CONTRIBUTOR_DOUBT_MS, CONTRIBUTOR_PATIENCE_MS } from '../limits.ts';
import type { SeenMember } from '../seen/seen-member.ts';
import {
  type Attendance,
  type ContributedCluster,
  type Contributor,
  type ContributorSpec,
  isUnsaid,
  seenCluster,
  takeNote,
} from './contributed-cluster.ts';
import { beatBase, contributedBase, parseContributedKey, parseSignal } from './contributed-keys.ts';
import { ContributorBeats } from './contributor-beats.ts';

export interface ContributedMembersOptions {
  readonly controlPrefix: string;
  readonly contributors: readonly ContributorSpec[];
  /** One that is away for longer has left. */
  readonly forgetAfterMs: number;
  readonly onService: (cluster: string, key: string) => void;
  readonly onMember: (cluster: string) => void;
  readonly onProblem: (contributor: string, problem: string) => void;
}

export class ContributedMembers {
  readonly #options: ContributedMembersOptions;
  readonly #base: string;
  readonly #beatBase: string;
  readonly #contributors: ReadonlyMap<string, Contributor>;
  readonly #clusters = new Map<string, ContributedCluster>();
  readonly #told = new Set<string>();
  readonly #beats = new ContributorBeats(CONTRIBUTOR_PATIENCE_MS);
  #isRead = false;
  #ended = new AbortController();
  #running: Promise<void> | undefined;
  #tick: NodeJS.Timeout | undefined;

  constructor(options: ContributedMembersOptions) {
    this.#options = options;
    this.#base = contributedBase(options.controlPrefix);
    this.#beatBase = beatBase(options.controlPrefix);
    this.#contributors = new Map(
      options.contributors.map((spec) => [spec.name, { spec, isComplete: false, absentMs: 0 }]),
    );
  }

  /** False: what is stored was not read yet. */
  get isRead(): boolean {
    return this.#isRead || this.#contributors.size === 0;
  }

  /** A contributor's cluster that it has not said to be gone. */
  isPerhaps(cluster: string): boolean {
    if (this.#clusters.has(cluster)) return false;
    return [...this.#contributors.values()].some(({ spec, isComplete, absentMs }) => {
      const isKnown = this.#isRead && (isComplete || absentMs >= this.#options.forgetAfterMs);
      return spec.clusters.includes(cluster) && !isKnown;
    });
  }

  /** Also of one that nothing is known of yet. */
  allowOf(cluster: string): readonly string[] | undefined {
    const specs = [...this.#contributors.values()].map(({ spec }) => spec);
    return specs.find(({ clusters }) => clusters.includes(cluster))?.allow;
  }

  get(cluster: string): SeenMember | undefined {
    const known = this.#clusters.get(cluster);
    return known === undefined ? undefined : this.#seen(cluster, known);
  }

  *all(): Generator<SeenMember> {
    for (const [name, cluster] of this.#clusters) yield this.#seen(name, cluster);
  }

  report(cluster: string, key: string): ShardReport | undefined {
    return this.#clusters.get(cluster)?.reports.get(key);
  }

  /** Whether it can be read what is said of this service, be it nothing. */
  isReadable(cluster: string, key: string): boolean {
    return this.#clusters.get(cluster)?.unreadable.has(key) !== true;
  }

  /** Whose word it is. */
  contributorOf(cluster: string): string | undefined {
    return this.#clusters.get(cluster)?.contributor.spec.name;
  }

  /** Of each contributor whether it gives a sign of life, and the absence noted in the store. */
  get attendance(): readonly Attendance[] {
    if (!this.#isRead || !this.#beats.isInContact) return [];
    return [...this.#contributors].map(([name, { absentMs }]) => {
      const key = `${this.#beatBase}${octetsOfText(name)}`;
      const beat = { key, modRevision: this.#beats.revisionOf(name) };
      return { name, isAlive: this.#beats.isAlive(name), absentMs, beat };
    });
  }

  /** A store of which nothing is known. */
  follow(store: RecordStore): void {
    if (this.#contributors.size === 0 || this.#running !== undefined) return;
    this.#clusters.clear();
    this.#isRead = false;
    this.#beats.clear();
    this.#ended = new AbortController();
    this.#running = this.#run(store, this.#ended.signal);
    this.#tick = setInterval(() => this.#look(), CONTRIBUTOR_DOUBT_MS / 8);
  }

  async stop(): Promise<void> {
    clearInterval(this.#tick);
    this.#ended.abort();
    await this.#running;
    this.#running = undefined;
  }

  async #run(store: RecordStore, signal: AbortSignal): Promise<void> {
    const ranges = [rangeOfPrefix(this.#base), rangeOfPrefix(this.#beatBase)];
    for await (const event of store.watch(ranges, { signal })) {
      try {
        this.#take(event);
      } catch (error) {
        // A fault of ours with what one of them wrote must not make us deaf to the others.
        this.#tell('one of them', `not taken: ${String(error)}`);
      }
    }
  }

  #take(event: StoreEvent): void {
    if (event.kind === 'lost') {
      this.#beats.lost();
      return;
    }
    this.#beats.heard();
    if (event.kind === 'state') this.#takeState(event.state.values);
    if (event.kind === 'revision') for (const change of event.changes) this.#takeChange(change);
    this.#look();
  }

  #takeState(values: StoredValues): void {
    const before = [...this.#clusters];
    this.#clusters.clear();
    for (const contributor of this.#contributors.values()) {
      contributor.isComplete = false;
      contributor.absentMs = 0;
    }
    for (const [key, stored] of values) this.#takeEntry(key, stored);
    for (const [name, { api, apiSinceMs }] of before) {
      const now = this.#clusters.get(name);
      if (now !== undefined) Object.assign(now, { api, apiSinceMs });
    }
    this.#isRead = true;
    this.#look();
    // Only now: in the middle of it most would seem to have left.
    for (const name of this.#contributors.keys()) this.#tellClusters(name);
  }

  #takeChange({ key, stored }: StoreChange): void {
    const about = this.#takeEntry(key, stored);
    if (about === undefined) return;
    if (about.cluster === '') this.#tellClusters(about.contributor);
    else if (about.key !== '') this.#options.onService(about.cluster, about.key);
    else this.#options.onMember(about.cluster);
  }

  #tellClusters(contributor: string): void {
    const { spec } = this.#contributors.get(contributor) ?? {};
    for (const cluster of spec?.clusters ?? []) this.#options.onMember(cluster);
  }

  /** Gives what is other now; undefined: nothing that anybody waits for. */
  #takeEntry(key: string, stored: StoredValue | undefined) {
    if (key.startsWith(this.#beatBase)) {
      const name = textOfOctets(key.slice(this.#beatBase.length));
      if (this.#contributors.has(name)) this.#beats.take(name, stored);
      return undefined;
    }
    const about = parseContributedKey(this.#base, key);
    if (about === undefined) return undefined;
    const contributor = this.#contributors.get(about.contributor);
    if (contributor === undefined) {
      this.#tell(about.contributor, 'not in members.contributors: ignored');
      return undefined;
    }
    if (about.cluster === '') {
      takeNote(contributor, about.kind, stored);
      return about;
    }
    if (!contributor.spec.clusters.includes(about.cluster)) {
      this.#tell(about.contributor, `speaks of ${about.cluster}, which it may not: ignored`);
      return undefined;
    }
    const text = stored && textOfOctets(stored.value);
    if (about.kind === 'members') this.#takeMember(about.cluster, contributor, text);
    if (about.kind === 'signals') this.#takeSignal(about.cluster, contributor, text);
    if (about.kind === 'shards') this.#takeShard(about, contributor, text);
    // One without a place has no key of its own that goes last.
    const known = this.#clusters.get(about.cluster);
    if (known === undefined || !isUnsaid(known)) return about;
    this.#clusters.delete(about.cluster);
    return { ...about, key: '' };
  }

  #takeMember(cluster: string, contributor: Contributor, text: string | undefined): void {
    if (text === undefined) return void this.#clusters.delete(cluster);
    const locality = parseLocality(text);
    if (locality === undefined) this.#tell(contributor.spec.name, `${cluster}: place not readable`);
    else this.#clusterOf(cluster, contributor).locality = locality;
  }

  #takeSignal(cluster: string, contributor: Contributor, text: string | undefined): void {
    if (text === undefined && !this.#clusters.has(cluster)) return;
    const known = this.#clusterOf(cluster, contributor);
    known.said = text === undefined ? text : parseSignal(text);
    known.wasFresh ||= known.said === 'fresh';
  }

  /** One that cannot be read leaves what was said before. */
  #takeShard(
    { cluster, key }: { readonly cluster: string; readonly key: string },
    contributor: Contributor,
    text: string | undefined,
  ): void {
    const shard = text === undefined ? undefined : parseShard(text);
    const known = this.#clusters.get(cluster);
    if (text === undefined) known?.reports.delete(key);
    if (text === undefined || shard !== undefined) known?.unreadable.delete(key);
    if (shard !== undefined) {
      this.#clusterOf(cluster, contributor).reports.set(key, soundReport(shard.report));
    } else if (text !== undefined) {
      this.#clusterOf(cluster, contributor).unreadable.add(key);
      this.#tell(contributor.spec.name, `${cluster} ${key}: not readable`);
    }
  }

  #clusterOf(name: string, contributor: Contributor): ContributedCluster {
    const known = this.#clusters.get(name);
    if (known !== undefined) return known;
    const cluster: ContributedCluster = {
      contributor,
      locality: undefined,
      ...{ said: undefined, wasFresh: false },
      api: 'lost',
      apiSinceMs: performance.now(),
      reports: new Map(),
      unreadable: new Set(),
    };
    this.#clusters.set(name, cluster);
    return cluster;
  }

  /** What time alone changes: who is alive. */
  #look(): void {
    const nowMs = performance.now();
    for (const [name, cluster] of this.#clusters) {
      // Out of contact nobody is heard, and nobody is lost by it.
      const isKept = !this.#beats.isInContact && cluster.api === 'fresh';
      const isThere = this.#beats.isAlive(cluster.contributor.spec.name);
      const api = isKept || (isThere && cluster.said === 'fresh') ? 'fresh' : 'lost';
      if (api === cluster.api) continue;
      cluster.api = api;
      cluster.apiSinceMs = nowMs;
      this.#options.onMember(name);
    }
  }

  #seen(name: string, cluster: ContributedCluster): SeenMember {
    const isHeard = this.#beats.isAlive(cluster.contributor.spec.name, CONTRIBUTOR_DOUBT_MS);
    return seenCluster(name, cluster, !isHeard && this.#beats.isInContact);
  }

  /** Once each: it may be said a thousand times. */
  #tell(contributor: string, problem: string): void {
    const text = `${contributor} ${problem}`;
    if (this.#told.has(text) || this.#told.size >= COMPLAINTS_MAX) return;
    this.#told.add(text);
    this.#options.onProblem(contributor, problem);
  }
}
