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
} from '../store/file/local-snapshot.ts';
import type { KeyRange, RecordStore, StoreState } from '../store/record-store.ts';
import { StoreError } from '../store/store-error.ts';
import type { CapturedImages, PinnedFeed } from './images/image-feed.ts';
import { type ImageOrigin, ImageWriting, readLocalImage } from './images/local-image.ts';
import {
  SNAPSHOT_FILLING_MS,
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
  /** What is served, itself; undefined while a zone has nothing. */
  readonly pinImages: () => PinnedFeed | undefined;
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
  /** Whether a state at a revision since then still has every key that is served: nothing to be held yet. */
  readonly isKeptBy: (
    revision: number,
    state: { has(key: string): boolean },
  ) => Generator<void, boolean, undefined>;
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
  #quietLooks = 0;
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
      reading.drop();
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
    const { served, alarms } = this.#options;
    const seen = served();
    if (seen === undefined || seen.revision === this.#writtenRevision) return;
    const isHoldOver = seen.holdsEnded !== this.#writtenHoldsEnded;
    if (!this.#isDue(seen.nameCount) && !isHoldOver) return;
    const startedMs = performance.now();
    // A store that is away makes no work: the images would be written for nothing.
    const storeId = await storeIdOf(store);
    const now = served();
    if (storeId === undefined || now === undefined) return;
    // Older than the keys read hereafter, or the same: what a start serves only goes forward. And
    // what decided these images may be another by the time the keys are written.
    const imageOrigin = this.#options.imageOrigin();
    const image = await this.#beginImage();
    try {
      const digest = await this.#writeKeys(
        store,
        { storeId, now, meaning: imageOrigin.meaning },
        signal,
      );
      if (digest === undefined) return;
      // Only a start is slower without the image.
      await image?.finish({ ...imageOrigin, snapshot: digest }).catch(() => image.drop());
      alarms.clear('snapshot-not-written', 'local snapshot written again');
      alarms.clear('snapshot-refused', 'local snapshot replaced');
    } catch (error) {
      // An etcd that is away is told by the watch; a disk that refuses is told here.
      if (!(error instanceof StoreError) || error.code !== 'STORE_DISK') return;
      alarms.raise('snapshot-not-written', 'local snapshot not written', { error: error.message });
    } finally {
      await image?.drop();
      this.#rest(performance.now() - startedMs - SNAPSHOT_SETTLE_MS);
    }
  }

  /** The digest of the snapshot; undefined: the one before stays. */
  async #writeKeys(
    store: DistantStore,
    { storeId, now, meaning }: Readonly<{ storeId: string; now: Served; meaning: string }>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { path, prefix, zones, ranges, served, nowSeconds } = this.#options;
    const writing = await SnapshotWriting.open(path);
    try {
      const revision = await store.scan(ranges, writing, signal);
      const origin: SnapshotOrigin = { storeId, prefix, zones };
      // Removals may be read here before the watch tells of them, and then be held: the old
      // snapshot has the names. The watch gets its time; one that is slower keeps the old one.
      await sleep(SNAPSHOT_SETTLE_MS, undefined, { signal });
      const after = served();
      const isNewer = after !== undefined && revision >= now.revision;
      if (!isNewer || !(await inTurns(after.isKeptBy(revision, writing)))) return undefined;
      // What was taken out meanwhile may be held now.
      if (served() === undefined) return undefined;
      this.#writtenAtMs = performance.now();
      this.#writtenNameCount = now.nameCount;
      const serials = textsOf(now.serials);
      const head = { revision, takenAtSeconds: nowSeconds(), serials, meaning };
      const digest = await writing.finish(origin, head);
      this.#writtenRevision = revision;
      this.#writtenHoldsEnded = now.holdsEnded;
      return digest;
    } finally {
      await writing.drop();
    }
  }

  /** undefined: not every zone has one, or the disk refuses, which the snapshot will say. */
  async #beginImage(): Promise<ImageWriting | undefined> {
    const images = this.#options.pinImages();
    return (
      images && ImageWriting.open(imagePath(this.#options.path), images).catch(() => undefined)
    );
  }

  /** Of very many keys each takes long, while they are still coming in: not one after the other. */
  #rest(tookMs: number): void {
    const restMs = Math.min(Math.max(0, tookMs) * SNAPSHOT_REST_FACTOR, SNAPSHOT_REST_MAX_MS);
    this.#restsUntilMs = performance.now() + restMs;
  }

  /**
   * One that lacks a tenth of the names, as after a first publication, would answer wrongly: it is
   * replaced soon, though the last one took long. While names are still coming in, what is read and
   * written for it would only be in their way.
   */
  #isDue(nameCount: number): boolean {
    const grownBy = nameCount - this.#lookedNameCount;
    const areComing = grownBy > Math.max(FEW_NAMES, nameCount * COMING_SHARE);
    this.#lookedNameCount = nameCount;
    this.#quietLooks = areComing ? 0 : this.#quietLooks + 1;
    const isSettled = this.#quietLooks >= QUIET_LOOKS;
    const nowMs = performance.now();
    const isFirst = this.#writtenAtMs === Number.NEGATIVE_INFINITY;
    const differenceMin = Math.max(FEW_NAMES, this.#writtenNameCount * OTHER_SHARE);
    const areOthers = Math.abs(nameCount - this.#writtenNameCount) > differenceMin;
    const isLate = nowMs - this.#writtenAtMs >= SNAPSHOT_OTHER_MS;
    if ((isFirst || areOthers) && isSettled && isLate) return true;
    const sinceMs = nowMs - Math.max(this.#writtenAtMs, this.#startedMs);
    const intervalMs = isSettled ? SNAPSHOT_INTERVAL_MS : SNAPSHOT_FILLING_MS;
    return sinceMs >= intervalMs && nowMs >= this.#restsUntilMs;
  }
}

/** So many that it is another federation, or a zone that is being filled. */
const OTHER_SHARE = 0.1;
/** More than so many from one look to the next are coming in: at 1,000,000 names 500 a second. */
const COMING_SHARE = 0.001;
const FEW_NAMES = 10;
/** In a row, without any coming in. */
const QUIET_LOOKS = 2;

/** undefined: it is away, as the watch tells. */
async function storeIdOf(store: DistantStore): Promise<string | undefined> {
  const identity = await store.identity().catch(() => undefined);
  return identity && `${identity.clusterId} ${identity.sentinel}`;
}

async function inTurns<T>(steps: Generator<void, T, undefined>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await new Promise((resolve) => setImmediate(resolve));
  }
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
