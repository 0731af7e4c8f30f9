/**
 * Ranges of etcd as one StoreState at one revision: pages that halve when too large, begun again
 * when that revision is compacted away meanwhile. Also the place where octets become Buffers.
 */

import { GrowingValues } from '../flat-values.ts';
import { ETCD_PAGE_OCTETS_GOAL, ETCD_READ_ATTEMPTS_MAX } from '../limits.ts';
import type { KeyRange, StateReader, StoredValue, StoreState } from '../record-store.ts';
import { CompactedError, TooLargeError } from './etcd-errors.ts';
import type { EtcdSettings } from './etcd-options.ts';
import type { EtcdSession } from './etcd-session.ts';
import type { RangeReply } from './range-message.ts';

export interface RangeQuery {
  readonly ranges: readonly KeyRange[];
  /** Without values: for the audit. */
  readonly keysOnly?: boolean;
  /** The newest when absent. */
  readonly revision?: number;
  readonly signal?: AbortSignal | undefined;
}

/** The whole at once. Throws what `scanRanges` throws. */
export async function readRanges(
  session: EtcdSession,
  query: RangeQuery,
  settings: EtcdSettings,
): Promise<StoreState> {
  const read = new GrowingValues();
  const revision = await scanRanges(session, query, settings, {
    begin: () => read.clear(),
    take: async (page) => {
      for (const [key, stored] of page) read.set(key, stored);
    },
  });
  return { revision, values: read.values };
}

/**
 * Page by page; gives the revision that they are of. Throws StoreError, CompactedError (only with
 * `revision`), TooLargeError for one huge value, and what `reader` throws.
 */
export async function scanRanges(
  session: EtcdSession,
  query: RangeQuery,
  settings: EtcdSettings,
  reader: StateReader,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await scanOnce(session, query, settings, reader);
    } catch (error) {
      const isAgain = error instanceof CompactedError && query.revision === undefined;
      if (!isAgain || attempt === ETCD_READ_ATTEMPTS_MAX) throw error;
    }
  }
}

/** `namespace` + key, as etcd has it. */
export function etcdKey(settings: EtcdSettings, key: string): Buffer {
  return Buffer.from(settings.namespace + key, 'latin1');
}

/** As we know it. */
export function withoutNamespace({ namespace }: EtcdSettings, key: string): string {
  return namespace === '' ? key : key.slice(namespace.length);
}

async function scanOnce(
  session: EtcdSession,
  query: RangeQuery,
  settings: EtcdSettings,
  reader: StateReader,
): Promise<number> {
  reader.begin();
  let { revision } = query;
  const ranges = [...query.ranges].sort((left, right) => (left.from < right.from ? -1 : 1));
  for (const range of ranges) {
    let limit = settings.pageKeys;
    const pageFrom = (from: string): Promise<Page | 'too-large'> => {
      query.signal?.throwIfAborted();
      const { keysOnly = false } = query;
      const page = readPage(session, settings, { from, to: range.to, limit, revision, keysOnly });
      // Waited for when the page before it is taken in; it may fail while nobody does.
      page.catch(() => undefined);
      return page;
    };
    let from: string | undefined = range.from;
    let asked = pageFrom(from);
    while (from !== undefined) {
      const page: Page | 'too-large' = await asked;
      if (page === 'too-large') {
        limit = Math.max(1, limit >> 1);
        asked = pageFrom(from);
        continue;
      }
      revision ??= page.revision;
      from = page.nextFrom;
      limit = nextLimit(limit, page);
      // etcd looks the next page up while this one is taken in.
      if (from !== undefined) asked = pageFrom(from);
      await reader.take(named(page.pairs, settings));
    }
  }
  return revision ?? 0;
}

function* named(
  pairs: Page['pairs'],
  settings: EtcdSettings,
): Generator<readonly [string, StoredValue], void, undefined> {
  for (const [key, stored] of pairs) yield [withoutNamespace(settings, key), stored];
}

/** Twice as many as before, as long as a page stays below the goal. */
function nextLimit(limit: number, { pairs, octetCount }: Page): number {
  const goal = Math.floor((ETCD_PAGE_OCTETS_GOAL * pairs.length) / Math.max(1, octetCount));
  return Math.max(limit, Math.min(2 * limit, goal));
}

interface PageQuery {
  readonly from: string;
  readonly to: string;
  readonly limit: number;
  readonly revision: number | undefined;
  readonly keysOnly: boolean;
}

interface Page extends RangeReply {
  readonly nextFrom: string | undefined;
}

async function readPage(
  session: EtcdSession,
  settings: EtcdSettings,
  query: PageQuery,
): Promise<Page | 'too-large'> {
  try {
    const reply = await session.range({
      key: etcdKey(settings, query.from),
      rangeEnd: etcdKey(settings, query.to),
      limit: query.limit,
      revision: query.revision ?? 0,
      keysOnly: query.keysOnly,
    });
    const last = reply.pairs[reply.pairs.length - 1]?.[0];
    const hasMore = reply.more && last !== undefined;
    return { ...reply, nextFrom: hasMore ? `${withoutNamespace(settings, last)}\0` : undefined };
  } catch (error) {
    if (error instanceof TooLargeError && query.limit > 1) return 'too-large';
    throw error;
  }
}
