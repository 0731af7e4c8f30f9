/**
 * One `fedns serve`: store, DNS server, source of records, windows; started in order, stopped in
 * reverse. With `isTakeover` it replaces a running one without a lost answer:
 *
 *   new: ask old to let go of the store -> load -> bind beside it -> ask old to leave
 *   old: goes on answering from its images -> drains its sockets -> exits 0
 *
 * An old one that is never asked to leave takes its store back.
 */

import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { InputError, problemOf } from '../dns/errors.ts';
import { type DomainName, formatName } from '../dns/name.ts';
import { Alarms } from '../runtime/alarms.ts';
import { assertDefined } from '../runtime/assert.ts';
import type { Logger } from '../runtime/logger.ts';
import { OneAfterAnother } from '../runtime/one-after-another.ts';
import { listenFailureAhead } from '../serve/listening.ts';
import { registerQueryMetrics } from '../serve/query-metrics.ts';
import type { RecordStore } from '../store/record-store.ts';
import { askText } from './ask-text.ts';
import { type ConfigChanges, compareConfig } from './config/compare-config.ts';
import { listenProblem, listenSpecs } from './config/listen-specs.ts';
import { type ReadConfig, reasonOf } from './config/read-config.ts';
import { type ZoneSource, zoneSources } from './config/zone-sources.ts';
import { adminPages } from './control/admin-pages.ts';
import { callServer } from './control/control-client.ts';
import { controlPages } from './control/control-pages.ts';
import { processPage } from './control/process-facts.ts';
import { reloadPage } from './control/reload-page.ts';
import { DnsServer } from './dns-server.ts';
import { type OpenStore, openStore } from './open-store.ts';
import { LedRecords } from './sources/led-records.ts';
import type { Answering } from './sources/members-publishing.ts';
import { openRecordSource } from './sources/open-record-source.ts';
import { storedWhy } from './stored-why.ts';
import { Windows } from './windows.ts';

/** A store let go for a newer process that never came is taken back after this, ms. */
const TAKE_BACK_MS = 60_000;
/** The first answer waits this long, ms, for what is to be published; a machine under load took over 5 s. */
const FIRST_PUBLISHED_MS = 15_000;
/** The old process frees its windows a moment after it was asked to leave, ms. */
const WINDOW_WAIT_MS = 8000;

/** In a checkout nothing is on the PATH. */
const OUR_COMMAND = import.meta.url.endsWith('.ts') ? 'npm run -s fedns --' : 'fedns';

export interface ServeProcessOptions {
  readonly read: ReadConfig;
  /** Throws InputError. */
  readonly readAgain: () => ReadConfig;
  readonly isTakeover: boolean;
  readonly logger: Logger;
}

export class ServeProcess {
  /** Called once a newer process serves in our place. */
  onTakenOver: () => void = () => undefined;
  readonly #options: ServeProcessOptions;
  #store: OpenStore | undefined;
  #dns: DnsServer | undefined;
  #records: LedRecords | undefined;
  readonly #windows: Windows;
  readonly #alarms: Alarms;
  #takeBack: NodeJS.Timeout | undefined;
  readonly #reloads = new OneAfterAnother();

  constructor(options: ServeProcessOptions) {
    this.#options = options;
    this.#alarms = new Alarms(options.logger);
    this.#windows = new Windows(options.isTakeover ? WINDOW_WAIT_MS : 0);
  }

