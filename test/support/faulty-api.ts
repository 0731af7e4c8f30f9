/**
 * An API server with faults on command, beside the real one and never instead of it: collections
 * that list by pages and by watch, watches with bookmarks, and every way in which a server or the
 * way to it may fail.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { ClusterAccess } from '../../src/kubernetes/cluster-access.ts';
import { FakeCollection, type FakeEvent, type FakeSnapshot } from './faulty-collection.ts';

export interface Faults {
  /** Refuses lists by watch, as servers without that feature do... */
  readonly streamsNoLists?: boolean;
  /** ...or knows nothing of them: sends the objects, and never says where they end. */
  readonly streamsWithoutEnd?: boolean;
  /** Every request gets this status. */
  readonly status?: number;
  /** What is asked of this path is refused for want of a right. */
  readonly forbids?: string;
  readonly retryAfterSeconds?: number;
  /** Every second request fails with 500. */
  readonly alternates?: boolean;
  /** Connections are taken, nothing is ever said. */
  readonly isSilent?: boolean;
  /** Watches and streamed lists end after this many events, in this way. */
  readonly cutAfter?: {
    readonly events: number;
    readonly how: 'half a line' | 'reset' | 'garbage' | 'end';
  };
  /** One octet each so many ms. */
  readonly dripMs?: number;
  /** Each watch ends by itself after this, ms. */
  readonly watchEndsMs?: number;
  /** Each event is sent twice. */
  readonly repeats?: boolean;
  /**
   * Each watch begins with the events of so many versions before the one it was asked from: those
   * since the last list, or all there are.
   */
  readonly replays?: number;
  readonly replaysBeforeList?: boolean;
  readonly noBookmarks?: boolean;
  /** "Too old" comes as an event, not as an HTTP status. */
  readonly expiresByEvent?: boolean;
  /** Lists in pages expire after the first. */
  readonly pagesExpire?: boolean;
  /** Lists show this, whatever was asked: a replica that lags and does not know. */
  readonly lists?: FakeSnapshot;
  /** Watches from versions to come are taken, in silence. */
  readonly takesFuture?: boolean;
  /** Another server behind the same address: resource versions mean nothing to it. */
  readonly readsNoVersions?: boolean;
  readonly zips?: boolean;
}

const TEXTS: ReadonlyMap<string, string> = new Map([
  ['/readyz', 'ok'],
  ['/version', '{"major":"1","minor":"36","gitVersion":"v1.36.0-faulty"}'],
]);

export class FaultyApi {
  readonly collections = new Map<string, FakeCollection>();
  faults: Faults = {};
  /** Path and query of each, in order. */
  readonly requests: string[] = [];
  /** Pages that are no collections, by path. */
  readonly texts = new Map(TEXTS);
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

  get openCount(): number {
    return this.#sockets.size;
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
    if (url.pathname === this.faults.forbids) {
      answerStatus(response, { code: 403, message: 'forbidden on command' });
      return;
    }
    if (this.faults.readsNoVersions && url.searchParams.has('resourceVersion')) {
      answerStatus(response, { code: 400, message: 'invalid resource version' });
      return;
    }
    const text = this.texts.get(url.pathname);
    if (text !== undefined) {
      response.end(text);
      return;
    }
    const collection = this.collections.get(url.pathname);
    if (collection === undefined) answerStatus(response, { code: 404, message: 'not found' });
    else if (url.searchParams.get('watch') === 'true') this.#watch(collection, url, response);
    else this.#list(collection, url, response);
  }

