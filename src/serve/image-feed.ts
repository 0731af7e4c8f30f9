/**
 * ImageFeed: what crosses from the main thread to the answering threads, and the state from which
 * a replaced thread is fed anew. Takes whole owner changes per DNS zone, gives FeedMessages.
 *
 * Promised: messages of one zone arrive in order; a thread that applied the last one holds what
 * `owners` holds; a serial never names two contents. Each message is small enough to be applied
 * in about 2 ms, so no query waits for a reload. Not promised: threads switch at the same instant.
 */

import type { FallbackRule } from '../dns/fallback-rule.ts';
import type { DomainName } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import type { RRsetChange } from '../dns/rrset-change.ts';
import { FEED_SLICE_CHANGES_MAX } from './limits.ts';

export type FeedMessage =
  /** Throws away what was begun for this apex and begins a new image beside the served one. */
  | { readonly kind: 'begin'; readonly apex: DomainName; readonly rules: readonly FallbackRule[] }
  | { readonly kind: 'slice'; readonly apex: DomainName; readonly changes: readonly RRsetChange[] }
  /** The image begun is whole: serve it. */
  | {
      readonly kind: 'publish';
      readonly apex: DomainName;
      readonly serial: number;
      readonly generation: number;
    }
  /** The same content under other fallback rules. */
  | {
      readonly kind: 'rules';
      readonly apex: DomainName;
      readonly serial: number;
      readonly generation: number;
      readonly rules: readonly FallbackRule[];
    }
  /** Applied to the served image at once. */
  | {
      readonly kind: 'changes';
      readonly apex: DomainName;
      readonly serial: number;
      readonly generation: number;
      readonly changes: readonly RRsetChange[];
    }
  | { readonly kind: 'stale'; readonly isStale: boolean };

/** Applied generation per thread comes back as this. */
export interface FeedApplied {
  readonly kind: 'applied';
  readonly generation: number;
}

interface FedZone {
  readonly owners: Map<DomainName, readonly RRset[]>;
  serial: number;
  rules: readonly FallbackRule[];
}

export class ImageFeed {
  readonly #zones = new Map<DomainName, FedZone>();
  readonly #send: (messages: Iterable<FeedMessage>) => void;
  #generation = 0;
  /** Monotonic ms at which the newest generation was sent. */
  publishedAt = performance.now();
  #isStale = false;
  #rules: readonly FallbackRule[] = [];

  /**
   * `send` reaches every living thread; it must keep order and never throw. It may read what it is
   * given later, and once for each thread: it stays as it was when it was sent.
   */
  constructor(send: (messages: Iterable<FeedMessage>) => void) {
    this.#send = send;
  }

  /** Count of images published by this process. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether every one of these zones has been published once. */
  hasAll(apexes: readonly DomainName[]): boolean {
    return apexes.every((apex) => this.#zones.has(apex));
  }

  /** What is served at one owner; undefined when nothing is. */
  content(apex: DomainName, owner: DomainName): readonly RRset[] | undefined {
    return this.#zones.get(apex)?.owners.get(owner);
  }

  ownerCount(apex: DomainName): number {
    return this.#zones.get(apex)?.owners.size ?? 0;
  }

  serial(apex: DomainName): number | undefined {
    return this.#zones.get(apex)?.serial;
  }

  /** Serves just these owners from now on: built beside the served image, then swapped. */
  reload(apex: DomainName, changes: readonly RRsetChange[], serial: number): void {
    const rules = this.#zones.get(apex)?.rules ?? this.#rules;
    const zone: FedZone = { owners: new Map(), serial, rules };
    record(zone.owners, changes);
    this.#zones.set(apex, zone);
    this.#generation++;
    this.publishedAt = performance.now();
    this.#send(this.#wholeZone(apex, zone));
  }

  /** Applies whole-owner changes to what is served. */
  apply(apex: DomainName, changes: readonly RRsetChange[], serial: number): void {
    const zone = this.#zones.get(apex);
    if (zone === undefined) {
      this.reload(apex, changes, serial);
      return;
    }
    record(zone.owners, changes);
    zone.serial = serial;
    this.#generation++;
    this.publishedAt = performance.now();
    const generation = this.#generation;
    if (changes.length <= FEED_SLICE_CHANGES_MAX) {
      this.#send([{ kind: 'changes', apex, serial, generation, changes }]);
    } else {
      this.#send(this.#wholeZone(apex, zone));
    }
  }

  /** Rules for zones yet to come; those served have theirs changed one by one, with a serial. */
  setRules(rules: readonly FallbackRule[]): void {
    this.#rules = rules;
  }

  applyRules(apex: DomainName, serial: number): void {
    const zone = this.#zones.get(apex);
    if (zone === undefined) return;
    zone.rules = this.#rules;
    zone.serial = serial;
    this.#generation++;
    this.publishedAt = performance.now();
    const generation = this.#generation;
    this.#send([{ kind: 'rules', apex, serial, generation, rules: zone.rules }]);
  }

  markStale(isStale: boolean): void {
    if (isStale === this.#isStale) return;
    this.#isStale = isStale;
    this.#send([{ kind: 'stale', isStale }]);
  }

  /** Everything a new thread needs to serve what the others serve now. */
  replay(): Iterable<FeedMessage> {
    const whole = [...this.#zones].map(([apex, zone]) => this.#wholeZone(apex, zone));
    const stale: FeedMessage = { kind: 'stale', isStale: this.#isStale };
    return { [Symbol.iterator]: () => inTurn([[stale], ...whole]) };
  }

  /** The zone as it is now, whatever becomes of it before this is read. */
  #wholeZone(apex: DomainName, { owners, rules, serial }: FedZone): Iterable<FeedMessage> {
    const changes = [...owners].map(([owner, rrsets]): RRsetChange => ({ owner, rrsets }));
    const publish: FeedMessage = { kind: 'publish', apex, serial, generation: this.#generation };
    return {
      *[Symbol.iterator]() {
        yield { kind: 'begin', apex, rules };
        for (let at = 0; at < changes.length; at += FEED_SLICE_CHANGES_MAX) {
          yield { kind: 'slice', apex, changes: changes.slice(at, at + FEED_SLICE_CHANGES_MAX) };
        }
        yield publish;
      },
    };
  }
}

function* inTurn<T>(all: readonly Iterable<T>[]): Generator<T, void, undefined> {
  for (const each of all) yield* each;
}

function record(owners: Map<DomainName, readonly RRset[]>, changes: readonly RRsetChange[]): void {
  for (const { owner, rrsets } of changes) {
    if (rrsets === undefined) owners.delete(owner);
    else owners.set(owner, rrsets);
  }
}