  /** Throws InputError for what a person got wrong: nothing stays started then. */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.stop(0);
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { read, logger, isTakeover } = this.#options;
    const source = await openRecordSource(read, {
      logger,
      alarms: this.#alarms,
      answering: this.#answering,
    });
    this.#records = source && new LedRecords(source, read, logger);
    await source?.prepare();
    const zones = this.#zones(read);
    if (isTakeover) await callServer(this.#folder, 'POST /takeover/store');
    this.#store = await openStore(read);
    const { store, serialBase } = this.#store;
    this.#dns = new DnsServer({
      read,
      zones,
      serialBase,
      isTakeover,
      alarms: this.#alarms,
      logger,
    });
    const dns = this.#dns;
    dns.threads.whyOf = (name) => source?.whyOf(name) ?? storedWhy(dns, name);
    await this.#dns.load(store);
    if (isTakeover) await this.#takeOver(store, this.#dns);
    else await this.#beginServing(store, this.#dns);
  }

  /** What can be refused comes before anything is written: a start that fails has changed nothing. */
  async #beginServing(store: RecordStore, dns: DnsServer): Promise<void> {
    const failure = await listenFailureAhead(listenSpecs(this.#options.read.config.listen));
    if (failure !== undefined) throw new InputError('LISTEN', listenProblem(failure));
    await this.#openWindows(dns);
    const isFirst = await this.#isFirst(store, dns);
    if (isFirst) await this.#publishFirst(store, dns);
    await dns.listen();
    if (!isFirst) void this.#records?.start(store);
  }

  /** What it finds in the store is what the old process answers from. */
  async #takeOver(store: RecordStore, dns: DnsServer): Promise<void> {
    await dns.listen();
    await callServer(this.#folder, 'POST /takeover/leave');
    await this.#openWindows(dns);
    await this.#records?.start(store);
  }

  /** A store that is away says nothing of it: then what is known is answered. */
  async #isFirst(store: RecordStore, dns: DnsServer): Promise<boolean> {
    const source = this.#records?.source;
    if (source === undefined || !dns.follower.status.hasSynced) return false;
    const isServed = (name: DomainName) => dns.feed.content(source.domain, name) !== undefined;
    return !(await source.wasPublished(store, isServed).catch(() => true));
  }

  /**
   * The first time of all, what is to be published is in the answers before any is given: a name
   * that is only about to be published does exist. Later starts find it in the store.
   */
  async #publishFirst(store: RecordStore, dns: DnsServer): Promise<void> {
    const published = this.#records?.start(store) ?? Promise.resolve(0);
    const isServed = published.then((revision) => dns.serves(revision ?? 0, FIRST_PUBLISHED_MS));
    await Promise.race([isServed, sleep(FIRST_PUBLISHED_MS, undefined, { ref: false })]);
  }

  /**
   * SIGHUP: configuration, zone files, secrets, shards file and members are read again; when something is
   * wrong, all stays as it was. What needs a restart is told. Rejects with what is wrong, told too.
   */
  reload(): Promise<ConfigChanges> {
    // Of two at once the older could be the last to be applied.
    return this.#reloads.run(() => this.#reload());
  }

  async #reload(): Promise<ConfigChanges> {
    const { logger, read: before, readAgain } = this.#options;
    try {
      const read = readAgain();
      const changes = compareConfig(before, read);
      const { live, needRestart } = changes;
      const takeSource = await this.#records?.source.readAgain(read);
      this.#dns?.reload(read, this.#zones(read));
      takeSource?.();
      if (live.includes('log.level')) logger.setLevel(read.config.log.level);
      for (const key of needRestart) logger.warn('setting changed, restart or take over', { key });
      logger.info('configuration reread', { count: live.length });
      return changes;
    } catch (error) {
      logger.error('configuration not reread, the old one stays', { error: problemOf(error) });
      throw error;
    }
  }

  /** What a person at a terminal wants to know first. */
  greeting(): string[] {
    const dns = this.#dns;
    const first = dns?.listenAddresses[0];
    if (dns === undefined || first === undefined) return [];
    const where = dns.listenAddresses.map(({ address, port }) => `${address}:${port}`).join(', ');
    const apex = assertDefined(dns.apexes[0], 'a server has a zone');
    const name = formatName(this.#records?.source.exampleName ?? apex).replace(/\.$/, '');
    const at = `-p ${first.port} @${first.address}`;
    return [
      `fedns listens on ${where} (UDP and TCP)`,
      'try:',
      `  dig ${at} ${name}`,
      `  dig ${at} ${name} AAAA`,
      `  ${OUR_COMMAND} query ${name} --server ${first.address}:${first.port}`,
    ];
  }

  async stop(drainMs?: number): Promise<void> {
    clearTimeout(this.#takeBack);
    await this.#windows.stop();
    await this.#records?.stop();
    await this.#dns?.stop(drainMs);
    await this.#store?.close();
  }

  #zones(read: ReadConfig): ZoneSource[] {
    return zoneSources(read, this.#records === undefined ? [] : [this.#records.source.domain]);
  }

  get #answering(): Answering {
    return {
      serves: async (revision, limitMs) => (await this.#dns?.serves(revision, limitMs)) ?? false,
      ask: async (name) => {
        const [first] = this.#dns?.listenAddresses ?? [];
        return first === undefined ? undefined : askText(first, name);
      },
    };
  }

  get #folder(): string {
    return this.#options.read.resolvePath(this.#options.read.config.store.folder);
  }

  async #releaseStore(): Promise<void> {
    await this.#records?.pause();
    await this.#dns?.unfollow();
    await this.#store?.close();
    this.#store = undefined;
    this.#options.logger.info('store let go for a newer process');
    // Asked twice, it is the later wish that counts.
    clearTimeout(this.#takeBack);
    this.#takeBack = setTimeout(() => void this.#takeStoreBack(), TAKE_BACK_MS);
  }

  async #takeStoreBack(): Promise<void> {
    const { logger, read } = this.#options;
    try {
      this.#store = await openStore(read);
      const { store } = this.#store;
      this.#dns?.follow(store);
      await this.#records?.start(store);
      logger.warn('the newer process did not come, store taken back');
    } catch (error) {
      logger.error('store not taken back, answers stay', { error: reasonOf(error) });
      this.#takeBack = setTimeout(() => void this.#takeStoreBack(), TAKE_BACK_MS);
    }
  }

  async #openWindows(dns: DnsServer): Promise<void> {
    const { read, logger } = this.#options;
    const { listen, corednsNames } = read.config.admin;
    await mkdir(this.#folder, { recursive: true });
    const control = controlPages({
      dns,
      logger,
      pages: [
        ...(this.#records?.pages ?? []),
        reloadPage(() => this.reload()),
        processPage({ config: read.config, alarms: this.#alarms, dns }),
      ],
      store: () => assertDefined(this.#store, 'the store is let go for a newer process').store,
      releaseStore: () => this.#releaseStore(),
      leave: () => this.onTakenOver(),
    });
    await this.#windows.openSocket(this.#folder, control);
    const registry = new Registry();
    registerQueryMetrics(
      registry,
      dns,
      corednsNames ? ['fedns_dns', 'coredns_dns'] : ['fedns_dns'],
    );
    this.#records?.registerMetrics(registry);
    await this.#windows.openPage(listen, adminPages({ dns, alarms: this.#alarms }, registry));
  }
}
