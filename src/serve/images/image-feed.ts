/**
 * ImageFeed: what crosses from the store's side to the answering threads. Takes whole owner changes
 * per DNS zone, builds the next image beside the served one, and publishes it to all threads at
 * once, in memory they share.
 *
 * Promised: changes of one zone take effect whole and in order; a serial never names two contents;
 * a large change is taken in slices, the event loop's turn between them. Calls must not overlap:
 * whoever feeds waits for one before the next. A call that throws has changed nothing.
 */

import type { FallbackRule } from '../../dns/fallback-rule.ts';
import { type DomainName, formatName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { RRsetChange } from '../../dns/rrset-change.ts';
import { InvariantError } from '../../runtime/assert.ts';
import { type ImageBuild, startBuild, startEdit } from '../../zone/build.ts';
import { type BuiltImage, blocksOf, readRRsets } from '../../zone/image.ts';
import { FEED_SLICE_CHANGES_MAX } from '../limits.ts';
import { type PinnedImages, SharedImages } from './shared-images.ts';

/** A DNS zone as it is served. */
export interface FedZone {
  readonly apex: DomainName;
  /** Questions may hold `*` and `any`. */
  readonly hasQueryWildcards: boolean;
}

interface FeedSerials {
  /** In the order of the zones. */
  readonly serials: ReadonlyMap<DomainName, number>;
}

/** All images of a process, as they were at one time. */
export type PinnedFeed = PinnedImages & FeedSerials;

/** The same read from disk. */
export interface CapturedImages extends FeedSerials {
  readonly world: number;
  readonly content: Uint8Array;
}

export class ImageFeed {
  readonly images: SharedImages;
  readonly #zones: readonly FedZone[];
  readonly #built = new Map<DomainName, BuiltImage>();
  /** Serials of images that another process built, until there are ours. */
  readonly #adopted = new Map<DomainName, number>();
  #generation = 0;
  #rules: readonly FallbackRule[] = [];

  constructor(zones: readonly FedZone[], images = new SharedImages(zones.length)) {
    this.#zones = zones;
    this.images = images;
  }

  /** Count of images published by this process. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether every zone has something to be answered from. */
  get hasAll(): boolean {
    return this.#zones.every(({ apex }) => this.#built.has(apex) || this.#adopted.has(apex));
  }

  /** Serves images of another process, each with its serial, until ours are built. */
  adopt(captured: CapturedImages): void {
    this.images.adopt(captured);
    for (const [apex, serial] of captured.serials) this.#adopted.set(apex, serial);
    this.#generation++;
  }

  /** undefined: not every zone has an image of this process yet. */
  pin(): PinnedFeed | undefined {
    const serials = new Map<DomainName, number>();
    for (const { apex } of this.#zones) {
      const serial = this.serial(apex);
      if (serial === undefined) return undefined;
      serials.set(apex, serial);
    }
    return { ...this.images.pin(), serials };
  }

  /** What is served at one owner, the SOA's serial included; undefined when nothing is. */
  content(apex: DomainName, owner: DomainName): readonly RRset[] | undefined {
    const image = this.#built.get(apex);
    return image && readRRsets(image, owner);
  }

  /** Names that something is served at. */
  ownerCount(apex: DomainName): number {
    return this.#built.get(apex)?.storedCount ?? 0;
  }

  /** The same of all zones together. */
  get nameCount(): number {
    return [...this.#built.values()].reduce((sum, { storedCount }) => sum + storedCount, 0);
  }

  serial(apex: DomainName): number | undefined {
    const image = this.#built.get(apex);
    return image && image.serial >>> 0;
  }

  /** Serves just these owners from now on; `changes` may be made while they are read. */
  async reload(apex: DomainName, changes: Iterable<RRsetChange>, serial: number): Promise<void> {
    const zone = this.#zones.find((each) => each.apex === apex);
    if (zone === undefined) return;
    const before = this.#built.get(apex);
    const build = startBuild(apex, this.images.space);
    if (zone.hasQueryWildcards) build.allowQueryWildcards();
    build.setFallbackRules(before === undefined ? this.#rules : before.fallbacks.rules);
    const image = await built(build, changes, serial);
    this.#publish(image, before === undefined ? [] : blocksOf(before));
  }

  /** Applies whole-owner changes to what is served. */
  async apply(apex: DomainName, changes: readonly RRsetChange[], serial: number): Promise<void> {
    const before = this.#built.get(apex);
    if (before === undefined) throw new InvariantError(`changes before zone ${formatName(apex)}`);
    const build = startEdit(before, this.images.space);
    const image = await built(build, changes, serial);
    this.#publish(image, image.retired);
  }

  /** Rules for zones yet to come; those served have theirs changed one by one, with a serial. */
  setRules(rules: readonly FallbackRule[]): void {
    this.#rules = rules;
  }

  applyRules(apex: DomainName, serial: number): void {
    const before = this.#built.get(apex);
    if (before === undefined) return;
    const build = startEdit(before, this.images.space);
    build.setFallbackRules(this.#rules);
    const image = build.finish(serial);
    this.#publish(image, image.retired);
  }

  markStale(isStale: boolean): void {
    this.images.markStale(isStale);
  }

  #publish(image: BuiltImage, replaced: Iterable<number>): void {
    const index = this.#zones.findIndex(({ apex }) => apex === image.apex);
    this.images.publish(index, image, replaced);
    this.#built.set(image.apex, image);
    this.#adopted.delete(image.apex);
    if (this.#adopted.size === 0) this.images.releaseAdopted();
    this.#generation++;
  }
}

/** A build that fails leaves nothing behind. */
async function built(
  build: ImageBuild,
  changes: Iterable<RRsetChange>,
  serial: number,
): Promise<BuiltImage> {
  try {
    await addInSlices(build, changes);
    return build.finish(serial);
  } catch (error) {
    build.abandon();
    throw error;
  }
}

/** Few at once, many with the event loop's turn between: metrics and watches go on. */
async function addInSlices(build: ImageBuild, changes: Iterable<RRsetChange>): Promise<void> {
  let count = 0;
  for (const change of changes) {
    if (count === FEED_SLICE_CHANGES_MAX) {
      count = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
    build.add(change);
    count++;
  }
}
