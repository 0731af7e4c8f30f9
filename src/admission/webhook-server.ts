/**
 * WebhookServer: the HTTPS window that API servers ask, and nobody else needs. KubeFed's paths, and
 * `/validate` for every other kind.
 *
 * Promised: bodies, times and connections are bounded; whatever is sent, the server goes on; another
 * certificate is shown to new connections, open ones are not disturbed; `stop` answers what is under
 * way. Renewed certificates come from elsewhere.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { safeLine } from '../kubernetes/api-error.ts';
import { faultText } from '../runtime/fault-text.ts';
import type { Logger } from '../runtime/logger.ts';
import { RateLimited } from '../runtime/rate-limited.ts';
import {
  addDefaults,
  formatAnswer,
  type Judge,
  readReview,
  refusalText,
  validate,
} from './admission-review.ts';
import type { KeyPair } from './certificate-authority.ts';
import {
  CONNECTIONS_MAX,
  DRAIN_MS,
  KEEP_ALIVE_MS,
  REQUEST_MS,
  REVIEW_OCTETS_MAX,
  STOP_MS,
  TROUBLE_LOG_MS,
} from './limits.ts';

const JUDGES: ReadonlyMap<string, Judge> = new Map([
  ['/validate-federatedtypeconfigs', validate],
  ['/validate-kubefedcluster', validate],
  ['/validate-kubefedconfig', validate],
  ['/default-kubefedconfig', addDefaults],
  ['/validate', validate],
]);

export const REVIEW_OUTCOMES = ['allowed', 'refused', 'malformed', 'failed'] as const;
export type ReviewOutcome = (typeof REVIEW_OUTCOMES)[number];

export interface WebhookServerOptions {
  /** `*`: every address. Port 0: a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Of our own controllers; may grow. */
  readonly accounts: ReadonlySet<string>;
  readonly logger: Logger;
  readonly drainMs?: number | undefined;
}

interface Page {
  readonly status: number;
  readonly body: string;
}

const TLS = { minVersion: 'TLSv1.2' } as const;

export class WebhookServer {
  readonly #options: WebhookServerOptions;
  readonly #server: Server;
  readonly #troubles = new RateLimited(TROUBLE_LOG_MS);
  readonly counts: Record<ReviewOutcome, number> = {
    allowed: 0,
    refused: 0,
    malformed: 0,
    failed: 0,
  };
  #hasCertificate = false;
  #isStopping = false;

  constructor(options: WebhookServerOptions) {
    this.#options = options;
    this.#server = createServer(
      {
        ...TLS,
        handshakeTimeout: REQUEST_MS,
        requestTimeout: REQUEST_MS,
        headersTimeout: REQUEST_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: 1000,
      },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
    // Who does not speak TLS or HTTP, or leaves, is no event; the connection is closed.
    this.#server.on('tlsClientError', (_, socket) => socket.destroy());
    this.#server.on('clientError', (_, socket) => socket.destroy());
  }

  /** Resolves with the port; rejects with the system's error. */
  start(): Promise<number> {
    const { host, port } = this.#options.listen;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, ...(host !== '*' && { host }) }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#tell('webhook window in trouble', error.message));
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** For connections from now on. A pair that is one: whoever gives it has looked. */
  show({ cert, key }: KeyPair): void {
    this.#server.setSecureContext({ ...TLS, cert, key });
    this.#hasCertificate = true;
  }

  get isReady(): boolean {
    return this.#hasCertificate && !this.#isStopping;
  }

  /** Not ready at once; answers on for a while, for API servers learn later that we leave. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (!this.#server.listening) return;
    await sleep(this.#options.drainMs ?? DRAIN_MS);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    const cut = setTimeout(() => this.#server.closeAllConnections(), STOP_MS);
    await closed;
    clearTimeout(cut);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that leaves while it is answered is no event.
    response.on('error', () => undefined);
    let page: Page;
    try {
      page = await this.#pageOf(request);
    } catch (error) {
      this.counts.failed++;
      const text = faultText(error);
      this.#troubles.run(text, () => {
        this.#options.logger.error('fault of ours, review not answered', { error: text });
      });
      page = { status: 500, body: 'fault of fedns, see its log\n' };
    }
    if (this.#isStopping || page.status === 413) response.setHeader('connection', 'close');
    const type =
      page.status === 200 && page.body.startsWith('{') ? 'application/json' : 'text/plain';
    response.writeHead(page.status, { 'content-type': type });
    response.end(page.body);
  }

  async #pageOf(request: IncomingMessage): Promise<Page> {
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (request.method === 'GET' && path === '/healthz') return { status: 200, body: 'ok\n' };
    if (request.method === 'GET' && path === '/readyz') {
      return this.isReady ? { status: 200, body: 'ok\n' } : { status: 503, body: 'not ready\n' };
    }
    const judge = request.method === 'POST' ? JUDGES.get(path) : undefined;
    if (judge === undefined) {
      const there = [...JUDGES.keys()].map((each) => `POST ${each}`);
      const body = `no such page; there are:\n${['GET /healthz', 'GET /readyz', ...there].join('\n')}\n`;
      return { status: 404, body };
    }
    const text = await bodyOf(request);
    if (text === undefined) {
      const what = `the body has more than ${REVIEW_OCTETS_MAX} octets, or is not whole`;
      return this.#malformed(request, { status: 413, body: what });
    }
    return this.#review(judge, request, text);
  }

  #review(judge: Judge, request: IncomingMessage, text: string): Page {
    const read = readReview(text);
    if (read.kind === 'bad') return this.#malformed(request, { status: 400, body: read.problem });
    const review = read.value;
    const verdict = judge(review, this.#options.accounts);
    this.counts[verdict.kind]++;
    if (verdict.kind === 'refused') {
      const { namespace, objectName } = review;
      const reason = safeLine(refusalText(review, verdict.problems));
      this.#options.logger.info('object refused', { namespace, objectName, reason });
    }
    return { status: 200, body: JSON.stringify(formatAnswer(review, verdict)) };
  }

  #malformed(request: IncomingMessage, page: Page): Page {
    this.counts.malformed++;
    const address = request.socket.remoteAddress ?? '';
    const error = page.body;
    this.#troubles.run(`${address} ${error}`, (skipped) => {
      this.#options.logger.warn('review is malformed', { address, error, skipped });
    });
    return { status: page.status, body: `${error}\n` };
  }

  #tell(what: string, error: string): void {
    this.#troubles.run(what, () => this.#options.logger.warn(what, { error }));
  }
}

/** undefined: too long, or cut. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let octets = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(chunk)) return undefined;
      octets += chunk.length;
      if (octets > REVIEW_OCTETS_MAX) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}
