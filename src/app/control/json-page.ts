/** A value as a page. */

import type { Page } from '../../admin/http-server.ts';

export function jsonPage(value: unknown): Page {
  return { status: 200, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}
