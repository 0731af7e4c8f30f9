/**
 * HeldRemovals: nothing empties itself. Stands between RecordView and whatever serves: removals
 * that no marker of our writers covers, and that are too many for one minute, are held back;
 * additions and changes go on, held names keep their last RRsets, the serial stands.
 *
 *   RecordView.apply -> ViewUpdate -> filter -> passed -> image
 *                                        `----> held -> alarm, hold key
 *
 * Promised: with the same events and the same keys all replicas hold the same names. A hold ends
 * by the accept key, or when every held name has come back.
 */

import type { DomainName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { ControlKeys, zoneOfSubject } from '../control/control-keys.ts';
import type { ViewChange, ViewUpdate, ZoneUpdate } from '../skydns/view/record-view.ts';
import { RemovalMarkers } from './removal-markers.ts';
import { HOLD_LIMITS, type HoldLimits, RemovalWindow } from './removal-window.ts';

export interface ZoneHold {
  readonly apex: DomainName;
  readonly heldNames: number;
  /** Store revision whose content is served but for later additions. */
  readonly servedRevision: number;
  /** Store revision at which the hold began. */
  readonly sinceRevision: number;
  /** Said by the hold key of another replica; nothing is held here (yet). */
  readonly isRemote: boolean;
}

export interface FilteredUpdate {
  readonly passed: ViewUpdate;
  /** Every hold now in force. */
  readonly held: readonly ZoneHold[];
  /** Holds that began with this update: write their hold key, raise the alarm. */
  readonly started: readonly ZoneHold[];
  /** Zones whose hold ended with this update. */
  readonly released: readonly DomainName[];
  /** Holds whose names have all come back: take their hold key away. */
  readonly ended: readonly DomainName[];
}

interface GuardedZone {
  readonly apex: DomainName;
  /** How many names were passed on with records and are so still, held ones included. */
  servedCount: number;
  readonly held: Map<DomainName, HeldName>;
  readonly window: RemovalWindow;
  /** What was passed on last. */
  servedRevision: number;
  sinceRevision: number | undefined;
  isRemoteHold: boolean;
}

interface HeldName {
  /** What the store says of it. */
  readonly change: ViewChange;
  /** What it goes on answering. */
  readonly rrsets: readonly RRset[];
}

/** What is served at a name now, static records and all; asked when a name begins to be held. */
export type LastServed = (apex: DomainName, owner: DomainName) => readonly RRset[] | undefined;

const STATES: ReadonlySet<string> = new Set(['first', 'compacted', 'replaced', 'audit']);

export class HeldRemovals {
  readonly #limits: HoldLimits;
  readonly #keys: ControlKeys;
  readonly #markers: RemovalMarkers;
  readonly #zones = new Map<DomainName, GuardedZone>();
  readonly #lastServed: LastServed;
  #revision = 0;
  #endedCount = 0;

  constructor(
    options: {
      limits?: Partial<HoldLimits>;
      controlPrefix?: string;
      lastServed?: LastServed;
    } = {},
  ) {
    this.#lastServed = options.lastServed ?? (() => undefined);
    this.#limits = { ...HOLD_LIMITS, ...options.limits };
    this.#keys = new ControlKeys(options.controlPrefix);
    this.#markers = new RemovalMarkers(this.#keys);
  }

  /** `nowMs`: monotonic. Every update of the view goes through here, in order. */
  filter(update: ViewUpdate, nowMs: number): FilteredUpdate {
    const before = new Set(this.#holding().map(({ apex }) => apex));
    const isWhole = STATES.has(update.reason);
    let allowance = this.#markers.takeAllowance(update.control, isWhole);
    const accepted = this.#takeControl(update, isWhole);
    const zones: ZoneUpdate[] = [];
    for (const zone of update.zones) {
      const guarded = this.#zone(zone.apex);
      if (zone.kind === 'reload') {
        zones.push(reload(guarded, zone));
        continue;
      }
      const removals = zone.changes.filter((change) => isRemoval(guarded, change));
      // A marker within one revision: that commit is our writer's, and all of it is meant.
      const isMeant = update.reason === 'revision' && allowance > 0;
      const covered = isMeant ? removals.length : Math.min(allowance, removals.length);
      if (!isMeant) allowance -= covered;
      const uncovered = accepted.has(zone.apex) ? 0 : removals.length - covered;
      const mustHold = this.#mustHold(guarded, uncovered, nowMs);
      if (mustHold) guarded.sinceRevision ??= update.revision;
      else guarded.window.note(uncovered, nowMs);
      zones.push(this.#split(guarded, zone, mustHold));
    }
    for (const apex of accepted) this.#release(apex, update.revision, zones);
    this.#revision = update.revision;
    const ended = this.#endEmptyHolds();
    const held = this.#holding();
    const released = [...before].filter((apex) => !held.some((hold) => hold.apex === apex));
    this.#endedCount += released.length;
    return {
      passed: { ...update, zones },
      held,
      started: held.filter(({ apex, isRemote }) => !isRemote && !before.has(apex)),
      released,
      ended,
    };
  }

  /** Holds that have ended since the start: what is on disk has names that are no more. */
  get endedCount(): number {
    return this.#endedCount;
  }

  /** While anything is held, a local snapshot must not be overwritten: it has the held names. */
  get isHolding(): boolean {
    return this.#holding().length > 0;
  }

  holds(): readonly ZoneHold[] {
    return this.#holding();
  }

  heldNames(apex: DomainName): readonly DomainName[] {
    return [...(this.#zones.get(apex)?.held.keys() ?? [])];
  }

  /** What a held name goes on answering; undefined: it is not held. */
  heldContent(apex: DomainName, owner: DomainName): readonly RRset[] | undefined {
    return this.#zones.get(apex)?.held.get(owner)?.rrsets;
  }

  #mustHold(zone: GuardedZone, uncovered: number, nowMs: number): boolean {
    if (uncovered === 0) return false;
    const isInForce = zone.sinceRevision !== undefined || zone.isRemoteHold;
    return isInForce || zone.window.isTooMuch(uncovered, zone.servedCount, nowMs);
  }

  /** Hold and accept keys; the zones whose removals are accepted by now. */
  #takeControl({ control, revision }: ViewUpdate, isWhole: boolean): Set<DomainName> {
    const accepted = new Set<DomainName>();
    const holdKeys = new Set<DomainName>();
    for (const { key, stored } of control) {
      const parsed = this.#keys.parse(key);
      const apex = parsed === undefined ? undefined : zoneOfSubject(parsed.subject);
      if (parsed === undefined || apex === undefined) continue;
      if (parsed.kind === 'hold') {
        if (stored !== undefined) holdKeys.add(apex);
        this.#zone(apex).isRemoteHold = stored !== undefined;
      }
      if (parsed.kind !== 'accept' || stored === undefined) continue;
      // In a state: said since we last looked, and nothing was held again since.
      const isNews = isWhole ? stored.modRevision > this.#revision : true;
      if (isNews && stored.modRevision <= revision) accepted.add(apex);
    }
    if (isWhole) {
      for (const zone of this.#zones.values()) zone.isRemoteHold = holdKeys.has(zone.apex);
      for (const apex of holdKeys) accepted.delete(apex);
    }
    return accepted;
  }

  /** What was held goes now, as one change of the zone. */
  #release(apex: DomainName, revision: number, zones: ZoneUpdate[]): void {
    const zone = this.#zones.get(apex);
    if (zone === undefined) return;
    const changes = Array.from(zone.held.values(), ({ change }) => change);
    zone.servedCount -= changes.length;
    zone.held.clear();
    zone.window.clear();
    zone.sinceRevision = undefined;
    zone.isRemoteHold = false;
    zone.servedRevision = revision;
    const index = zones.findIndex((each) => each.apex === apex);
    const found = zones[index];
    // A zone's first content is never held: nothing can be released with it.
    const later = found?.kind === 'changes' ? found.changes : [];
    const merged: ZoneUpdate = {
      apex,
      kind: 'changes',
      changes: [...changes, ...later],
      lastChangedRevision: revision,
    };
    if (found?.kind === 'changes') zones[index] = merged;
    else if (changes.length > 0) zones.push(merged);
  }

  #endEmptyHolds(): DomainName[] {
    const ended: DomainName[] = [];
    for (const zone of this.#zones.values()) {
      if (zone.held.size > 0 || zone.sinceRevision === undefined) continue;
      zone.sinceRevision = undefined;
      zone.window.clear();
      ended.push(zone.apex);
    }
    return ended;
  }

  #holding(): ZoneHold[] {
    const holds: ZoneHold[] = [];
    for (const zone of this.#zones.values()) {
      const isOwn = zone.sinceRevision !== undefined;
      if (!isOwn && !zone.isRemoteHold) continue;
      holds.push({
        apex: zone.apex,
        heldNames: zone.held.size,
        servedRevision: zone.servedRevision,
        sinceRevision: zone.sinceRevision ?? this.#revision,
        isRemote: !isOwn,
      });
    }
    return holds;
  }

  #zone(apex: DomainName): GuardedZone {
    let zone = this.#zones.get(apex);
    if (zone === undefined) {
      zone = {
        apex,
        servedCount: 0,
        held: new Map(),
        window: new RemovalWindow(this.#limits),
        servedRevision: 0,
        sinceRevision: undefined,
        isRemoteHold: false,
      };
      this.#zones.set(apex, zone);
    }
    return zone;
  }

  #split(
    zone: GuardedZone,
    update: Extract<ZoneUpdate, { kind: 'changes' }>,
    mustHold: boolean,
  ): ZoneUpdate {
    const changes: ViewChange[] = [];
    for (const change of update.changes) {
      const { owner, rrsets, hadRecords } = change;
      const isEmpty = (rrsets ?? []).length === 0;
      const held = zone.held.get(owner);
      if (isEmpty && (held !== undefined || (mustHold && hadRecords))) {
        const last = held?.rrsets ?? this.#lastServed(zone.apex, owner) ?? [];
        zone.held.set(owner, { change, rrsets: last });
        continue;
      }
      zone.held.delete(owner);
      const wasServed = hadRecords || held !== undefined;
      zone.servedCount += Number(!isEmpty) - Number(wasServed);
      changes.push(change);
    }
    // The serial stands while names are held: their zone is of no one revision.
    if (zone.held.size === 0) zone.servedRevision = update.lastChangedRevision;
    return { ...update, changes, lastChangedRevision: zone.servedRevision };
  }
}

function isRemoval(zone: GuardedZone, { owner, rrsets, hadRecords }: ViewChange): boolean {
  return (rrsets ?? []).length === 0 && hadRecords && !zone.held.has(owner);
}

/** The first content of all: there is nothing to compare it with. */
function reload(zone: GuardedZone, update: Extract<ZoneUpdate, { kind: 'reload' }>): ZoneUpdate {
  zone.servedRevision = update.lastChangedRevision;
  return { ...update, changes: counted(zone, update.changes) };
}

function* counted(
  zone: GuardedZone,
  changes: Iterable<ViewChange>,
): Generator<ViewChange, void, undefined> {
  zone.servedCount = 0;
  for (const change of changes) {
    zone.servedCount += Number((change.rrsets ?? []).length > 0) - Number(change.hadRecords);
    yield change;
  }
}
