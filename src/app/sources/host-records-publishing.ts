/** ServiceDNSRecords and IngressDNSRecords of the host wired to a store: watches, host names, writer. */

import { Gauge, type Registry } from 'prom-client';
import { InputError } from '../../dns/errors.ts';
import { type DomainName, parseName } from '../../dns/name.ts';
import { HostRecords } from '../../members/host/host-records.ts';
import type { HostSource } from '../../members/membership.ts';
import { HostRecordsSource } from '../../publish/host-records/host-records-source.ts';
import type { Logger } from '../../runtime/logger.ts';
import { RateLimited } from '../../runtime/rate-limited.ts';
import type { RecordStore } from '../../store/record-store.ts';
import { RecordWriter, type RecordWriterOptions } from '../../store/record-writer.ts';
import { hostRecordsWriter } from '../config/config-schema.ts';
import type { ReadConfig } from '../config/read-config.ts';
import { zoneSources } from '../config/zone-sources.ts';
import type { PublishPlace, RecordSource } from './record-source.ts';
import { toldHostAddresses } from './told-host-addresses.ts';

export interface HostRecordsPublishingOptions {
  readonly read: ReadConfig;
  readonly host: HostSource;
  readonly logger: Logger;
}

/** A host that cannot be read is told this often, ms. */
const TROUBLE_LOG_MS = 60_000;

export class HostRecordsPublishing implements RecordSource {
  readonly domain: DomainName;
  readonly pages = [];
  readonly #records: HostRecords;
  readonly #source: HostRecordsSource;
  readonly #writing: Omit<RecordWriterOptions, 'store'>;

  /** Throws InputError. */
  constructor({ read, host, logger: root }: HostRecordsPublishingOptions) {
    const { federation, store } = read.config;
    const { domain, ttlSeconds } = federation;
    if (domain === undefined) {
      const why = 'federation.domain: needed where controlPlane.publishRecords is set';
      throw new InputError('CONFIG', why);
    }
    this.domain = parseName(domain);
    const zones = zoneSources(read, [this.domain]).map(({ apex }) => apex);
    const logger = root.for('publish');
    const troubles = new RateLimited(TROUBLE_LOG_MS);
    this.#records = new HostRecords({
      host,
      onAll: () => this.#source.wake(),
      onRecord: () => this.#source.wake(),
      onProblem: (error) =>
        troubles.run('', () =>
          logger.warn('records of the host not read, what is known stays', { error }),
        ),
    });
    this.#source = new HostRecordsSource({
      records: this.#records,
      zones,
      ttlSeconds,
      hosts: toldHostAddresses(logger, () => this.#source.wake()),
      logger,
    });
    this.#writing = {
      prefix: store.prefix,
      controlPrefix: store.controlPrefix,
      writer: hostRecordsWriter(read.config),
      zones,
      // Many records may go with their namespace, their definition or the host's own store.
      isSureOfRemovals: false,
    };
  }

  get exampleName(): DomainName | undefined {
    return this.#source.exampleName;
  }

  whyOf(name: DomainName): readonly string[] | undefined {
    return this.#source.whyOf(name);
  }

  registerMetrics(registry: Registry): void {
    const source = this.#source;
    new Gauge({
      name: 'fedns_publish_host_names',
      help: "Names that the host's ServiceDNSRecords and IngressDNSRecords want.",
      registers: [registry],
      collect() {
        this.set(source.counts.names);
      },
    });
    new Gauge({
      name: 'fedns_publish_host_remarks',
      help: "What of the host's records has no name or no address; the log says why.",
      registers: [registry],
      collect() {
        this.set(source.counts.remarks);
      },
    });
  }

  /** Any name of ours stands for all of them. */
  async wasPublished(store: RecordStore): Promise<boolean> {
    const held = await new RecordWriter({ store, ...this.#writing }).load();
    return held.size > 0;
  }

  /** Its host was read with the configuration. */
  async prepare(): Promise<void> {}

  watch(): void {
    this.#records.start();
  }

  /** Resolves as HostRecordsSource's. */
  start({ store, fence }: PublishPlace): Promise<number | undefined> {
    return this.#source.start(
      new RecordWriter({ store, ...(fence && { fence }), ...this.#writing }),
    );
  }

  pause(): Promise<void> {
    return this.#source.pause();
  }

  /** The host is another only after a restart. */
  async readAgain(): Promise<() => void> {
    return () => this.#source.wake();
  }

  async stop(): Promise<void> {
    await this.#records.stop();
    await this.#source.stop();
  }
}
