/**
 * The reading window: /health, /ready, /metrics over HTTP on loopback, and, over a local socket
 * only, what changes things. Pages are handed in; this file knows no component.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface Page {
  readonly status: number;
  readonly type: 'text/plain' | 'application/json' | 'text/plain; version=0.0.4';
  readonly body: string;
}

/** Lines for as long as the reader stays. */
export interface StreamPage {
  readonly status: 200;
  readonly type: 'application/x-ndjson';
  /** The line that stands for so many that a slow reader has lost. */
  readonly lost: (count: number) => string;
  /** Begins, and gives what ends it. `write` takes a line at once, or drops and counts it. */
  readonly begin: (write: (line: string) => void) => () => void;
}

/** The part after `?` and the body, as given. */
export type AnswerPage = (
  query: URLSearchParams,
  body: string,
) => Page | StreamPage | Promise<Page>;

/** `GET /metrics` -> its page. */
export type Pages = ReadonlyMap<string, AnswerPage>;

/** Of pages from several places. Throws where two have one name: the later would hide the other. */
export function pagesOf(entries: Iterable<readonly [string, AnswerPage]>): Pages {
  const pages = new Map<string, AnswerPage>();
  for (const [call, page] of entries) {
    if (pages.has(call)) throw new Error(`two pages are called "${call}"`);
    pages.set(call, page);
  }
  return pages;
}

/** A commit of 128 entries at etcd's own size limit, escaped as JSON, fits twice. */
const BODY_OCTETS_MAX = 8 * 1024 * 1024;

/** Of lines that wait for one reader; further ones are lost to it. */
const STREAM_OCTETS_MAX = 256 * 1024;

export type AdminListen =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'socket'; readonly path: string };

export class AdminServer {
  readonly #server: Server;
  readonly #listen: AdminListen;

  constructor(listen: AdminListen, pages: Pages) {
    this.#listen = listen;
    this.#server = createServer({ requestTimeout: 5000 }, (request, response) => {
      void serve(request, response, pages);
    });
    this.#server.maxConnections = 64;
  }

  /** Resolves with the port; rejects with the system's error. */
  start(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const listen = this.#listen;
      const options =
        listen.kind === 'tcp' ? { host: listen.host, port: listen.port } : { path: listen.path };
      this.#server.listen(options, () => {
        this.#server.off('error', reject);
        this.#server.on('error', () => undefined);
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.closeAllConnections();
      this.#server.close(() => resolve());
    });
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  pages: Pages,
): Promise<void> {
  // No URL: anybody may send `GET //`, at which `new URL` throws.
  const [path = '/', query] = (request.url ?? '/').split('?', 2);
  const page = pages.get(`${request.method ?? 'GET'} ${path}`);
  const answer =
    page === undefined
      ? notFound(pages)
      : await answerOf(page, { request, query: new URLSearchParams(query) });
  response.writeHead(answer.status, { 'content-type': answer.type });
  if ('body' in answer) response.end(answer.body);
  else stream(response, answer);
}

/** Nobody waits for the reader: what it does not take in time is lost to it, and told. */
function stream(response: ServerResponse, { begin, lost }: StreamPage): void {
  let lostCount = 0;
  const tellLost = () => {
    if (lostCount > 0) response.write(`${lost(lostCount)}\n`);
    lostCount = 0;
  };
  const end = begin((line) => {
    if (response.writableLength > STREAM_OCTETS_MAX) lostCount++;
    else {
      tellLost();
      response.write(`${line}\n`);
    }
  });
  response.on('drain', tellLost);
  response.on('error', () => undefined);
  response.on('close', end);
}

async function answerOf(
  page: AnswerPage,
  given: { readonly request: IncomingMessage; readonly query: URLSearchParams },
): Promise<Page | StreamPage> {
  try {
    return await page(given.query, await bodyOf(given.request));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: 500, type: 'text/plain', body: `${message}\n` };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of request) {
    octets += chunk.length;
    if (octets > BODY_OCTETS_MAX) throw new Error(`body over ${BODY_OCTETS_MAX} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function notFound(pages: Pages): Page {
  return {
    status: 404,
    type: 'text/plain',
    body: `no such page; there are:\n${[...pages.keys()].join('\n')}\n`,
  };
}
