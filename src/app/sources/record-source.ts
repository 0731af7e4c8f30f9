/** Where records come from: the shards file or the member clusters, and records of a host. */

import type { Registry } from 'prom-client';
import type { AnswerPage } from '../../admin/http-server.ts';
import type { DomainName } from '../../dns/name.ts';
import type { Fence } from '../../store/control/control-keys.ts';
import type { RecordStore } from '../../store/record-store.ts';
import type { ReadConfig } from '../config/read-config.ts';

export interface PublishPlace {
  readonly store: RecordStore;
  /** Of the leader; undefined for a writer that is alone by its state folder's lock. */
  readonly fence: Fence | undefined;
}

export interface RecordSource {
  readonly domain: DomainName;
  /** What its processes are elected for; undefined: the configured writer. */
  readonly election?: string;
  /** A name worth trying; undefined while none is known. */
  readonly exampleName: DomainName | undefined;
  /** Of the local socket: what it sees, and why. */
  readonly pages: readonly (readonly [string, AnswerPage])[];
  /** Why a name answers so, in short lines; undefined: not one of its names. */
  whyOf(name: DomainName): readonly string[] | undefined;
  registerMetrics(registry: Registry): void;
  /** Whether what it publishes is in this store already; `isServed` asks for one name. */
  wasPublished(store: RecordStore, isServed: (name: DomainName) => boolean): Promise<boolean>;
  /** Reads what it is to look at; nothing is begun. Throws InputError. */
  prepare(): Promise<void>;
  /** Looks from now on, and writes nothing yet. */
  watch(): void;
  /** Publishes here; resolves with the revision of the last write once it is all there. */
  start(place: PublishPlace): Promise<number | undefined>;
  /** Writes nothing more until the next start. */
  pause(): Promise<void>;
  /** Reads it again, and gives what takes it over. Throws InputError: all stays as it was then. */
  readAgain(read: ReadConfig): Promise<() => void>;
  stop(): Promise<void>;
}
