/**
 * Two sources of records as one: both lead or stand by together, each writes under a name of its own.
 * What one of them says of a name counts before what the other does.
 */

import type { Registry } from 'prom-client';
import type { DomainName } from '../../dns/name.ts';
import type { RecordStore } from '../../store/record-store.ts';
import type { ReadConfig } from '../config/read-config.ts';
import type { PublishPlace, RecordSource } from './record-source.ts';

export class TwoSources implements RecordSource {
  readonly #main: RecordSource;
  readonly #other: RecordSource;

  /** Domain and election are the first one's. */
  constructor(main: RecordSource, other: RecordSource) {
    this.#main = main;
    this.#other = other;
  }

  get domain(): DomainName {
    return this.#main.domain;
  }

  get exampleName(): DomainName | undefined {
    return this.#main.exampleName ?? this.#other.exampleName;
  }

  get pages(): RecordSource['pages'] {
    return [...this.#main.pages, ...this.#other.pages];
  }

  whyOf(name: DomainName): readonly string[] | undefined {
    return this.#main.whyOf(name) ?? this.#other.whyOf(name);
  }

  registerMetrics(registry: Registry): void {
    this.#main.registerMetrics(registry);
    this.#other.registerMetrics(registry);
  }

  async wasPublished(
    store: RecordStore,
    isServed: (name: DomainName) => boolean,
  ): Promise<boolean> {
    // The other one may have to read the whole store to know.
    if (await this.#main.wasPublished(store, isServed)) return true;
    return await this.#other.wasPublished(store, isServed);
  }

  async prepare(): Promise<void> {
    await this.#main.prepare();
    await this.#other.prepare();
  }

  watch(): void {
    this.#main.watch();
    this.#other.watch();
  }

  async start(place: PublishPlace): Promise<number | undefined> {
    const revisions = await Promise.all([this.#main.start(place), this.#other.start(place)]);
    const known = revisions.filter((revision) => revision !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  }

  async pause(): Promise<void> {
    await Promise.all([this.#main.pause(), this.#other.pause()]);
  }

  /** Both are taken over, or neither. */
  async readAgain(read: ReadConfig): Promise<() => void> {
    const takes = [await this.#main.readAgain(read), await this.#other.readAgain(read)];
    return () => {
      for (const take of takes) take();
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.#main.stop(), this.#other.stop()]);
  }
}
