/** `POST /reload`: what SIGHUP does, with an answer: what was taken up, and what needs a restart. */

import type { AnswerPage } from '../../admin/http-server.ts';
import { problemOf } from '../../dns/errors.ts';
import type { ConfigChanges } from '../config/compare-config.ts';
import { jsonPage } from './json-page.ts';

/** 409 and why, where all stays as it was. */
export function reloadPage(reload: () => Promise<ConfigChanges>): [string, AnswerPage] {
  return [
    'POST /reload',
    async () => {
      try {
        return jsonPage(await reload());
      } catch (error) {
        return { status: 409, type: 'text/plain', body: `${problemOf(error)}\n` };
      }
    },
  ];
}
