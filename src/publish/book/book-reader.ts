/** BookReader: the stored book, entry by entry, in slices: of very many others have their turn between them. */

import type { KnownShard } from '../../discovery/health/decide-service.ts';
import type { ApiSignal } from '../../discovery/health/liveness.ts';
import { parseAddresses, parseLocality, parseShard } from '../../discovery/health/stored-shard.ts';
import type { Locality } from '../../discovery/shard.ts';
import type { StateReader, StoredValue } from '../../store/record-store.ts';
import { textOfOctets } from '../../store/skydns/entry.ts';
import { parseSignal } from '../contributed/contributed-keys.ts';
import { BOOK_SLICE_ENTRIES } from '../limits.ts';

/** Who is told; undefined: what is there cannot be read. */
export interface BookSink {
  /** Nothing was told yet: once more where a reading is begun anew. */
  begin(): void;
  host(host: string, addresses: readonly string[]): void;
  drain(subject: string): void;
  complete(): void;
  signal(cluster: string, api: ApiSignal): void;
  place(cluster: string, locality: Locality | undefined): void;
  shard(cluster: string, key: string, shard: KnownShard | undefined): void;
}

export class BookReader implements StateReader {
  readonly #prefix: string;
  readonly #sink: BookSink;
  #count = 0;

  constructor(prefix: string, sink: BookSink) {
    this.#prefix = prefix;
    this.#sink = sink;
  }

  begin(): void {
    this.#sink.begin();
  }

  async take(piece: Iterable<readonly [key: string, stored: StoredValue]>): Promise<void> {
    for (const [key, { value }] of piece) {
      this.#read(textOfOctets(key.slice(this.#prefix.length)), textOfOctets(value));
      if (++this.#count % BOOK_SLICE_ENTRIES === 0) await new Promise(setImmediate);
    }
  }

  #read(path: string, text: string): void {
    const [kind, ...rest] = path.split('/');
    const [cluster = '', ...service] = rest;
    const addresses = kind === 'hosts' ? parseAddresses(text) : undefined;
    if (addresses !== undefined) this.#sink.host(cluster, addresses);
    if (kind === 'drains') this.#sink.drain(rest.join('/'));
    if (kind === 'complete') this.#sink.complete();
    if (kind === 'signals') this.#sink.signal(cluster, parseSignal(text));
    if (kind === 'members') this.#sink.place(cluster, parseLocality(text));
    if (kind === 'shards') this.#sink.shard(cluster, service.join('/'), parseShard(text));
  }
}
