/** The shards file wired to a store: host names, plan, writer. */

import { readFileSync } from 'node:fs';
import { globalName } from '../../discovery/owner-names.ts';
import { namingOf, parseShardsFile } from '../../discovery/shards-file.ts';
import { InputError } from '../../dns/errors.ts';
import type { DomainName } from '../../dns/name.ts';
import { ShardsSource } from '../../publish/file/shards-source.ts';
import { reconcileRecords } from '../../publish/writing/reconcile-records.ts';
import { assertDefined } from '../../runtime/assert.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ControlKeys } from '../../store/control/control-keys.ts';
import type { RecordStore } from '../../store/record-store.ts';
import { RecordWriter, type RecordWriterOptions } from '../../store/record-writer.ts';
import { type ReadConfig, reasonOf } from '../config/read-config.ts';
import type { PublishPlace, RecordSource } from './record-source.ts';
import { toldHostAddresses } from './told-host-addresses.ts';

export class ShardsPublishing implements RecordSource {
  readonly pages = [];
  readonly #source: ShardsSource;
  readonly #writing: Omit<RecordWriterOptions, 'store'>;
  #target: (PublishPlace & { readonly writer: RecordWriter }) | undefined;

  /** Reads the file once. Throws InputError. */
  constructor(options: { readonly read: ReadConfig; readonly logger: Logger }) {
    const { config, resolvePath } = options.read;
    if (config.shardsFile === undefined)
      throw new InputError('CONFIG', 'shardsFile: none is named');
    const { zoneNames, fallbacks, ttlSeconds, writer } = config.federation;
    const { prefix, controlPrefix } = config.store;
    const logger = options.logger.for('publish');
    this.#source = new ShardsSource({
      path: resolvePath(config.shardsFile),
      zoneNames,
      fallbacks,
      ttlSeconds,
      logger,
      hosts: toldHostAddresses(logger, () => this.#source.wake()),
      reconcile: (wanted, rules) => {
        const { writer: records, ...place } = assertDefined(
          this.#target,
          'reconciles once started',
        );
        const key = new ControlKeys(controlPrefix).fallbacks(writer);
        return reconcileRecords(records, wanted, { ...place, key, wanted: rules });
      },
    });
    this.#writing = { prefix, writer, zones: [this.domain], controlPrefix };
  }

  get domain(): DomainName {
    return this.#source.file.domain;
  }

  /** A name worth trying: the first service's global one. */
  get exampleName(): DomainName | undefined {
    const { file } = this.#source;
    const service = file.services[0];
    return service && globalName(namingOf(file, 'nested'), service);
  }

  whyOf(name: DomainName): readonly string[] | undefined {
    return this.#source.whyOf(name);
  }

  /** A file has nothing to count. */
  registerMetrics(): void {}

  /** Its first name stands for all of them. */
  async wasPublished(
    _store: RecordStore,
    isServed: (name: DomainName) => boolean,
  ): Promise<boolean> {
    const { exampleName } = this;
    return exampleName !== undefined && isServed(exampleName);
  }

  /** The file is watched from its start on. */
  watch(): void {}

  /** The file was read by the constructor. */
  async prepare(): Promise<void> {}

  /** Resolves as ShardsSource's. */
  start(place: PublishPlace): Promise<number | undefined> {
    const { store, fence } = place;
    const writer = new RecordWriter({ store, ...(fence && { fence }), ...this.#writing });
    this.#target = { ...place, writer };
    return this.#source.start();
  }

  pause(): Promise<void> {
    return this.#source.pause();
  }

  async readAgain(): Promise<() => void> {
    return () => this.#source.reread();
  }

  stop(): Promise<void> {
    return this.#source.stop();
  }
}

/** The domain of the configured shards file; undefined without one. Throws InputError. */
export function readShardsDomain(read: ReadConfig): DomainName | undefined {
  const { shardsFile } = read.config;
  if (shardsFile === undefined) return undefined;
  const path = read.resolvePath(shardsFile);
  try {
    return parseShardsFile(readFileSync(path, 'utf8'), path).domain;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError('SHARDS_FILE', `${path}: ${reasonOf(error)}`, path);
  }
}
