/**
 * The objects of a collection, page by page, for a verb that walks it once: unlike a list-watch it
 * needs no version of the whole, so a list that expires in the middle is simply begun anew, and may
 * show an object twice.
 *
 * Source: Kubernetes API concepts, "Retrieving large results sets in chunks".
 */

import { listAt, textAt } from '../api/untyped.ts';
import type { ApiClient, RequestOptions } from './api-client.ts';
import { isExpired } from './api-error.ts';
import { LIST_WATCH_LIMITS, PAGING_RESTARTS_MAX } from './limits.ts';

export async function* readPagesOf(
  client: Pick<ApiClient, 'get'>,
  path: string,
  options: RequestOptions = {},
): AsyncGenerator<readonly unknown[], void, undefined> {
  const limit = String(LIST_WATCH_LIMITS.pageSize);
  let cursor = '';
  for (let restarts = 0; ; ) {
    const at = cursor === '' ? {} : { continue: cursor };
    let page: unknown;
    try {
      page = await client.get(path, { ...options, query: { ...options.query, ...at, limit } });
    } catch (error) {
      if (cursor === '' || !isExpired(error) || ++restarts > PAGING_RESTARTS_MAX) throw error;
      cursor = '';
      continue;
    }
    yield listAt(page, 'items');
    cursor = textAt(page, 'metadata', 'continue') ?? '';
    if (cursor === '') return;
  }
}
