/**
 * Starting without the store: a serving process keeps a snapshot of what it follows and, when
 * etcd is away at the start, answers from it, marked stale. Too old, damaged or another's: the
 * zones stay unloaded and say SERVFAIL.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type DomainName, formatName } from '../dns/name.ts';
import type { Alarms } from '../runtime/alarms.ts';
import type { Logger } from '../runtime/logger.ts';
import {
  readLocalSnapshot,
  type SnapshotHead,
  type SnapshotOrigin,
  SnapshotWriting,
} from '../store/local-snapshot.ts';
import type { KeyRange, RecordStore, StoreState } from '../store/record-store.ts';
import { StoreError } from '../store/store-error.ts';
import type { CapturedImages } from './images/image-feed.ts';
import { type ImageOrigin, readLocalImage, writeLocalImage } from './images/local-image.ts';
import {
  SNAPSHOT_FIRST_MS,
  SNAPSHOT_INTERVAL_MS,
  SNAPSHOT_OTHER_MS,
  SNAPSHOT_REST_FACTOR,
  SNAPSHOT_REST_MAX_MS,
  SNAPSHOT_SETTLE_MS,
} from './limits.ts';

/** What a snapshot needs of a store: only etcd is ever away. */
export interface DistantStore extends Pick<RecordStore, 'scan'> {
  identity(): Promise<{ readonly clusterId: string; readonly sentinel: string }>;
}

export interface LocalStartOptions {
  readonly path: string;
  readonly prefix: string;
  readonly zones: readonly DomainName[];
  readonly ranges: readonly KeyRange[];
  readonly ageMaxSeconds: number;
  /** Revision served now and serial per zone; undefined while removals are held or unsynced. */
  readonly served: () => Served | undefined;
  /** What the images served now say beside the keys. */
  readonly imageOrigin: () => Omit<ImageOrigin, 'snapshot'>;
  readonly nowSeconds: () => number;
  readonly alarms: Alarms;
  readonly logger: Logger;
}

export interface Served {
  readonly revision: number;
  /** Holds that have ended: what was written before another one did is to be replaced at once. */
  readonly holdsEnded: number;
  readonly nameCount: number;
  readonly serials: ReadonlyMap<DomainName, number>;
  /** The images themselves; good until something is published. */
  readonly images: CapturedImages | undefined;
  /** Whether a state at a revision since then still has every key that is served: nothing to be held yet. */
  readonly isKeptBy: (revision: number, state: { has(key: string): boolean }) => boolean;
}

export interface LocalBeginning {
  readonly serials: ReadonlyMap<DomainName, number>;
  /** The same settings, records and version as now: a serial stands for the same. */
  readonly isSameMeaning: boolean;
  /** Made of just these keys: what may be answered from until they are read. */
  readonly images: CapturedImages | undefined;
  /** Reads the keys, the event loop's turn in between. */
  readonly state: () => Promise<StoreState>;
}

/** Beside the snapshot. */
export function imagePath(snapshotPath: string): string {
  return `${snapshotPath}.image`;
}