  #list(collection: FakeCollection, url: URL, response: ServerResponse): void {
    const { lists, pagesExpire, dripMs, zips } = this.faults;
    const wanted = Number(url.searchParams.get('resourceVersion') ?? 0);
    if (wanted > collection.version && lists === undefined) {
      tooLarge(response, wanted);
      return;
    }
    const cursor = /^(\d+)@(\d+)$/.exec(url.searchParams.get('continue') ?? '');
    const now = lists ?? collection.snapshot();
    const from = Number(cursor?.[1] ?? 0);
    const shown = cursor === null || lists ? now : collection.snapshotAt(Number(cursor[2]));
    if (shown === undefined || (cursor !== null && pagesExpire)) {
      tooOld(response);
      return;
    }
    const limit = Number(url.searchParams.get('limit') ?? 1e9);
    const items = shown.objects.slice(from, from + limit);
    const isLast = from + limit >= shown.objects.length;
    const metadata = {
      resourceVersion: String(shown.version),
      continue: isLast ? '' : `${from + limit}@${shown.version}`,
    };
    const body = JSON.stringify({ kind: 'List', metadata, items });
    if (zips) response.setHeader('content-encoding', 'gzip');
    if (dripMs !== undefined) drip(response, body, dripMs);
    else response.end(zips ? gzipSync(body) : body);
  }

  #watch(collection: FakeCollection, url: URL, response: ServerResponse): void {
    const { streamsNoLists, expiresByEvent, takesFuture, lists } = this.faults;
    const isList = url.searchParams.get('sendInitialEvents') === 'true';
    const from = Number(url.searchParams.get('resourceVersion') ?? 0);
    const isFuture = from > collection.version && lists === undefined;
    const isTooOld = !isList && from < collection.compactedTo;
    if (isList && streamsNoLists) {
      answerStatus(response, { code: 422, message: 'sendInitialEvents is forbidden' });
    } else if (isFuture && (isList || !takesFuture)) {
      tooLarge(response, from);
    } else if (isTooOld && !expiresByEvent) {
      tooOld(response);
    } else {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      const seconds = Number(url.searchParams.get('timeoutSeconds') ?? 60);
      if (isTooOld) response.end(`${JSON.stringify({ type: 'ERROR', object: TOO_OLD })}\n`);
      else if (isFuture) setTimeout(() => response.end(), seconds * 1000).unref();
      else this.#follow(collection, response, { isList, from, seconds });
    }
  }

  #follow(
    collection: FakeCollection,
    response: ServerResponse,
    { isList, from, seconds }: { isList: boolean; from: number; seconds: number },
  ): void {
    const { streamsWithoutEnd, replays = 0, noBookmarks, watchEndsMs, lists } = this.faults;
    const { replaysBeforeList } = this.faults;
    const say = this.#sayer(response);
    if (isList) {
      const shown = lists ?? collection.snapshot();
      for (const object of shown.objects) say({ type: 'ADDED', object });
      if (!streamsWithoutEnd) say({ type: 'BOOKMARK', object: bookmark(shown.version, true) });
    } else {
      const events = replaysBeforeList
        ? collection.since(from - replays)
        : collection.replayed(from, replays);
      for (const { type, object } of events) say({ type, object });
    }
    const follow = ({ type, object }: FakeEvent) => say({ type, object });
    collection.watchers.add(follow);
    const end = () => {
      if (!noBookmarks) say({ type: 'BOOKMARK', object: bookmark(collection.version, false) });
      response.end();
    };
    const timer = setTimeout(end, watchEndsMs ?? seconds * 1000);
    response.on('close', () => {
      clearTimeout(timer);
      collection.watchers.delete(follow);
    });
  }

  #sayer(response: ServerResponse): (event: { type: string; object: object }) => void {
    const { cutAfter, repeats, dripMs } = this.faults;
    let left = cutAfter?.events ?? Number.POSITIVE_INFINITY;
    return (event) => {
      if (response.destroyed || response.writableEnded) return;
      const line = `${JSON.stringify(event)}\n`;
      if (dripMs !== undefined) drip(response, line, dripMs);
      else if (left-- > 0) response.write(repeats ? line + line : line);
      else if (cutAfter?.how === 'end') response.end();
      else if (cutAfter?.how === 'half a line') response.end(line.slice(0, line.length / 2));
      else if (cutAfter?.how === 'garbage') response.end(`${line.slice(0, 9)}\n<html>\n`);
      // What was written before is on its way by then, as it mostly is.
      else setTimeout(() => response.socket?.resetAndDestroy(), 5);
    };
  }
}

/** One octet after the other, for as long as somebody listens. */
function drip(response: ServerResponse, text: string, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    response.write(text.slice(at, ++at));
    if (at < text.length) return;
    clearInterval(timer);
    response.end();
  }, everyMs);
  response.on('close', () => clearInterval(timer));
}

function bookmark(version: number, endsInitial: boolean): object {
  const annotations = endsInitial ? { 'k8s.io/initial-events-end': 'true' } : {};
  return { metadata: { resourceVersion: String(version), annotations } };
}

const TOO_OLD = { code: 410, message: 'too old resource version', reason: 'Expired' } as const;

function tooOld(response: ServerResponse): void {
  answerStatus(response, TOO_OLD);
}

/** As apimachinery's NewTooLargeResourceVersionError says it. */
function tooLarge(response: ServerResponse, version: number): void {
  const details = { causes: [{ reason: 'ResourceVersionTooLarge' }] };
  const message = `Too large resource version: ${version}`;
  answerStatus(response, { code: 504, message, reason: 'Timeout', details });
}

function answerStatus(
  response: ServerResponse,
  said: {
    readonly code: number;
    readonly message: string;
    readonly reason?: string;
    readonly details?: object;
    readonly headers?: Readonly<Record<string, number>>;
  },
): void {
  const { headers, ...status } = said;
  response.writeHead(said.code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ kind: 'Status', ...status }));
}
