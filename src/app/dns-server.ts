/**
 * The data plane of one process: store -> follower -> threads -> sockets, with its windows. Wires
 * and starts in order, stops in reverse.
 */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { InputError } from '../dns/errors.ts';
import type { DomainName } from '../dns/name.ts';
import { seedNameHash } from '../dns/wire/name-key.ts';
import type { Alarms } from '../runtime/alarms.ts';
import type { Logger } from '../runtime/logger.ts';
import { HeapKeeper } from '../runtime/thread/heap-keeper.ts';
import { AnsweringThreads } from '../serve/answering-threads.ts';
import { StoreFollower } from '../serve/follow-store.ts';
import { ImageFeed } from '../serve/images/image-feed.ts';
import { storedHashSeed } from '../serve/images/local-image.ts';
import { RecordCap } from '../serve/images/record-cap.ts';
import {
  DRAIN_MS,
  LOAD_PATIENCE_MS,
  SNAPSHOT_PATIENCE_MS,
  TAKEOVER_LOAD_MS,
} from '../serve/limits.ts';
import { Listening } from '../serve/listening.ts';
import { imagePath, LocalStart, type Served } from '../serve/local-start.ts';
import { EtcdStore } from '../store/etcd/etcd-store.ts';
import { HeldRemovals } from '../store/hold/held-removals.ts';
import { ZoneSerials } from '../store/hold/zone-serial.ts';
import type { RecordStore } from '../store/record-store.ts';
import { RecordView } from '../store/skydns/view/record-view.ts';
import { hostRecordsWriter } from './config/config-schema.ts';
import { readCookieSecrets } from './config/cookie-secrets.ts';
import { listenProblem, listenSpecs } from './config/listen-specs.ts';
import type { ReadConfig } from './config/read-config.ts';
import { servedMeaning } from './config/served-meaning.ts';
import { threadsStart } from './config/threads-start.ts';
import { readOverlays, type ZoneSource } from './config/zone-sources.ts';

/** In the state folder, beside the local socket. */
const LOCAL_SNAPSHOT = 'local-snapshot';

export interface DnsServerOptions {
  readonly read: ReadConfig;
  readonly zones: readonly ZoneSource[];
  /** Unix time at which a memory store began; serials start from it. */
  readonly serialBase: number;
  readonly isTakeover: boolean;
  readonly alarms: Alarms;
  readonly logger: Logger;
}

export class DnsServer {
  readonly threads: AnsweringThreads;
  readonly feed: ImageFeed;
  readonly follower: StoreFollower;
  readonly view: RecordView;
  readonly apexes: readonly DomainName[];
  readonly #options: DnsServerOptions;
  readonly #listening: Listening;
  readonly #hold: HeldRemovals;
  readonly #serials: ZoneSerials;
  readonly #local: LocalStart;
  #hasPreloaded = false;
  #startedAt = performance.now();
  #following: { readonly ended: AbortController; readonly done: Promise<void> } | undefined;

