/**
 * Requests to one API server. Reads whole answers and streams of lines, each bounded in time and
 * size; whatever fails is an ApiError, but for the caller's own abort, whose reason is thrown.
 *
 * Promised: an abort, a time-out and `close` end at once what is under way; no answer is left
 * unread on an open connection; a 401 renews the credentials and asks once more.
 */

import type { Dispatcher } from 'undici';
import { othersTurn } from '../runtime/thread/fair-turns.ts';
import { ApiError, causeOf, statusError } from './api-error.ts';
import {
  areSameCredentials,
  type ClusterAccess,
  type ClusterCredentials,
} from './cluster-access.ts';
import { Deadline } from './http/deadline.ts';
import { HttpAgent } from './http/http-agent.ts';
import { JsonLines } from './http/json-lines.ts';
import { readBody } from './http/response-body.ts';
import {
  BODY_OCTETS_MAX,
  ERROR_BODY_OCTETS_MAX,
  REQUEST_TIMEOUT_MS,
  STREAM_HEADERS_TIMEOUT_MS,
} from './limits.ts';

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** All of it, credentials and connection included. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A good word: the headers of a success (0), then each piece of its body on the wire. */
  readonly onHeard?: ((octets: number) => void) | undefined;
  /** Of a success: its Date header as the server said it (RFC 9110 section 6.6.1). */
  readonly onDate?: ((date: string) => void) | undefined;
  /** In which form, where not as it is: METADATA_ONLY. */
  readonly accept?: string | undefined;
}

/**
 * Objects without spec, data and status: a fraction of the octets where only versions count. One
 * form for one object and for watches, one for lists: each is refused for the other.
 */
export const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
export const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

export type PatchType = 'merge' | 'json' | 'apply';

/** RFC 7386, RFC 6902; server-side apply, of which JSON is YAML enough. */
const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
};

export interface StreamOptions extends Omit<RequestOptions, 'timeoutMs'> {
  /** Without an octet for so long the stream is cut; a function is asked after each of them. */
  readonly silenceMs: number | (() => number);
  readonly headersTimeoutMs?: number | undefined;
}

interface Question {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly body?: string;
  readonly contentType?: string;
  readonly accept: string;
  readonly encoding: 'gzip' | 'identity';
  readonly isStream?: boolean;
}

export class ApiClient {
  readonly #access: ClusterAccess;
  readonly #agent = new HttpAgent();

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  async get(path: string, options: RequestOptions = {}): Promise<unknown> {
    const { accept = 'application/json' } = options;
    const question = { method: 'GET', path, accept, encoding: 'gzip' } as const;
    return parseJson(await this.#whole(question, options), whatOf(question));
  }

  async post(path: string, body: unknown, options: RequestOptions = {}): Promise<unknown> {
    return await this.#send(
      { method: 'POST', path, contentType: 'application/json' },
      body,
      options,
    );
  }

