/**
 * The data plane of one process: store -> follower -> threads -> sockets, with its windows. Wires
 * and starts in order, stops in reverse.
 */

import { randomBytes } from 'node:crypto';
import { InputError } from '../dns/errors.ts';
import { type DomainName, formatName } from '../dns/name.ts';
import type { Logger } from '../runtime/logger.ts';
import { rateLimitTable } from '../serve/answering/rate-limit.ts';
import { AnsweringThreads, type ThreadsStart } from '../serve/answering-threads.ts';
import { StoreFollower } from '../serve/follow-store.ts';
import { ImageFeed } from '../serve/image-feed.ts';
import { DRAIN_MS, LOAD_PATIENCE_MS, TAKEOVER_LOAD_MS } from '../serve/limits.ts';
import { type ListenFailure, Listening } from '../serve/listening.ts';
import type { ZoneOverlay } from '../serve/zone-overlay.ts';
import type { RecordStore } from '../store/record-store.ts';
import { RecordView } from '../store/skydns/record-view.ts';
import { readCookieSecrets } from './cookie-secrets.ts';
import { listenSpecs } from './listen-specs.ts';
import type { ReadConfig } from './read-config.ts';
import { readOverlay, type ZoneSource } from './zone-sources.ts';

export interface DnsServerOptions {
  readonly read: ReadConfig;
  readonly zones: readonly ZoneSource[];
  /** Unix time at which a memory store began; serials start from it. */
  readonly serialBase: number;
  readonly isTakeover: boolean;
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
  readonly #overlays: Map<DomainName, ZoneOverlay>;
  #following: { readonly ended: AbortController; readonly done: Promise<void> } | undefined;

  /** Throws InputError for zone files, secrets and addresses. Starts nothing. */
  constructor(options: DnsServerOptions) {
    this.#options = options;
    const { read, zones, logger } = options;
    const { config } = read;
    this.apexes = zones.map(({ apex }) => apex);
    this.#overlays = readOverlays(options);
    this.threads = new AnsweringThreads({
      threadCount: config.answers.threads,
      start: threadsStart(read, this.apexes),
      replay: () => this.feed.replay(),
      logger: logger.for('serve'),
    });
    this.feed = new ImageFeed((message) => this.threads.send(message));
    this.view = new RecordView({
      prefix: config.store.prefix,
      zones: zones.map(({ apex, mode }) => ({ apex, mode })),
      writers: [config.federation.writer],
      controlPrefix: config.store.controlPrefix,
    });
    this.follower = new StoreFollower({
      view: this.view,
      feed: this.feed,
      overlays: this.#overlays,
      serialOf: (apex, revision) =>
        (options.serialBase + (this.#overlays.get(apex)?.baseSerial ?? 0) + revision) >>> 0,
      staleAfterMs: config.store.staleAfterSeconds * 1000,
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
   * Loads, then binds; after LOAD_PATIENCE_MS binds all the same and says SERVFAIL for what is not
   * loaded. A takeover that cannot load leaves the old process in place. Throws InputError.
   */
  async start(store: RecordStore): Promise<void> {
    this.threads.start();
    this.follow(store);
    const { isTakeover } = this.#options;
    const isLoaded = await this.#loaded(isTakeover ? TAKEOVER_LOAD_MS : LOAD_PATIENCE_MS);
    if (isTakeover && !isLoaded) {
      throw new InputError('TAKEOVER', 'takeover: the zones did not load in time');
    }
    const failure = await this.#listening.start();
    if (failure !== undefined) throw new InputError('LISTEN', listenProblem(failure));
  }

  /** Follows this store from now on; the last answers stay until it has spoken. */
  follow(store: RecordStore): void {
    const ended = new AbortController();
    this.#following = { ended, done: this.follower.run(store, ended.signal) };
  }

  /** Lets go of the store; the last answers stay. */
  async unfollow(): Promise<void> {
    const following = this.#following;
    this.#following = undefined;
    following?.ended.abort();
    await following?.done;
  }

  /** Rereads zone files and secrets; all of it or, when something is wrong, nothing. */
  reload(): void {
    const overlays = readOverlays(this.#options);
    const secrets = readCookieSecrets(this.#options.read);
    for (const [apex, overlay] of overlays) {
      this.#overlays.set(apex, overlay);
      this.follower.relay(apex);
    }
    if (secrets !== undefined) this.threads.replaceCookieSecrets(secrets);
  }

  get isReady(): boolean {
    return this.feed.hasAll(this.apexes) && this.threads.aliveCount > 0;
  }

  async stop(drainMs: number = DRAIN_MS): Promise<void> {
    this.#listening.stop();
    await this.unfollow();
    await this.threads.stop(drainMs);
  }

  /** Whether every thread serves what was loaded, within this time. */
  async #loaded(limitMs: number): Promise<boolean> {
    const deadline = performance.now() + limitMs;
    const isLoaded = () => this.isReady && this.threads.appliedGeneration === this.feed.generation;
    while (!isLoaded()) {
      if (performance.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return true;
  }
}

function readOverlays(options: DnsServerOptions): Map<DomainName, ZoneOverlay> {
  const { read, zones, logger } = options;
  return new Map(
    zones.map((zone) => {
      const overlay = readOverlay(zone, read.config.advertise);
      for (const warning of overlay.warnings) {
        logger
          .for('serve')
          .warn('zone incomplete', { zone: formatName(zone.apex), reason: warning });
      }
      return [zone.apex, overlay];
    }),
  );
}

function threadsStart(read: ReadConfig, apexes: readonly DomainName[]): ThreadsStart {
  const { config } = read;
  const perThread = (count: number) => Math.max(1, Math.ceil(count / config.answers.threads));
  return {
    apexes,
    rateLimitTable: rateLimitTable(),
    rateLimit: config.rateLimit,
    rateLimitSeed: randomBytes(4).readInt32LE(),
    exemptNetworks: config.rateLimit.exempt,
    cookieSecrets: readCookieSecrets(read) ?? [randomBytes(16)],
    order: config.answers.order,
    nsid: new TextEncoder().encode(config.answers.nsid),
    udpOctetsMax: config.answers.udpOctetsMax,
    tcp: {
      connectionsMax: perThread(config.tcp.connectionsMax),
      connectionsPerAddressMax: perThread(config.tcp.connectionsPerAddressMax),
      idleMs: config.tcp.idleMs,
    },
  };
}

function listenProblem(failure: ListenFailure): string {
  if (failure.kind === 'too-many') {
    return `listen: ${failure.count} local addresses for a wildcard, over ${failure.max}: name those to use`;
  }
  const { bound, error } = failure;
  const where = bound.address.includes(':')
    ? `[${bound.address}]:${bound.port}`
    : `${bound.address}:${bound.port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return `listen ${where}: address in use by another program`;
    case 'EACCES':
      return `listen ${where}: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE (the systemd unit gives it), or listen on a higher port behind a Service or redirect as the container does (1053)`;
    case 'EADDRNOTAVAIL':
      return `listen ${where}: not an address of this machine`;
    default:
      return `listen ${where}: ${error.message}`;
  }
}