  /** Throws InputError for zone files, secrets and addresses. Starts nothing. */
  constructor(options: DnsServerOptions) {
    this.#options = options;
    const { read, zones, logger } = options;
    const { config } = read;
    this.apexes = zones.map(({ apex }) => apex);
    const snapshotPath = join(read.resolvePath(config.store.folder), LOCAL_SNAPSHOT);
    // A stored image can only be taken over under the seed its names were hashed with.
    const nameHashSeed = storedHashSeed(imagePath(snapshotPath)) ?? randomBytes(4).readInt32LE();
    seedNameHash(nameHashSeed);
    this.feed = new ImageFeed(
      zones.map(({ apex, mode }) => ({ apex, hasQueryWildcards: mode === 'subtree' })),
    );
    const { images } = this.feed;
    this.threads = new AnsweringThreads({
      threadCount: config.answers.threads,
      start: { ...threadsStart(read, zones), images: images.buffer, nameHashSeed },
      onEnded: (reader) => images.forgetReader(reader),
      logger: logger.for('serve'),
    });
    this.view = new RecordView({
      prefix: config.store.prefix,
      zones: zones.map(({ apex, mode }) => ({ apex, mode })),
      writers: [config.federation.writer, hostRecordsWriter(config)],
      controlPrefix: config.store.controlPrefix,
    });
    this.#hold = new HeldRemovals({
      controlPrefix: config.store.controlPrefix,
      lastServed: (apex, owner) => this.feed.content(apex, owner),
    });
    this.#serials = new ZoneSerials(config.store.controlPrefix);
    this.follower = new StoreFollower({
      view: this.view,
      hold: this.#hold,
      serials: this.#serials,
      feed: this.feed,
      overlays: readOverlays(zones, config.advertise, logger.for('serve')),
      serialBase: options.serialBase,
      cap: new RecordCap(config.answers.recordsMax),
      staleAfterMs: config.store.staleAfterSeconds * 1000,
      controlPrefix: config.store.controlPrefix,
      alarms: options.alarms,
      logger: logger.for('serve'),
    });
    this.#local = new LocalStart({
      path: snapshotPath,
      prefix: this.view.prefix,
      zones: this.apexes,
      ranges: this.view.ranges(),
      ageMaxSeconds: config.store.snapshotMaxAgeSeconds,
      served: () => this.#served(),
      pinImages: () => this.feed.pin(),
      imageOrigin: () => ({
        meaning: servedMeaning(read, zones, this.follower.overlayFingerprint),
        nameHashSeed,
      }),
      nowSeconds: () => Math.floor(Date.now() / 1000),
      alarms: options.alarms,
      logger: logger.for('serve'),
    });
    this.#listening = new Listening({
      specs: listenSpecs(config.listen),
      threads: this.threads,
      isTakeover: options.isTakeover,
      logger: logger.for('serve'),
    });
  }

  get listenAddresses(): readonly { readonly address: string; readonly port: number }[] {
    return this.#listening.bound;
  }

  /**
   * Waits for the first load, LOAD_PATIENCE_MS at most: what is not loaded then will be SERVFAIL. A
   * takeover that cannot load throws InputError, and leaves the old process in place.
   */
  async load(store: RecordStore): Promise<void> {
    new HeapKeeper().start();
    this.threads.start();
    this.follow(store);
    const { isTakeover } = this.#options;
    const patienceMs = isTakeover ? TAKEOVER_LOAD_MS : LOAD_PATIENCE_MS;
    const isLoaded = await within(patienceMs, () => this.#hasAnswers);
    if (isTakeover && !isLoaded) {
      throw new InputError('TAKEOVER', 'takeover: the zones did not load in time');
    }
    if (this.#hasPreloaded && !this.follower.status.hasSynced) {
      const logger = this.#options.logger.for('serve');
      logger.warn('the store has not spoken yet, answering from the local snapshot', {
        store: store.kind,
      });
    }
  }

  /** Whether this revision of the store is served within this time. */
  async serves(revision: number, limitMs: number): Promise<boolean> {
    return within(limitMs, () => this.follower.status.revision >= revision);
  }

  /** Answers from now on. Throws InputError. */
  async listen(): Promise<void> {
    const failure = await this.#listening.start();
    if (failure !== undefined) throw new InputError('LISTEN', listenProblem(failure));
  }

  /** Follows this store from now on; the last answers stay until it has spoken. */
  follow(store: RecordStore): void {
    const ended = new AbortController();
    const { signal } = ended;
    this.#startedAt = performance.now();
    const isDistant = store instanceof EtcdStore;
    const done = isDistant ? this.#followDistant(store, signal) : this.follower.run(store, signal);
    this.#following = { ended, done };
  }

  /** Lets go of the store; the last answers stay. */
  async unfollow(): Promise<void> {
    const following = this.#following;
    this.#following = undefined;
    following?.ended.abort();
    await following?.done;
    await this.#local.idle();
  }

  /**
   * Takes up zone files, addresses and secrets of a new reading; all of it or, when something is
   * wrong with any, nothing. Throws InputError.
   */
  reload(read: ReadConfig, zones: readonly ZoneSource[]): void {
    const old = this.#options.zones.map(({ apex, mode }) => `${apex} ${mode}`).join();
    if (zones.map(({ apex, mode }) => `${apex} ${mode}`).join() !== old) {
      throw new InputError('ZONES', 'zones: others than at the start; restart or take over');
    }
    const logger = this.#options.logger.for('serve');
    const overlays = readOverlays(zones, read.config.advertise, logger);
    const secrets = readCookieSecrets(read);
    for (const overlay of overlays.values()) void this.follower.replaceOverlay(overlay);
    if (secrets !== undefined) this.threads.replaceCookieSecrets(secrets);
  }

  /**
   * Loaded from the store, or from a snapshot once the store has been away for long enough that
   * no better answer is to be expected.
   */
  get isReady(): boolean {
    const patienceMs = this.#options.read.config.store.syncPatienceSeconds * 1000;
    const isPatient = performance.now() - this.#startedAt > patienceMs;
    return this.isLoaded && (!this.#hasPreloaded || this.follower.status.hasSynced || isPatient);
  }

  get isLoaded(): boolean {
    return this.feed.hasAll && this.threads.aliveCount > 0;
  }

  async stop(drainMs: number = DRAIN_MS): Promise<void> {
    this.#listening.stop();
    await this.unfollow();
    await this.threads.stop(drainMs);
  }

  /**
   * The snapshot first: it is what removals are judged by, so that a restart empties nothing
   * either, and what is answered should the store stay away.
   */
  async #followDistant(store: EtcdStore, signal: AbortSignal): Promise<void> {
    if (!this.follower.status.hasSynced && !this.#hasPreloaded) await this.#tryPreload();
    if (signal.aborted) return;
    this.#local.start(store, signal);
    await this.follower.run(store, signal);
  }

  /** Whatever is wrong with it: the store itself is followed all the same. */
  async #tryPreload(): Promise<void> {
    try {
      await this.#preload();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#options.logger.for('serve').error('local snapshot not taken', { error: text });
    }
  }

  async #preload(): Promise<void> {
    const beginning = this.#local.read();
    if (beginning === undefined) return;
    for (const [apex, serial] of beginning.serials) this.#serials.resumeFrom(apex, serial);
    if (!beginning.isSameMeaning) this.follower.resumeOtherMeaning();
    if (beginning.images !== undefined) {
      this.feed.adopt(beginning.images);
      this.feed.markStale(true);
      this.#options.logger.for('serve').info('stored images taken over until the keys are read');
      this.#hasPreloaded = true;
    }
    const state = await beginning.state();
    await this.follower.preload({ kind: 'state', reason: 'first', state });
    this.#hasPreloaded = true;
  }

  /** What a snapshot may be taken of: all of it the store's own word, nothing held. */
  #served(): Served | undefined {
    const { hasSynced, revision } = this.follower.status;
    if (!hasSynced || this.#hold.isHolding) return undefined;
    const serials = this.apexes.map((apex): [DomainName, number] => [
      apex,
      this.feed.serial(apex) ?? 0,
    ]);
    const { endedCount: holdsEnded } = this.#hold;
    return {
      revision,
      holdsEnded,
      nameCount: this.feed.nameCount,
      serials: new Map(serials),
      isKeptBy: (at, state) => this.view.isKeptBy(at, state),
    };
  }

  /** The store's own, or for a start a snapshot's once the store has had its chance to speak. */
  get #hasAnswers(): boolean {
    if (this.#options.isTakeover || !this.#hasPreloaded) return this.isReady;
    const isAway = performance.now() - this.#startedAt > SNAPSHOT_PATIENCE_MS;
    return this.isLoaded && (this.follower.status.hasSynced || isAway);
  }
}

async function within(limitMs: number, isSo: () => boolean): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!isSo()) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}