  async put(path: string, body: unknown, options: RequestOptions = {}): Promise<unknown> {
    return await this.#send(
      { method: 'PUT', path, contentType: 'application/json' },
      body,
      options,
    );
  }

  async patch(
    path: string,
    body: unknown,
    options: RequestOptions & { readonly type?: PatchType } = {},
  ): Promise<unknown> {
    const contentType = PATCH_TYPES[options.type ?? 'merge'];
    return await this.#send({ method: 'PATCH', path, contentType }, body, options);
  }

  /** `body`: DeleteOptions. */
  async delete(path: string, body: unknown, options: RequestOptions = {}): Promise<unknown> {
    return await this.#send(
      { method: 'DELETE', path, contentType: 'application/json' },
      body,
      options,
    );
  }

  async getText(path: string, options: RequestOptions = {}): Promise<string> {
    const question = { method: 'GET', path, accept: '*/*', encoding: 'gzip' } as const;
    return await this.#whole(question, options);
  }

  /** One value a line, until the server ends it; leaving the loop cuts the connection. */
  async *stream(path: string, options: StreamOptions): AsyncGenerator<unknown, void, undefined> {
    const { query, silenceMs, onHeard } = options;
    // Compressed, an event would wait in the server for the next ones.
    const { accept = 'application/json' } = options;
    const form = { accept, encoding: 'identity', isStream: true } as const;
    const question = { method: 'GET', path, query, ...form } as const;
    const what = whatOf(question);
    const deadline = new Deadline(options.signal);
    const headersTimeoutMs = options.headersTimeoutMs ?? STREAM_HEADERS_TIMEOUT_MS;
    let body: Dispatcher.ResponseData['body'] | undefined;
    try {
      deadline.wind(headersTimeoutMs, `${what}: no answer within ${headersTimeoutMs} ms`);
      const response = await this.#open(question, deadline);
      body = response.body;
      onHeard?.(0);
      const wind = () => {
        const timeoutMs = typeof silenceMs === 'number' ? silenceMs : silenceMs();
        deadline.wind(timeoutMs, `${what}: silent for ${timeoutMs} ms`);
      };
      wind();
      const lines = new JsonLines(what);
      for await (const chunk of body as AsyncIterable<Buffer>) {
        onHeard?.(chunk.length);
        for (const line of lines.take(chunk)) {
          const turn = othersTurn();
          if (turn !== undefined) {
            await turn;
            deadline.signal.throwIfAborted();
            // What waits here is not silent.
            wind();
          }
          yield line;
        }
        wind();
      }
      lines.end();
    } catch (error) {
      throw thrown(error, { what, deadline });
    } finally {
      deadline.end();
      body?.destroy();
    }
  }

  /** Cuts what is under way. */
  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #send(
    how: Pick<Question, 'method' | 'path' | 'contentType'>,
    body: unknown,
    options: RequestOptions,
  ): Promise<unknown> {
    const form = { accept: 'application/json', encoding: 'gzip' } as const;
    const question = { ...how, ...form, body: JSON.stringify(body) };
    return parseJson(await this.#whole(question, options), whatOf(question));
  }

  async #whole(question: Question, options: RequestOptions): Promise<string> {
    const { query, signal, onHeard, timeoutMs = REQUEST_TIMEOUT_MS } = options;
    const what = whatOf(question);
    const deadline = new Deadline(signal);
    try {
      deadline.wind(timeoutMs, `${what}: not answered within ${timeoutMs} ms`);
      const response = await this.#open({ ...question, query }, deadline);
      onHeard?.(0);
      const { date } = response.headers;
      if (typeof date === 'string') options.onDate?.(date);
      const bytes = await readBody(response, { octetsMax: BODY_OCTETS_MAX, onHeard });
      return bytes.toString('utf8');
    } catch (error) {
      throw thrown(error, { what, deadline });
    } finally {
      deadline.end();
    }
  }

  /** A success, its body unread. A refusal is read and thrown. */
  async #open(question: Question, deadline: Deadline): Promise<Dispatcher.ResponseData> {
    const credentials = await deadline.until(this.#access.credentials());
    const response = await this.#ask(question, { credentials, deadline });
    if (isSuccess(response)) return response;
    const error = await refusalOf(response, whatOf(question));
    if (error.status !== 401) throw error;
    const renewed = await deadline.until(this.#access.credentials({ refused: credentials }));
    if (areSameCredentials(renewed, credentials)) throw error;
    const second = await this.#ask(question, { credentials: renewed, deadline });
    if (isSuccess(second)) return second;
    throw await refusalOf(second, whatOf(question));
  }

  async #ask(
    question: Question,
    { credentials, deadline }: { credentials: ClusterCredentials; deadline: Deadline },
  ): Promise<Dispatcher.ResponseData> {
    const { method, path, query, body, contentType, accept, encoding, isStream } = question;
    const url = new URL(this.#access.server + path);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const content = contentType !== undefined && { 'content-type': contentType };
    return await this.#agent.request(url, credentials, {
      method,
      isStream,
      signal: deadline.signal,
      headers: { accept, 'accept-encoding': encoding, 'user-agent': 'fedns', ...content },
      ...(body !== undefined && { body }),
    });
  }
}

function whatOf({ method, path }: Question): string {
  return `${method} ${path}`;
}

function isSuccess({ statusCode }: Dispatcher.ResponseData): boolean {
  return statusCode >= 200 && statusCode < 300;
}

async function refusalOf(response: Dispatcher.ResponseData, what: string): Promise<ApiError> {
  const retryAfter = response.headers['retry-after'];
  return statusError(what, {
    status: response.statusCode,
    body: await readRefusal(response),
    ...(typeof retryAfter === 'string' && { retryAfter }),
  });
}

/** The Status object, or text, or nothing: a refusal without a reason is one too. */
async function readRefusal(response: Dispatcher.ResponseData): Promise<unknown> {
  let text: string;
  try {
    text = (await readBody(response, { octetsMax: ERROR_BODY_OCTETS_MAX })).toString('utf8');
  } catch {
    return '';
  } finally {
    response.body.destroy();
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('API_GARBAGE', `${what}: the answer is not JSON`);
  }
}

/** The one place where errors of node and undici become ours. */
function thrown(error: unknown, at: { what: string; deadline: Deadline }): unknown {
  const { aborted, reason } = at.deadline.signal;
  if (aborted) return reason;
  if (error instanceof ApiError) return error;
  return new ApiError('API_UNREACHABLE', `${at.what}: ${causeOf(error)}`, { cause: error });
}