export class LocalStart {
  readonly #options: LocalStartOptions;
  #writtenRevision = 0;
  #writtenHoldsEnded = 0;
  /** Of the last one, monotonic. */
  #writtenAtMs = Number.NEGATIVE_INFINITY;
  #writtenNameCount = 0;
  /** At the last look. */
  #lookedNameCount = 0;
  /** Monotonic, ms. */
  #restsUntilMs = Number.NEGATIVE_INFINITY;
  /** Monotonic, ms. */
  #startedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: LocalStartOptions) {
    this.#options = options;
  }

  /** The snapshot to begin with; undefined when there is none that may be used. */
  read(): LocalBeginning | undefined {
    const { path, prefix, zones, ageMaxSeconds, nowSeconds, alarms, logger } = this.#options;
    const reading = readLocalSnapshot(path, { prefix, zones, storeId: undefined });
    if (reading.kind === 'absent') return undefined;
    if (reading.kind === 'refused') {
      alarms.raise('snapshot-refused', 'local snapshot refused', {
        file: path,
        reason: reading.reason,
      });
      return undefined;
    }
    const { revision, takenAtSeconds, serials } = reading.head;
    const ageSeconds = nowSeconds() - takenAtSeconds;
    if (ageSeconds > ageMaxSeconds) {
      const reason = `${Math.round(ageSeconds)} s old, over ${ageMaxSeconds} s`;
      alarms.raise('snapshot-refused', 'local snapshot refused', { file: path, reason });
      return undefined;
    }
    logger.info('local snapshot read', { revision, file: path });
    const origin = { ...this.#options.imageOrigin(), snapshot: reading.digest };
    return {
      serials: serialsOf(serials, zones),
      isSameMeaning: reading.head.meaning === origin.meaning,
      images: readLocalImage(imagePath(path), origin),
      state: () => inTurns(reading.steps()),
    };
  }

  /** Looks often and writes now and then, whenever what is served has moved. */
  start(store: DistantStore, signal: AbortSignal): void {
    this.#startedMs = performance.now();
    const again = (delayMs: number): void => {
      this.#timer = setTimeout(() => {
        this.#writing = this.#write(store, signal).finally(() => {
          if (!signal.aborted) again(SNAPSHOT_FIRST_MS);
        });
      }, delayMs);
    };
    again(SNAPSHOT_FIRST_MS);
    signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true });
  }

  /** Once nothing is being written. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  async #write(store: DistantStore, signal: AbortSignal): Promise<void> {
    const { path, prefix, zones, ranges, served, nowSeconds, alarms } = this.#options;
    const now = served();
    if (now === undefined || now.revision === this.#writtenRevision) return;
    const isHoldOver = now.holdsEnded !== this.#writtenHoldsEnded;
    if (!this.#isDue(now.nameCount) && !isHoldOver) return;
    // Older than the keys read hereafter, or the same: what a start serves only goes forward. And
    // what decided these images may be another by the time they are written.
    const images = copyOf(now.images);
    const startedMs = performance.now();
    const imageOrigin = this.#options.imageOrigin();
    let writing: SnapshotWriting | undefined;
    try {
      const { clusterId, sentinel } = await store.identity();
      writing = await SnapshotWriting.open(path);
      const revision = await store.scan(ranges, writing, signal);
      const origin: SnapshotOrigin = { storeId: `${clusterId} ${sentinel}`, prefix, zones };
      // Removals may be read here before the watch tells of them, and then be held: the old
      // snapshot has the names. The watch gets its time; one that is slower keeps the old one.
      await sleep(SNAPSHOT_SETTLE_MS, undefined, { signal });
      const after = served();
      const isNewer = after !== undefined && revision >= now.revision;
      if (!isNewer || !after.isKeptBy(revision, writing)) return;
      this.#writtenAtMs = performance.now();
      this.#writtenNameCount = now.nameCount;
      const { meaning } = imageOrigin;
      const serials = textsOf(now.serials);
      const head = { revision, takenAtSeconds: nowSeconds(), serials, meaning };
      const digest = await writing.finish(origin, head);
      writing = undefined;
      if (images !== undefined)
        await this.#writeImage({ ...imageOrigin, snapshot: digest }, images);
      this.#writtenRevision = revision;
      this.#writtenHoldsEnded = now.holdsEnded;
      alarms.clear('snapshot-not-written', 'local snapshot written again');
      alarms.clear('snapshot-refused', 'local snapshot replaced');
    } catch (error) {
      // An etcd that is away is told by the watch; a disk that refuses is told here.
      if (!(error instanceof StoreError) || error.code !== 'STORE_DISK') return;
      alarms.raise('snapshot-not-written', 'local snapshot not written', { error: error.message });
    } finally {
      await writing?.drop();
      this.#rest(performance.now() - startedMs - SNAPSHOT_SETTLE_MS);
    }
  }

  /** Of very many keys each takes long, while they are still coming in: not one after the other. */
  #rest(tookMs: number): void {
    const restMs = Math.min(Math.max(0, tookMs) * SNAPSHOT_REST_FACTOR, SNAPSHOT_REST_MAX_MS);
    this.#restsUntilMs = performance.now() + restMs;
  }

  /**
   * One that lacks a tenth of the names, as after a first publication, would answer wrongly: it is
   * replaced soon, though the last one took long; but not while they are still coming in.
   */
  #isDue(nameCount: number): boolean {
    const areMoving = areOthers(this.#lookedNameCount, nameCount, MOVING_SHARE);
    this.#lookedNameCount = nameCount;
    const nowMs = performance.now();
    const isFirst = this.#writtenAtMs === Number.NEGATIVE_INFINITY;
    const isOther = isFirst || areOthers(this.#writtenNameCount, nameCount, OTHER_SHARE);
    const isSettled = isOther && !areMoving;
    if (isSettled && nowMs - this.#writtenAtMs >= SNAPSHOT_OTHER_MS) return true;
    // What never settles has its turn, too.
    const sinceMs = nowMs - Math.max(this.#writtenAtMs, this.#startedMs);
    return sinceMs >= SNAPSHOT_INTERVAL_MS && nowMs >= this.#restsUntilMs;
  }

  /** Only a start is slower without it: the snapshot is what matters, and was written. */
  async #writeImage(origin: ImageOrigin, images: CapturedImages): Promise<void> {
    await writeLocalImage(imagePath(this.#options.path), origin, images).catch(() => undefined);
  }
}

/** So many that it is another federation, or a zone that is being filled. */
const OTHER_SHARE = 0.1;
/** From one look to the next. */
const MOVING_SHARE = 0.01;
const FEW_NAMES = 10;

function areOthers(before: number, now: number, share: number): boolean {
  return Math.abs(now - before) > Math.max(FEW_NAMES, before * share);
}

async function inTurns<T>(steps: Generator<void, T, undefined>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function copyOf(images: CapturedImages | undefined): CapturedImages | undefined {
  return images && { ...images, content: Uint8Array.from(images.content) };
}

function serialsOf(
  serials: SnapshotHead['serials'],
  zones: readonly DomainName[],
): Map<DomainName, number> {
  const known = zones.flatMap((apex): [DomainName, number][] => {
    const serial = serials[formatName(apex)];
    return serial === undefined ? [] : [[apex, serial]];
  });
  return new Map(known);
}

function textsOf(serials: ReadonlyMap<DomainName, number>): Record<string, number> {
  return Object.fromEntries([...serials].map(([apex, one]) => [formatName(apex), one]));
}
