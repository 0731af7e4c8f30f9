/** Where records come from: the shards file, or the member clusters. One process has one at most. */

import type { AnswerPage } from '../admin/http-server.ts';
import type { DomainName } from '../dns/name.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { ReadConfig } from './config/read-config.ts';

export interface RecordSource {
  readonly domain: DomainName;
  /** A name worth trying; undefined while none is known. */
  readonly exampleName: DomainName | undefined;
  /** Of the local socket: what it sees, and why. */
  readonly pages: readonly (readonly [string, AnswerPage])[];
  /** A name that was published before, once that is known; undefined: none was. */
  publishedBefore(): Promise<DomainName | undefined>;
  /** What needs waiting before anything starts. Throws InputError. */
  prepare(): Promise<void>;
  /** Publishes into this store; resolves with the revision of the last write once it is all there. */
  start(store: RecordStore): Promise<number | undefined>;
  /** Writes nothing more until the next start. */
  pause(): Promise<void>;
  /** Throws InputError; all stays as it was then. */
  reload(read: ReadConfig): Promise<void>;
  stop(): Promise<void>;
}
