/**
 * RemoteStore: the store of a running server, reached over its local socket, for verbs that read
 * and commit while that server holds the state folder. Both ends are here.
 */

import { z } from 'zod';
import type { Page } from '../../admin/http-server.ts';
import {
  type CommitOutcome,
  type KeyRange,
  type RecordStore,
  type StateReader,
  type StoreCommit,
  type StoredValue,
  type StoreEvent,
  type StoreState,
  scanState,
} from '../../store/record-store.ts';
import { StoreError } from '../../store/store-error.ts';
import { callServer } from './control-client.ts';

const RANGES = z.array(z.strictObject({ from: z.string(), to: z.string() }));
const COMPARE = z.union([
  z.strictObject({ key: z.string(), modRevision: z.int() }),
  z.strictObject({ key: z.string(), createRevision: z.int() }),
]);
const COMMIT = z.strictObject({
  compares: z.array(COMPARE),
  puts: z.array(z.strictObject({ key: z.string(), value: z.string() })),
  deletes: z.array(z.string()),
});
const STATE = z.object({
  revision: z.int(),
  values: z.array(z.tuple([z.string(), z.string(), z.int(), z.int(), z.string().nullable()])),
});
const OUTCOME = z.object({ kind: z.enum(['committed', 'conflict']), revision: z.int() });

export class RemoteStore implements RecordStore {
  readonly kind = 'file';
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(ranges: readonly KeyRange[]): Promise<StoreState> {
    const { revision, values } = STATE.parse(await this.#call('POST /store/read', ranges));
    return {
      revision,
      values: new Map(
        values.map(([key, value, modRevision, createRevision, leaseId]): [string, StoredValue] => [
          key,
          { value, modRevision, createRevision, ...(leaseId !== null && { leaseId }) },
        ]),
      ),
    };
  }

  async scan(ranges: readonly KeyRange[], reader: StateReader): Promise<number> {
    return scanState(await this.read(ranges), reader);
  }

  async commit(commit: StoreCommit): Promise<CommitOutcome> {
    return OUTCOME.parse(await this.#call('POST /store/commit', commit));
  }

  watch(): AsyncIterable<StoreEvent> {
    throw new StoreError('STORE_REFUSED', 'a running server is not watched over its local socket');
  }

  async leaseSecondsLeft(): Promise<number | undefined> {
    return undefined;
  }

  async stop(): Promise<void> {}

  async #call(page: string, body: unknown): Promise<unknown> {
    try {
      return await callServer(this.#folder, page, body);
    } catch (error) {
      throw new StoreError(
        'STORE_UNREACHABLE',
        error instanceof Error ? error.message : String(error),
      );
    }
  }
}

/** The pages that answer it. `store` is asked anew each time: a takeover lets it go. */
export function storePages(
  store: () => RecordStore,
): [string, (query: URLSearchParams, body: string) => Promise<Page>][] {
  return [
    [
      'POST /store/read',
      async (_query, body) => {
        const state = await store().read(RANGES.parse(JSON.parse(body)));
        const values = [...state.values].map(([key, one]) => [
          key,
          one.value,
          one.modRevision,
          one.createRevision,
          one.leaseId ?? null,
        ]);
        return json({ revision: state.revision, values });
      },
    ],
    [
      'POST /store/commit',
      async (_query, body) => json(await store().commit(COMMIT.parse(JSON.parse(body)))),
    ],
  ];
}

function json(value: unknown): Page {
  return { status: 200, type: 'application/json', body: JSON.stringify(value) };
}
