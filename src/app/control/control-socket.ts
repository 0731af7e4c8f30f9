/** The local socket of a state folder: where it lies, and how a wrong call is told from a failed one. */

import type { AnswerPage, Pages } from '../../admin/http-server.ts';
import { InputError, problemOf } from '../../dns/errors.ts';

/** Where the socket lies in a state folder. */
export const CONTROL_SOCKET = 'control.sock';

/** What the caller got wrong is status 400, and one line: verbs end with 2 by it. */
export function refusingPages(pages: Pages): Pages {
  return new Map([...pages].map(([call, page]) => [call, refusing(page)]));
}

function refusing(page: AnswerPage): AnswerPage {
  const told = (error: unknown) => {
    if (!(error instanceof InputError)) throw error;
    return { status: 400, type: 'text/plain', body: `${problemOf(error)}\n` } as const;
  };
  return (query, body) => {
    try {
      const answer = page(query, body);
      return answer instanceof Promise ? answer.catch(told) : answer;
    } catch (error) {
      return told(error);
    }
  };
}
