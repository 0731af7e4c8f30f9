/**
 * An API server with faults on command, beside the real one and never instead of it: collections
 * that list by pages and by watch, watches with bookmarks, and every way in which a server or the
 * way to it may fail.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { ClusterAccess } from '../../src/kubernetes/cluster-access.ts';
import { FakeCollection, type FakeEvent, type FakeObject } from './faulty-collection.ts';

export interface Faults {
  /** Refuses lists by watch, as servers without that feature do. */
  readonly streamsNoLists?: boolean;
  /** Every request gets this status. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** Every second request fails with 500. */
  readonly alternates?: boolean;
  /** Connections are taken, nothing is ever said. */
  readonly isSilent?: boolean;
  /** Watches are cut after this many events: in the middle of a line, or reset. */
  readonly cutAfter?: {
    readonly events: number;
    readonly how: 'half a line' | 'reset' | 'garbage';
  };
  /** Each watch ends by itself after this, ms. */
  readonly watchEndsMs?: number;
  /** Each event is sent twice. */
  readonly repeats?: boolean;
  readonly zips?: boolean;
}

export class FaultyApi {
  readonly collections = new Map<string, FakeCollection>();
  faults: Faults = {};
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #count = 0;

  constructor(paths: readonly string[]) {
    for (const path of paths) this.collections.set(path, new FakeCollection());
    this.#server = createServer((request, response) => this.#serve(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  at(path: string): FakeCollection {
    const collection = this.collections.get(path);
    if (collection === undefined) throw new Error(`no collection ${path}`);
    return collection;
  }

  async start(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get access(): ClusterAccess {
    return {
      context: 'faulty',
      server: `http://127.0.0.1:${this.port}`,
      user: 'nobody',
      credentials: () =>
        Promise.resolve({ headers: {}, tls: {}, proxyUrl: undefined, expiresAt: undefined }),
    };
  }

  /** Resets whatever is open. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cutAll();
    await closed;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://api');
    this.requests.push(`${url.pathname}${url.search}`);
    const { status, retryAfterSeconds, alternates, isSilent } = this.faults;
    if (isSilent) return;
    if (status !== undefined || (alternates && this.#count++ % 2 === 1)) {
      const after = retryAfterSeconds === undefined ? {} : { 'retry-after': retryAfterSeconds };
      answerStatus(response, { code: status ?? 500, message: 'on command', headers: after });
      return;
    }
    if (url.pathname === '/readyz') {
      response.end('ok');
      return;
    }
    if (url.pathname === '/version') {
      response.end('{"gitVersion":"v1.36.0-faulty"}');
      return;
    }
    const collection = this.collections.get(url.pathname);
    if (collection === undefined) answerStatus(response, { code: 404, message: 'not found' });
    else if (url.searchParams.get('watch') === 'true') this.#watch(collection, url, response);
    else this.#list(collection, url, response);
  }

  #list(collection: FakeCollection, url: URL, response: ServerResponse): void {
    const wanted = Number(url.searchParams.get('resourceVersion') ?? 0);
    if (wanted > collection.version) {
      answerStatus(response, { code: 504, message: `Too large resource version: ${wanted}` });
      return;
    }
    const [from = 0, version = collection.version] = (url.searchParams.get('continue') ?? '')
      .split('@')
      .filter((part) => part !== '')
      .map(Number);
    if (version < collection.compactedTo) {
      answerStatus(response, { code: 410, message: 'continue too old', reason: 'Expired' });
      return;
    }
    const limit = Number(url.searchParams.get('limit') ?? 1e9);
    const all = collection.list();
    const items = all.slice(from, from + limit);
    const next = from + limit < all.length ? `${from + limit}@${version}` : '';
    const metadata = { resourceVersion: String(version), continue: next };
    const body = JSON.stringify({ kind: 'List', metadata, items });
    if (this.faults.zips) {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(body));
    } else {
      response.end(body);
    }
  }

  #watch(collection: FakeCollection, url: URL, response: ServerResponse): void {
    const isList = url.searchParams.get('sendInitialEvents') === 'true';
    const from = Number(url.searchParams.get('resourceVersion') ?? 0);
    if (isList && this.faults.streamsNoLists) {
      answerStatus(response, { code: 422, message: 'sendInitialEvents is forbidden' });
      return;
    }
    if (from > collection.version) {
      answerStatus(response, { code: 504, message: `Too large resource version: ${from}` });
      return;
    }
    if (!isList && from < collection.compactedTo) {
      answerStatus(response, { code: 410, message: 'too old', reason: 'Expired' });
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const say = this.#sayer(response);
    if (isList) {
      for (const object of collection.list()) say({ type: 'ADDED', object });
      say({ type: 'BOOKMARK', object: bookmark(collection.version, true) });
    } else {
      for (const { type, object } of collection.since(from)) say({ type, object });
    }
    const follow = ({ type, object }: FakeEvent) => say({ type, object });
    collection.watchers.add(follow);
    const seconds = Number(url.searchParams.get('timeoutSeconds') ?? 60);
    const ends = setTimeout(
      () => {
        say({ type: 'BOOKMARK', object: bookmark(collection.version, false) });
        response.end();
      },
      this.faults.watchEndsMs ?? seconds * 1000,
    );
    response.on('close', () => {
      clearTimeout(ends);
      collection.watchers.delete(follow);
    });
  }

  #sayer(response: ServerResponse): (event: { type: string; object: object }) => void {
    let left = this.faults.cutAfter?.events ?? Number.POSITIVE_INFINITY;
    return (event) => {
      if (response.destroyed || response.writableEnded) return;
      const line = `${JSON.stringify(event)}\n`;
      if (left-- > 0) {
        response.write(this.faults.repeats ? line + line : line);
        return;
      }
      const how = this.faults.cutAfter?.how;
      if (how === 'half a line') response.end(line.slice(0, line.length / 2));
      else if (how === 'garbage')
        response.end('{"type":"ADDED","object":{"metadata":{}}}\n<html>\n');
      // What was written before is on its way by then, as it mostly is.
      else setTimeout(() => response.socket?.resetAndDestroy(), 5);
    };
  }
}

function bookmark(version: number, endsInitial: boolean): object {
  const annotations = endsInitial ? { 'k8s.io/initial-events-end': 'true' } : {};
  return { metadata: { resourceVersion: String(version), annotations } };
}

function answerStatus(
  response: ServerResponse,
  said: { code: number; message: string; reason?: string; headers?: Record<string, number> },
): void {
  const { code, message, reason, headers } = said;
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ kind: 'Status', code, reason, message }));
}

export type { FakeObject };
