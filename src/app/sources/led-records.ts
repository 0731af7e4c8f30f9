/**
 * A source of records that publishes where it leads. With an embedded store the state folder's
 * lock says that nobody else writes; in etcd one of all processes with the same writer is elected,
 * and every write of it compares the fence it took.
 */

import { hostname } from 'node:os';
import { Gauge, type Registry } from 'prom-client';
import type { AnswerPage } from '../../admin/http-server.ts';
import type { Logger } from '../../runtime/logger.ts';
import { RateLimited } from '../../runtime/rate-limited.ts';
import { Leadership } from '../../store/control/leadership.ts';
import type { RecordStore } from '../../store/record-store.ts';
import type { ReadConfig } from '../config/read-config.ts';
import { jsonPage } from '../control/json-page.ts';
import type { RecordSource } from './record-source.ts';

const TROUBLE_LOG_INTERVAL_MS = 60_000;

export class LedRecords {
  readonly source: RecordSource;
  readonly #read: ReadConfig;
  readonly #logger: Logger;
  #leadership: Leadership | undefined;
  #isPublishing = false;

  constructor(source: RecordSource, read: ReadConfig, logger: Logger) {
    this.source = source;
    this.#read = read;
    this.#logger = logger.for('publish');
  }

  /** Of the local socket: those of the source, and who leads. */
  get pages(): readonly (readonly [string, AnswerPage])[] {
    return [...this.source.pages, ['GET /standing', () => jsonPage(this.standing)]];
  }

  registerMetrics(registry: Registry): void {
    const standing = () => Number(this.#isPublishing);
    new Gauge({
      name: 'fedns_publish_leading',
      help: '1: this process publishes; 0: another does, or nobody.',
      registers: [registry],
      collect() {
        this.set(standing());
      },
    });
    this.source.registerMetrics(registry);
  }

  /** `leads`, `stands by`, or `not started`; who leads, where another does. */
  get standing(): { readonly state: string; readonly leader: string | undefined } {
    const leader = this.#leadership?.leader;
    if (this.#isPublishing) return { state: 'leads', leader };
    return { state: this.#leadership === undefined ? 'not started' : 'stands by', leader };
  }

  /**
   * Resolves with the revision of the last write once what there is to publish is published by us;
   * with undefined once it is known that another leads.
   */
  async start(store: RecordStore): Promise<number | undefined> {
    // Who stands by looks, too: it must know everything when it is elected.
    this.source.watch();
    if (this.#read.config.store.kind !== 'etcd') {
      this.#isPublishing = true;
      return this.source.start({ store, fence: undefined });
    }
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const troubles = new RateLimited(TROUBLE_LOG_INTERVAL_MS);
    const election = this.source.election ?? this.#read.config.federation.writer;
    const holder = `${hostname()}/${process.pid}`;
    this.#leadership = new Leadership({
      store,
      controlPrefix: this.#read.config.store.controlPrefix,
      name: election,
      holder,
      onElected: (fence) => {
        this.#isPublishing = true;
        this.#logger.info('leading', { key: election, holder });
        void this.source.start({ store, fence }).then(resolve);
      },
      onOther: (leader) => {
        this.#logger.info('standing by', { key: election, holder: leader });
        resolve(undefined);
      },
      onLost: () => {
        this.#isPublishing = false;
        this.#logger.warn('another leads, nothing more is written', { key: election });
        void this.source.pause();
      },
      onTrouble: (error) =>
        troubles.run('', () => this.#logger.warn('no election: store is away', { error })),
    });
    this.#leadership.start();
    return promise;
  }

  /** Writes nothing more, and leads no more. */
  async pause(): Promise<void> {
    // First, so that no election begins anew what is ended here.
    await this.#leadership?.stop();
    this.#leadership = undefined;
    this.#isPublishing = false;
    await this.source.pause();
  }

  async stop(): Promise<void> {
    await this.pause();
    await this.source.stop();
  }
}
