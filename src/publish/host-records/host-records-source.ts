/**
 * ServiceDNSRecords and IngressDNSRecords of a host as a source of records: host -> names -> store,
 * level by level. Whatever happens (a record, a Domain, a host name that moved, a stranger's write),
 * what is wanted is compared with what our writer holds, and the difference written.
 *
 * Promised: nothing is written before the host was read whole; the host away, all stays.
 */

import { whyLines } from '../../discovery/explain.ts';
import type { PlannedOwner } from '../../discovery/ladder/plan-records.ts';
import type { DomainName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { RRsetChange } from '../../dns/rrset-change.ts';
import type { HostRecords } from '../../members/host/host-records.ts';
import type { HostAddresses } from '../../probe/host-addresses.ts';
import { faultText } from '../../runtime/fault-text.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { RecordWriter } from '../../store/record-writer.ts';
import {
  HOST_RECORDS_SETTLE_MS,
  MEMBERS_PATIENCE_MS,
  MEMBERS_RESYNC_MS,
  MOVES_TOLD_MAX,
  RECONCILE_RETRY_MAX_MS,
  RECONCILE_RETRY_MS,
} from '../limits.ts';
import { MoveTeller } from '../move-teller.ts';
import { changeGroups, type Rank } from '../writing/change-groups.ts';
import { type RecordNames, RecordNamesPlanner } from './record-names.ts';

export interface HostRecordsSourceOptions {
  readonly records: Pick<HostRecords, 'hasSynced' | 'domains' | 'records'>;
  readonly zones: readonly DomainName[];
  readonly ttlSeconds: number;
  readonly hosts: HostAddresses;
  readonly logger: Logger;
}

/** What is looked at again without a word from anybody, ms. */
const WAITING_MS = 1000;

const RANKS = { global: 0, region: 1, zone: 2 } as const;

export class HostRecordsSource {
  readonly #options: HostRecordsSourceOptions;
  readonly #planner: RecordNamesPlanner;
  readonly #teller: MoveTeller;
  #writer: RecordWriter | undefined;
  #names: RecordNames | undefined;
  /** As it was written last: what is the same object is not compared again. */
  #written = new Map<DomainName, readonly RRset[]>();
  #readAtMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  #isWanted = false;
  #settling: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = RECONCILE_RETRY_MS;
  #told = '';
  #revision: number | undefined;
  #first = Promise.withResolvers<number | undefined>();

  constructor(options: HostRecordsSourceOptions) {
    this.#options = options;
    const { zones, ttlSeconds, hosts } = options;
    const resolve = (host: string) => hosts.get(host);
    this.#planner = new RecordNamesPlanner({ zones, ttlSeconds, resolve });
    this.#teller = new MoveTeller(options.logger);
  }

  /** Names that are wanted, and records that have something wrong. */
  get counts(): { readonly names: number; readonly remarks: number } {
    const { owners, remarks } = this.#names ?? { owners: new Map(), remarks: [] };
    return { names: owners.size, remarks: remarks.length };
  }

  get exampleName(): DomainName | undefined {
    const [first] = this.#names?.owners.keys() ?? [];
    return first;
  }

  /**
   * Resolves once all was written for the first time, with the revision of the last write; with
   * undefined where the host says nothing for a while.
   */
  start(writer: RecordWriter): Promise<number | undefined> {
    this.#writer = writer;
    this.#readAtMs = Number.NEGATIVE_INFINITY;
    this.#first = Promise.withResolvers();
    this.wake();
    const { promise, resolve } = this.#first;
    setTimeout(resolve, MEMBERS_PATIENCE_MS, undefined).unref();
    return promise;
  }

  /** Something may have changed. */
  wake(): void {
    this.#isWanted = true;
    if (this.#writer === undefined || this.#running !== undefined) return;
    // From the first of a burst on: what never rests is written all the same.
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#begin();
    }, HOST_RECORDS_SETTLE_MS);
  }

  /** Writes nothing more until the next start. */
  async pause(): Promise<void> {
    this.#writer = undefined;
    clearTimeout(this.#settling);
    this.#settling = undefined;
    clearTimeout(this.#timer);
    this.#first.resolve(undefined);
    await this.#running;
  }

  async stop(): Promise<void> {
    await this.pause();
    this.#options.hosts.stop();
  }

  /** Why a name answers so, from it up the ladder; undefined: not one of its names. */
  whyOf(name: DomainName): readonly string[] | undefined {
    const lines: string[] = [];
    let at: DomainName | undefined = name;
    while (at !== undefined && lines.length < WHY_LINES_MAX) {
      const planned: PlannedOwner | undefined = this.#names?.owners.get(at);
      if (planned === undefined) break;
      lines.push(...whyLines(planned));
      const { outcome }: PlannedOwner['level'] = planned.level;
      at = outcome.kind === 'alias' ? outcome.target : undefined;
    }
    return lines.length === 0 ? undefined : lines;
  }

  #begin(): void {
    if (this.#running !== undefined) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    let writer = this.#writer;
    while (this.#isWanted && writer !== undefined) {
      this.#isWanted = false;
      await this.#once(writer);
      writer = this.#writer;
    }
  }

  async #once(writer: RecordWriter): Promise<void> {
    const { records, logger } = this.#options;
    if (!records.hasSynced) return;
    try {
      const names = this.#plan();
      await this.#write(writer, names);
      this.#retryMs = RECONCILE_RETRY_MS;
      this.#first.resolve(this.#revision);
      this.#wakeIn(names.isWaiting ? WAITING_MS : MEMBERS_RESYNC_MS);
    } catch (error) {
      this.#readAtMs = Number.NEGATIVE_INFINITY;
      const durationMs = this.#retryMs;
      logger.warn('records not published, trying again', { error: faultText(error), durationMs });
      this.#wakeIn(durationMs);
      this.#retryMs = Math.min(durationMs * 2, RECONCILE_RETRY_MAX_MS);
    }
  }

  #plan(): RecordNames {
    const { records, hosts } = this.#options;
    const all = { records: records.records(), domains: records.domains };
    const names = this.#planner.plan(all, performance.now());
    this.#names = names;
    hosts.follow(names.hosts);
    this.#tellRemarks(names);
    return names;
  }

  async #write(writer: RecordWriter, names: RecordNames): Promise<void> {
    // It is the whole zone that is read, with all names of others in it.
    if (performance.now() - this.#readAtMs > MEMBERS_RESYNC_MS) {
      await writer.refresh();
      this.#readAtMs = performance.now();
      this.#written = new Map();
    }
    const changes = this.#changes(writer, names);
    const moves = changes.map(({ owner, rrsets }) => ({
      owner,
      before: writer.heldAt(owner),
      after: rrsets,
    }));
    const rankOf = (owner: DomainName) => rankIn(names, owner);
    const groups = changeGroups(changes, { rankOf, heldAt: (owner) => writer.heldAt(owner) });
    const { revision } = await writer.apply(groups);
    this.#revision = revision ?? this.#revision;
    for (const [owner, { rrsets }] of names.owners) this.#written.set(owner, rrsets);
    for (const { owner, rrsets } of changes) if (rrsets === undefined) this.#written.delete(owner);
    this.#teller.tell(this.#teller.room(moves), (owner) => names.owners.get(owner));
  }

  #changes(writer: RecordWriter, { owners, keeps }: RecordNames): RRsetChange[] {
    const changes: RRsetChange[] = [];
    for (const [owner, { rrsets }] of owners) {
      if (this.#written.get(owner) === rrsets) continue;
      if (!writer.isAsHeld({ owner, rrsets })) changes.push({ owner, rrsets });
    }
    for (const owner of writer.owners()) {
      if (owners.has(owner) || keeps(owner, writer.heldAt(owner) ?? [])) continue;
      changes.push({ owner, rrsets: undefined });
    }
    return changes;
  }

  /** Once until it is another. */
  #tellRemarks({ remarks }: RecordNames): void {
    const told = remarks.join('\n');
    if (told === this.#told) return;
    const before = new Set(this.#told.split('\n'));
    this.#told = told;
    const news = remarks.filter((remark) => !before.has(remark));
    for (const reason of news.slice(0, MOVES_TOLD_MAX)) {
      this.#options.logger.warn('record published in part', { reason });
    }
    const count = news.length - MOVES_TOLD_MAX;
    if (count > 0) this.#options.logger.warn('more records published in part', { count });
  }

  #wakeIn(delayMs: number): void {
    if (this.#writer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isWanted = true;
      this.#begin();
    }, delayMs);
  }
}

/** A ladder has three levels, and an alias beside it. */
const WHY_LINES_MAX = 400;

/** An alias at the top is one beside the ladder: its target comes first. */
function rankIn({ owners }: RecordNames, owner: DomainName): Rank | undefined {
  const level = owners.get(owner)?.level;
  if (level === undefined) return undefined;
  if (level.level === 'global' && level.outcome.kind === 'alias') return 3;
  return RANKS[level.level];
}
