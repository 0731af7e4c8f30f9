/**
 * Connections to one API server: a pair of undici dispatchers for the TLS material at hand, another
 * once that changes. Streams have connections of their own: a watch holds one for as long as it
 * lasts, and with a pool for all, 32 watches leave none to any request.
 * The only file that loads undici, and only when something is asked.
 */

import type { Dispatcher } from 'undici';
import type { ClusterCredentials } from '../cluster-access.ts';
import {
  CONNECT_TIMEOUT_MS,
  CONNECTIONS_MAX,
  IDLE_CONNECTION_MS,
  KEEPALIVE_DELAY_MS,
} from '../limits.ts';
import { takingAnyTime, tlsOptions } from './tls-checks.ts';

type Undici = typeof import('undici');

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** It lasts: a watch. */
  readonly isStream?: boolean | undefined;
}

/** Of one TLS material. */
interface Connections {
  readonly credentials: ClusterCredentials;
  readonly material: string;
  readonly requests: Dispatcher;
  readonly streams: Dispatcher;
}

export class HttpAgent {
  #undici: Undici | undefined;
  #connections: Connections | undefined;
  /** Replaced ones: their last requests (watches) may still run. */
  readonly #leaving = new Set<Dispatcher>();
  #isClosed = false;

  /** The answer, its body unread. */
  async request(
    url: URL,
    credentials: ClusterCredentials,
    options: HttpRequest,
  ): Promise<Dispatcher.ResponseData> {
    this.#undici ??= await import('undici');
    if (this.#isClosed) throw new Error('the client is closed');
    const { isStream, ...rest } = options;
    const { requests, streams } = this.#connectionsFor(this.#undici, credentials);
    const response = await this.#undici.request(url, {
      ...rest,
      headers: { ...options.headers, ...credentials.headers },
      dispatcher: isStream === true ? streams : requests,
    });
    // A cut is told to whoever reads; with nobody reading it must not end the process.
    response.body.on('error', () => {});
    return response;
  }

  #connectionsFor(undici: Undici, credentials: ClusterCredentials): Connections {
    const before = this.#connections;
    if (before?.credentials === credentials) return before;
    const material = JSON.stringify([credentials.tls, credentials.proxyUrl]);
    if (before?.material === material) {
      this.#connections = { ...before, credentials };
      return this.#connections;
    }
    if (before !== undefined) for (const one of dispatchersOf(before)) this.#leave(one);
    this.#connections = {
      credentials,
      material,
      requests: dispatcherOf(undici, credentials, CONNECTIONS_MAX),
      streams: dispatcherOf(undici, credentials, null),
    };
    return this.#connections;
  }

  /** Cuts whatever is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#leaving];
    if (this.#connections !== undefined) all.push(...dispatchersOf(this.#connections));
    this.#connections = undefined;
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }

  #leave(dispatcher: Dispatcher): void {
    this.#leaving.add(dispatcher);
    const forget = () => this.#leaving.delete(dispatcher);
    dispatcher.close().then(forget, forget);
  }
}

function dispatchersOf({ requests, streams }: Connections): readonly Dispatcher[] {
  return [requests, streams];
}

/** `connections`: at most so many at once; null: as many as are asked for. */
function dispatcherOf(
  undici: Undici,
  { tls, proxyUrl }: ClusterCredentials,
  connections: number | null,
): Dispatcher {
  const keepAlive = { keepAlive: true, keepAliveInitialDelay: KEEPALIVE_DELAY_MS };
  const options = {
    // A watch must be cut by itself: on HTTP/2 all streams of a member would share one connection.
    allowH2: false,
    connections,
    pipelining: 1,
    // Time-outs are the client's own, by request.
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAliveTimeout: IDLE_CONNECTION_MS,
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
