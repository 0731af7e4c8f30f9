/**
 * Connections to one API server: one undici dispatcher for the TLS material at hand, another once
 * that changes. The only file that loads undici, and only when something is asked.
 */

import type { Dispatcher } from 'undici';
import type { ClusterCredentials } from '../cluster-access.ts';
import { CONNECT_TIMEOUT_MS, CONNECTIONS_MAX, KEEPALIVE_DELAY_MS } from '../limits.ts';

export class HttpAgent {
  #material: string | undefined;
  #dispatcher: Dispatcher | undefined;
  /** Replaced ones: their last requests (watches) may still run. */
  readonly #leaving = new Set<Dispatcher>();
  #isClosed = false;

  async dispatcher(credentials: ClusterCredentials): Promise<Dispatcher> {
    const undici = await import('undici');
    const { tls, proxyUrl } = credentials;
    const material = JSON.stringify([tls, proxyUrl]);
    if (this.#isClosed) throw new Error('the client is closed');
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

function dispatcherOf(
  undici: typeof import('undici'),
  { tls, proxyUrl }: ClusterCredentials,
): Dispatcher {
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
  const requestTls = { ...tls, ...keepAlive, allowH2: false, timeout: CONNECT_TIMEOUT_MS };
  if (proxyUrl === undefined) return new undici.Agent({ ...options, connect: requestTls });
  const proxyTls = { ...keepAlive, allowH2: false, timeout: CONNECT_TIMEOUT_MS };
  if (/^socks/i.test(proxyUrl)) {
    return new undici.Socks5ProxyAgent(proxyUrl.replace(/^socks5h:/i, 'socks5:'), {
      ...options,
      requestTls,
    });
  }
  return new undici.ProxyAgent({ ...options, uri: proxyUrl, requestTls, proxyTls });
}
