/**
 * Requests to one cluster's API: JSON, text, and streams of JSON lines. One connection pool a
 * cluster, made anew when its credentials are others. Every failure is an ApiError; nothing waits
 * longer than its time-out, and an abort ends it at once.
 *
 * undici (28 MB, 170 ms) is loaded when the first request is made.
 */

import { isIP } from 'node:net';
import { createGunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { textAt } from '../api/untyped.ts';
import { ApiError } from './api-error.ts';
import type { ClusterAccess, ClusterCredentials } from './cluster-access.ts';
import { jsonLines } from './json-lines.ts';
import { KubeconfigError } from './kubeconfig.ts';
import {
  BODY_OCTETS_MAX,
  CONNECT_TIMEOUT_MS,
  LINE_OCTETS_MAX,
  REQUEST_TIMEOUT_MS,
  RETRY_AFTER_MAX_MS,
} from './limits.ts';

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface StreamOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Longest time without an octet. */
  readonly silenceMs: number;
  /** Called with each chunk's size: it is heard. */
  readonly onOctets?: (count: number) => void;
}

interface Pool {
  readonly dispatcher: Dispatcher;
  readonly material: string;
}

interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  readonly signal: AbortSignal;
  readonly silenceMs: number;
}

export class ApiClient {
  readonly #access: ClusterAccess;
  #pool: Pool | undefined;
  #isClosed = false;

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  async get(path: string, options: RequestOptions = {}): Promise<unknown> {
    return parseBody(await this.#text('GET', path, options));
  }

  async post(path: string, body: unknown, options: RequestOptions = {}): Promise<unknown> {
    return parseBody(await this.#text('POST', path, options, body));
  }

  getText(path: string, options: RequestOptions = {}): Promise<string> {
    return this.#text('GET', path, options);
  }

  /** One parsed value a line, until the server ends it. */
  async *stream(path: string, options: StreamOptions): AsyncGenerator<unknown> {
    const { query, signal, silenceMs, onOctets } = options;
    const response = await this.#ask({ method: 'GET', path, query, signal, silenceMs });
    try {
      yield* jsonLines(heard(bodyOf(response), onOctets), LINE_OCTETS_MAX);
    } catch (error) {
      throw asApiError(error, this.#access.server, signal);
    } finally {
      response.body.on('error', () => undefined).destroy();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.dispatcher.destroy();
  }

  async #text(
    method: Ask['method'],
    path: string,
    { query, timeoutMs = REQUEST_TIMEOUT_MS, signal }: RequestOptions,
    body?: unknown,
  ): Promise<string> {
    const limit = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    const ask = { method, path, query, body, signal: either, silenceMs: timeoutMs };
    const response = await this.#ask(ask);
    try {
      return await wholeText(bodyOf(response));
    } catch (error) {
      throw asApiError(error, this.#access.server, either);
    } finally {
      response.body.on('error', () => undefined).destroy();
    }
  }

  /** A 401 may only mean that a token was renewed meanwhile: once more, with the new one. */
  async #ask(ask: Ask): Promise<Dispatcher.ResponseData> {
    const { server } = this.#access;
    let response = await this.#send(ask).catch((error: unknown) => {
      throw asApiError(error, server, ask.signal);
    });
    if (response.statusCode === 401) {
      await response.body.dump();
      response = await this.#send(ask).catch((error: unknown) => {
        throw asApiError(error, server, ask.signal);
      });
    }
    if (response.statusCode < 300) return response;
    throw await statusError(response, ask.path);
  }

  async #send(ask: Ask): Promise<Dispatcher.ResponseData> {
    const credentials = await this.#access.credentials();
    const { dispatcher } = await this.#poolFor(credentials);
    const { origin, pathname } = new URL(this.#access.server);
    const query = new URLSearchParams(ask.query).toString();
    const path = `${pathname.replace(/\/$/, '')}${ask.path}${query === '' ? '' : `?${query}`}`;
    return dispatcher.request({
      origin,
      path,
      method: ask.method,
      headers: {
        ...credentials.headers,
        accept: 'application/json',
        'accept-encoding': 'gzip',
        'user-agent': 'fedns',
        ...(ask.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(ask.body !== undefined && { body: JSON.stringify(ask.body) }),
      signal: ask.signal,
      headersTimeout: ask.silenceMs,
      bodyTimeout: ask.silenceMs,
    });
  }

  async #poolFor(credentials: ClusterCredentials): Promise<Pool> {
    const { tls, proxyUrl } = credentials;
    const material = JSON.stringify([tls, proxyUrl]);
    if (this.#pool?.material === material) return this.#pool;
    const dispatcher = await makeDispatcher(this.#access.server, credentials);
    if (this.#isClosed) {
      await dispatcher.destroy();
      throw new ApiError('API_UNREACHABLE', 'closed');
    }
    // What still runs on the old one ends by itself; new requests go the new way.
    void this.#pool?.dispatcher.close();
    this.#pool = { dispatcher, material };
    return this.#pool;
  }
}

async function makeDispatcher(
  server: string,
  { tls, proxyUrl }: ClusterCredentials,
): Promise<Dispatcher> {
  const { Agent, ProxyAgent, Socks5ProxyAgent } = await import('undici');
  const { hostname } = new URL(server);
  // A certificate's name is not an address; Node would send an address as server name otherwise.
  const servername = tls.servername ?? (isIP(hostname.replace(/[[\]]/g, '')) ? '' : hostname);
  const secured = { ...tls, servername };
  const connect = { ...secured, timeout: CONNECT_TIMEOUT_MS, keepAlive: true };
  const plain = { allowH2: false, pipelining: 1 } as const;
  if (proxyUrl === undefined || proxyUrl === '') return new Agent({ ...plain, connect });
  if (proxyUrl.startsWith('socks')) {
    return new Socks5ProxyAgent(proxyUrl, { ...plain, requestTls: secured });
  }
  return new ProxyAgent({ ...plain, uri: proxyUrl, requestTls: secured });
}

function bodyOf({ body, headers }: Dispatcher.ResponseData): AsyncIterable<Uint8Array> {
  if (headers['content-encoding'] !== 'gzip') return body;
  const unpacked = createGunzip();
  body.on('error', (error) => unpacked.destroy(error));
  return body.pipe(unpacked);
}

async function* heard(
  chunks: AsyncIterable<Uint8Array>,
  onOctets: ((count: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onOctets?.(chunk.length);
    yield chunk;
  }
}

async function wholeText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const held: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of chunks) {
    octets += chunk.length;
    if (octets > BODY_OCTETS_MAX) {
      throw new ApiError('API_GARBAGE', `an answer of more than ${BODY_OCTETS_MAX} octets`);
    }
    held.push(chunk);
  }
  return Buffer.concat(held).toString('utf8');
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError('API_GARBAGE', 'an answer that is no JSON', { cause: error });
  }
}

