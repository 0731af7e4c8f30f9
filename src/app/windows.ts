/** The windows of one process: local socket and reading page, opened and closed together. */

import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AdminListen,
  AdminServer,
  type AnswerPage,
  type Pages,
} from '../admin/http-server.ts';
import { InputError, problemOf } from '../dns/errors.ts';
import { listenSpec } from './config/listen-specs.ts';
import { reasonOf } from './config/read-config.ts';
import { CONTROL_SOCKET } from './control/control-client.ts';

export class Windows {
  readonly #open: AdminServer[] = [];
  readonly #waitMs: number;

  /** `waitMs`: in a takeover the old process frees the places a moment after it was told to leave. */
  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  /** In a state folder. Throws InputError LISTEN. */
  openSocket(folder: string, pages: Pages): Promise<void> {
    const path = join(folder, CONTROL_SOCKET);
    return this.#openOne({ kind: 'socket', path }, refusingPages(pages), path);
  }

  /** `none`, or ADDRESS:PORT. Throws InputError LISTEN. */
  async openPage(listen: string, pages: Pages): Promise<void> {
    if (listen === 'none') return;
    const { host, port } = listenSpec(listen, 'admin.listen');
    const at = { kind: 'tcp', host: host === '*' ? '0.0.0.0' : host, port } as const;
    await this.#openOne(at, pages, `admin.listen ${listen}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((window) => window.stop()));
  }

  async #openOne(listen: AdminListen, pages: Pages, what: string): Promise<void> {
    const deadline = performance.now() + this.#waitMs;
    for (;;) {
      const window = new AdminServer(listen, pages);
      try {
        // A socket file outlives a killed process; the store's lock says that none runs here.
        if (listen.kind === 'socket') await rm(listen.path, { force: true });
        await window.start();
        if (listen.kind === 'socket') await chmod(listen.path, 0o600);
        this.#open.push(window);
        return;
      } catch (error) {
        if (performance.now() > deadline)
          throw new InputError('LISTEN', `${what}: ${reasonOf(error)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}

/** What the caller got wrong is status 400, and one line: verbs end with 2 by it. */
function refusingPages(pages: Pages): Pages {
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
