/**
 * Connections to one API server: one undici dispatcher for the TLS material at hand, another once
 * that changes. The only file that loads undici, and only when something is asked.
 */

import type { Dispatcher } from 'undici';
import type { ClusterCredentials } from '../cluster-access.ts';
import { CONNECT_TIMEOUT_MS, CONNECTIONS_MAX, KEEPALIVE_DELAY_MS } from '../limits.ts';
import { takingAnyTime, tlsOptions } from './tls-checks.ts';

type Undici = typeof import('undici');

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export class HttpAgent {
  #material: string | undefined;
  #dispatcher: Dispatcher | undefined;
  /** Replaced ones: their last requests (watches) may still run. */
  readonly #leaving = new Set<Dispatcher>();
  #isClosed = false;

  /** The answer, its body unread. */
  async request(
    url: URL,
    credentials: ClusterCredentials,
    options: HttpRequest,
  ): Promise<Dispatcher.ResponseData> {
    const undici = await import('undici');
    if (this.#isClosed) throw new Error('the client is closed');
    const dispatcher = this.#dispatcherFor(undici, credentials);
    const headers = { ...options.headers, ...credentials.headers };
    const response = await undici.request(url, { ...options, headers, dispatcher });
    // A cut is told to whoever reads; with nobody reading it must not end the process.
    response.body.on('error', () => {});
    return response;
  }

  #dispatcherFor(undici: Undici, credentials: ClusterCredentials): Dispatcher {
    const material = JSON.stringify([credentials.tls, credentials.proxyUrl]);
    if (this.#dispatcher !== undefined && this.#material === material) return this.#dispatcher;
    const dispatcher = dispatcherOf(undici, credentials);
    if (this.#dispatcher !== undefined) this.#leave(this.#dispatcher);
    this.#dispatcher = dispatcher;
    this.#material = material;
    return dispatcher;
  }

  /** Cuts whatever is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#leaving];
    if (this.#dispatcher !== undefined) all.push(this.#dispatcher);
    this.#dispatcher = undefined;
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }

  #leave(dispatcher: Dispatcher): void {
    this.#leaving.add(dispatcher);
    const forget = () => this.#leaving.delete(dispatcher);
    dispatcher.close().then(forget, forget);
  }
}

function dispatcherOf(undici: Undici, { tls, proxyUrl }: ClusterCredentials): Dispatcher {
  const keepAlive = { keepAlive: true, keepAliveInitialDelay: KEEPALIVE_DELAY_MS };
  const options = {
    // A watch must be cut by itself: on HTTP/2 all streams of a member would share one connection.
    allowH2: false,
    connections: CONNECTIONS_MAX,
    pipelining: 1,
    // Time-outs are the client's own, by request.
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
  };
  const own = { ...keepAlive, allowH2: false, timeout: CONNECT_TIMEOUT_MS };
  const requestTls = { ...tlsOptions(tls), ...own };
  if (proxyUrl === undefined && tls.disabledChecks?.includes('ValidityPeriod')) {
    const any = { ...requestTls, rejectUnauthorized: false, maxCachedSessions: 0 };
    return new undici.Agent({
      ...options,
      connect: takingAnyTime(undici.buildConnector(any), tls),
    });
  }
  if (proxyUrl === undefined) return new undici.Agent({ ...options, connect: requestTls });
  if (/^socks/i.test(proxyUrl)) {
    return new undici.Socks5ProxyAgent(proxyUrl.replace(/^socks5h:/i, 'socks5:'), {
      ...options,
      requestTls,
    });
  }
  return new undici.ProxyAgent({ ...options, uri: proxyUrl, requestTls, proxyTls: own });
}