async function statusError(
  { statusCode: status, headers, body }: Dispatcher.ResponseData,
  path: string,
): Promise<ApiError> {
  const text = await body.text().catch(() => '');
  let said: unknown;
  try {
    said = JSON.parse(text.slice(0, STATUS_OCTETS_READ));
  } catch {
    said = undefined;
  }
  const reason = textAt(said, 'reason');
  const message = (textAt(said, 'message') ?? text).replace(/\s+/g, ' ').slice(0, 200).trim();
  const what = message === '' ? '' : `: ${message}`;
  return new ApiError('API_STATUS', `${path}: status ${status}${what}`, {
    status,
    reason,
    retryAfterMs: retryAfter(headers['retry-after']),
  });
}

const STATUS_OCTETS_READ = 100_000;

/** RFC 9110 section 10.2.3: seconds. A date is not what API servers send. */
function retryAfter(value: string | string[] | undefined): number | undefined {
  const seconds = Number(typeof value === 'string' ? value : Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0
    ? Math.min(seconds * 1000, RETRY_AFTER_MAX_MS)
    : undefined;
}

function asApiError(error: unknown, server: string, signal: AbortSignal): Error {
  if (error instanceof ApiError || error instanceof KubeconfigError) return error;
  const { reason } = signal;
  const isLate = signal.aborted && reason instanceof Error && reason.name === 'TimeoutError';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (isLate || /TIMEOUT/.test(code)) {
    return new ApiError('API_TIMEOUT', `${server}: no answer in time`, { cause: error });
  }
  const text = error instanceof Error ? (error.message || code).split('\n')[0] : String(error);
  return new ApiError('API_UNREACHABLE', `${server}: ${text}`, { cause: error });
}
