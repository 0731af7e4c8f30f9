/**
 * One `fedns controller`: store, source of records, control plane of a federation, windows; no DNS. Of several with the same
 * writer one leads and publishes, the others watch and stand by; any number of `fedns serve`
 * answer from the store.
 */

import { mkdir } from 'node:fs/promises';
import { Registry } from 'prom-client';
import { pagesOf } from '../admin/http-server.ts';
import type { ControlPlane } from '../controllers/control-plane.ts';
import { InputError, problemOf } from '../dns/errors.ts';
import { Alarms } from '../runtime/alarms.ts';
import type { Logger } from '../runtime/logger.ts';
import { OneAfterAnother } from '../runtime/one-after-another.ts';
import { registerEventLoopDelay } from '../runtime/thread/event-loop-metrics.ts';
import { HeapKeeper } from '../runtime/thread/heap-keeper.ts';
import { type ConfigChanges, compareConfig } from './config/compare-config.ts';
import { watchesMembers } from './config/config-schema.ts';
import { readControlPlaneHost } from './config/members/member-specs.ts';
import type { ReadConfig } from './config/read-config.ts';
import { registerOwnFacts, statusPages } from './control/admin-pages.ts';
import { logLevelPage } from './control/control-pages.ts';
import { controlPlanePage } from './control/control-plane-page.ts';
import { processPage } from './control/process-facts.ts';
import { reloadPage } from './control/reload-page.ts';
import { type OpenStore, openStore } from './open-store.ts';
import { LedRecords } from './sources/led-records.ts';
import { openRecordSource } from './sources/open-record-source.ts';
import { Windows } from './windows.ts';

export interface ControllerProcessOptions {
  readonly read: ReadConfig;
  /** Throws InputError. */
  readonly readAgain: () => ReadConfig;
  readonly logger: Logger;
}

export class ControllerProcess {
  readonly #options: ControllerProcessOptions;
  readonly #alarms: Alarms;
  readonly #windows = new Windows(0);
  #store: OpenStore | undefined;
  #records: LedRecords | undefined;
  #controlPlane: ControlPlane | undefined;
  readonly #reloads = new OneAfterAnother();

  constructor(options: ControllerProcessOptions) {
    this.#options = options;
    this.#alarms = new Alarms(options.logger);
  }

  /** Throws InputError for what a person got wrong: nothing stays started then. */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { read, logger } = this.#options;
    const host = await readControlPlaneHost(read);
    const source = await openRecordSource(read, { logger, alarms: this.#alarms });
    if (source === undefined && host === undefined) {
      const why = 'nothing to do: none of members, shardsFile and controlPlane.host is set';
      throw new InputError('CONFIG', why);
    }
    if (source !== undefined && read.config.store.kind !== 'etcd') {
      const why = 'a controller writes into a store that servers read: store.kind is etcd';
      throw new InputError('CONFIG', why);
    }
    new HeapKeeper().start();
    if (source !== undefined) {
      this.#records = new LedRecords(source, read, logger);
      this.#store = await openStore(read);
    }
    if (host !== undefined) {
      const { ControlPlane } = await import('../controllers/control-plane.ts');
      const { controlPlane, federation } = read.config;
      const ownTtl = watchesMembers(read.config) ? federation.ttlSeconds : undefined;
      this.#controlPlane = new ControlPlane({
        ...{ ...host, alarms: this.#alarms, logger: logger.for('controllers') },
        servedTtlSeconds: controlPlane.servedTtlSeconds ?? ownTtl,
      });
    }
    await this.#openWindows();
    this.#controlPlane?.start();
    if (source === undefined || this.#store === undefined) return;
    await source.prepare();
    void this.#records?.start(this.#store.store);
  }

  /**
   * SIGHUP: members are read again; when something is wrong, all stays as it was. Rejects with what
   * is wrong, told too.
   */
  reload(): Promise<ConfigChanges> {
    // Of two at once the older could be the last to be applied.
    return this.#reloads.run(() => this.#reload());
  }

  async #reload(): Promise<ConfigChanges> {
    const { logger, read: before, readAgain } = this.#options;
    try {
      const read = readAgain();
      const takeSource = await this.#records?.source.readAgain(read);
      takeSource?.();
      const changes = compareConfig(before, read);
      for (const key of changes.needRestart) logger.warn('setting changed, restart', { key });
      logger.info('configuration reread', { count: changes.live.length });
      return changes;
    } catch (error) {
      logger.error('configuration not reread, the old one stays', { error: problemOf(error) });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#windows.stop();
    await this.#controlPlane?.stop();
    await this.#records?.stop();
    await this.#store?.close();
  }

  async #openWindows(): Promise<void> {
    const { read, logger } = this.#options;
    const folder = read.resolvePath(read.config.store.folder);
    await mkdir(folder, { recursive: true });
    await this.#windows.openSocket(
      folder,
      pagesOf([
        ...(this.#records?.pages ?? []),
        reloadPage(() => this.reload()),
        logLevelPage(logger),
        ...(this.#controlPlane ? [controlPlanePage(this.#controlPlane, this.#alarms)] : []),
        processPage({ config: read.config, alarms: this.#alarms, dns: undefined }),
      ]),
    );
    const registry = new Registry();
    this.#records?.registerMetrics(registry);
    this.#controlPlane?.registerMetrics(registry);
    registerOwnFacts(this.#alarms, registry);
    // A leader whose thread is late cannot renew its Lease.
    registerEventLoopDelay(registry, () => []);
    await this.#windows.openPage(read.config.admin.listen, statusPages(registry));
  }
}
