/**
 * A list in pages, all of one version, into a draft. Expired in the middle, it is begun anew.
 *
 * Source: Kubernetes API concepts, "Retrieving large results sets in chunks".
 */

import { textAt, valueAt } from '../../api/untyped.ts';
import type { ApiClient, RequestOptions } from '../api-client.ts';
import { ApiError, isExpired } from '../api-error.ts';
import { PAGING_RESTARTS_MAX } from '../limits.ts';
import type { ListDraft } from './list-draft.ts';

export interface PagesOptions<T> {
  readonly client: Pick<ApiClient, 'get'>;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Of the first page only: which version is asked for. */
  readonly versionQuery: Readonly<Record<string, string>>;
  readonly pageSize: number;
  readonly request: Omit<RequestOptions, 'query'>;
  readonly begin: () => ListDraft<T>;
}

export interface ReadList<T> {
  readonly draft: ListDraft<T>;
  readonly version: string;
}

/** Throws ApiError; then nothing was read. */
export async function readPages<T>(options: PagesOptions<T>): Promise<ReadList<T>> {
  for (let restarts = 0; ; restarts++) {
    const progress = { pageCount: 0 };
    try {
      return await readOnce(options, progress);
    } catch (error) {
      const isWorthIt = progress.pageCount > 0 && restarts < PAGING_RESTARTS_MAX;
      if (!isExpired(error) || !isWorthIt) throw error;
    }
  }
}

async function readOnce<T>(
  { client, path, query, versionQuery, pageSize, request, begin }: PagesOptions<T>,
  progress: { pageCount: number },
): Promise<ReadList<T>> {
  const draft = begin();
  let version: string | undefined;
  let cursor = '';
  do {
    const at = cursor === '' ? versionQuery : { continue: cursor };
    const asked = { ...query, ...at, limit: String(pageSize) };
    const page = await client.get(path, { ...request, query: asked });
    const pageVersion = textAt(page, 'metadata', 'resourceVersion') ?? '';
    version ??= pageVersion;
    const next = textAt(page, 'metadata', 'continue') ?? '';
    if (version === '' || version !== pageVersion) throw garbage(path, 'is not of one version');
    if (next !== '' && next === cursor) throw garbage(path, 'does not go on');
    for (const item of itemsOf(page, path)) draft.put(item);
    progress.pageCount++;
    cursor = next;
    // What is full takes no more: the rest need not be fetched.
  } while (cursor !== '' && !draft.isFull);
  return { draft, version };
}

function itemsOf(page: unknown, path: string): readonly unknown[] {
  const items = valueAt(page, 'items');
  if (Array.isArray(items)) return items;
  // Go writes an empty slice of some types as null.
  if (items === null) return [];
  throw garbage(path, 'has no items');
}

function garbage(path: string, what: string): ApiError {
  return new ApiError('API_GARBAGE', `GET ${path}: the list ${what}`);
}
