/**
 * An HTTPS proxy on loopback in front of one API server: what matches is refused, never answered, or
 * answered as of an earlier time, as long as that is injected; all else passes. Every request is on
 * record. Where fault-proxy.ts breaks connections, this one breaks single requests.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type ApiPath, readApiPath } from './api-path.ts';
import { makeCertificates } from './obtain/certificates.ts';
import { temporaryFolder } from './process.ts';

export interface ApiRequest extends ApiPath {
  readonly method: string;
  readonly isWatch: boolean;
  /** Monotonic, ms. */
  readonly atMs: number;
  /** Of the answer; undefined: none yet. */
  status: number | undefined;
}

export type ApiFault =
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly reason?: string;
      readonly retryAfterS?: number;
    }
  /** Its connection is cut once the fault is over. */
  | { readonly kind: 'not answered' }
  /** Lists and single objects as they were at this resource version; of a watch nothing is heard. */
  | { readonly kind: 'past'; readonly version: string };

export interface ApiProxy {
  /** As the one that was given, through the proxy. */
  readonly kubeconfigPath: string;
  readonly requests: readonly ApiRequest[];
  /** Of all that match the first injected counts. Gives what ends it. */
  inject(matches: (request: ApiRequest) => boolean, fault: ApiFault): () => void;
  /** Past the proxy, and not on record; as whom the kubeconfig says. */
  ask(method: string, path: string, body?: object): Promise<ApiAnswer>;
  stop(): Promise<void>;
}

export interface ApiAnswer {
  readonly status: number;
  /** JSON as it is, or text. */
  readonly body: unknown;
}

interface Injected {
  readonly matches: (request: ApiRequest) => boolean;
  readonly fault: ApiFault;
  /** Those that wait for its end. */
  readonly waiting: Set<ServerResponse>;
}

export async function startApiProxy(kubeconfigPath: string): Promise<ApiProxy> {
  const folder = temporaryFolder('api-proxy');
  const certificates = await makeCertificates(folder);
  const kubeconfig = parse(readFileSync(kubeconfigPath, 'utf8'));
  const { cluster } = kubeconfig.clusters[0];
  const { token } = kubeconfig.users[0].user;
  const authority = Buffer.from(cluster['certificate-authority-data'], 'base64').toString();
  const behind = new Behind(cluster.server, authority);
  const state: State = { behind, requests: [], injections: [], watches: new Map() };
  const options = {
    cert: readFileSync(certificates.serverCert),
    key: readFileSync(certificates.serverKey),
  };
  const listener = createServer(options, (incoming, response) => {
    incoming.on('error', () => response.destroy());
    response.on('error', () => undefined);
    answer(state, incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  cluster.server = `https://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  cluster['certificate-authority-data'] = readFileSync(certificates.ca).toString('base64');
  const ownKubeconfig = join(folder, 'kubeconfig');
  writeFileSync(ownKubeconfig, stringify(kubeconfig), { mode: 0o600 });
  return {
    kubeconfigPath: ownKubeconfig,
    requests: state.requests,
    inject: (matches, fault) => inject(state, matches, fault),
    ask: (method, path, body) => behind.askAs(token, { method, path, body }),
    async stop() {
      listener.closeAllConnections();
      behind.close();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
}

interface State {
  readonly behind: Behind;
  readonly requests: ApiRequest[];
  readonly injections: Injected[];
  /** Those that are open. */
  readonly watches: Map<ApiRequest, IncomingMessage>;
}

function inject(state: State, matches: Injected['matches'], fault: ApiFault): () => void {
  const injected: Injected = { matches, fault, waiting: new Set() };
  state.injections.push(injected);
  const open = [...state.watches].filter(([request]) => matches(request));
  // What is open already falls silent: a watch that lags.
  if (fault.kind === 'past') for (const [, upstream] of open) upstream.pause();
  return () => {
    const at = state.injections.indexOf(injected);
    if (at >= 0) state.injections.splice(at, 1);
    for (const response of injected.waiting) response.destroy();
    for (const [, upstream] of open) upstream.resume();
  };
}

async function answer(
  state: State,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readWhole(incoming);
  const path = readApiPath(incoming.url ?? '/', body);
  const { method = 'GET' } = incoming;
  const isWatch = path.query.get('watch') === 'true';
  const atMs = performance.now();
  const request: ApiRequest = { ...path, method, isWatch, atMs, status: undefined };
  state.requests.push(request);
  response.on('finish', () => {
    request.status = response.statusCode;
  });
  const injected = state.injections.find(({ matches }) => matches(request));
  if (injected === undefined) return await pass(state, request, { incoming, body, response });
  const { fault, waiting } = injected;
  switch (fault.kind) {
    case 'refused':
      return refuse(response, fault);
    case 'not answered':
      waiting.add(response);
      return;
    case 'past':
      if (method !== 'GET') return await pass(state, request, { incoming, body, response });
      // A list by watch cannot be had of the past: it is read in pages instead.
      if (path.query.has('sendInitialEvents')) return refuse(response, { status: 400 });
      if (!isWatch) {
        return sendJson(response, await state.behind.past(request, incoming, fault.version));
      }
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      waiting.add(response);
      return;
    default:
      return fault satisfies never;
  }
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  readonly response: ServerResponse;
}

async function pass(
  { behind, watches }: State,
  request: ApiRequest,
  { incoming, body, response }: Exchange,
): Promise<void> {
  const upstream = await behind.ask(incoming, body);
  request.status = upstream.statusCode;
  if (request.isWatch) watches.set(request, upstream);
  response.on('close', () => {
    watches.delete(request);
    upstream.destroy();
  });
  response.writeHead(upstream.statusCode ?? 502, endToEnd(upstream.headers));
  response.flushHeaders();
  // No pipe: it would wake a watch that is to be silent.
  upstream.on('data', (chunk) => response.write(chunk));
  upstream.on('end', () => response.end());
  upstream.on('close', () => {
    if (!upstream.complete) response.destroy();
  });
}

/** The API server itself. */
class Behind {
  readonly #server: string;
  readonly #agent: Agent;

  constructor(server: string, ca: string) {
    this.#server = server;
    this.#agent = new Agent({ ca, keepAlive: true });
  }

  close(): void {
    this.#agent.destroy();
  }

  ask(
    { method, url, headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
    body: Buffer,
  ): Promise<IncomingMessage> {
    const { host: _host, ...rest } = endToEnd(headers);
    return new Promise((resolve, reject) => {
      const options = { method, headers: rest, agent: this.#agent };
      const asked = httpsRequest(`${this.#server}${url}`, options, resolve);
      asked.on('error', reject);
      asked.end(body);
    });
  }

  async askAs(
    token: string,
    { method, path, body }: { method: string; path: string; body?: object | undefined },
  ): Promise<ApiAnswer> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };
    const bytes = Buffer.from(body === undefined ? '' : JSON.stringify(body));
    const sized = { ...headers, 'content-length': String(bytes.length) };
    const answered = await this.ask({ method, url: path, headers: sized }, bytes);
    const text = (await readWhole(answered)).toString('utf8');
    const isJson = String(answered.headers['content-type']).startsWith('application/json');
    return { status: answered.statusCode ?? 0, body: isJson ? JSON.parse(text) : text };
  }

  /** A list of the past, or one object of it. */
  async past(
    request: ApiRequest,
    { headers }: IncomingMessage,
    version: string,
  ): Promise<ApiAnswer> {
    const { collection, objectName, isObject } = request;
    const query = new URLSearchParams(request.query);
    // A further page is of the version that the first was of.
    if (!query.has('continue')) {
      query.set('resourceVersion', version);
      query.set('resourceVersionMatch', 'Exact');
    }
    if (isObject) query.set('fieldSelector', `metadata.name=${objectName}`);
    const { 'accept-encoding': _encoding, ...rest } = headers;
    const url = `${collection}?${query}`;
    const answered = await this.ask({ method: 'GET', url, headers: rest }, Buffer.alloc(0));
    const body = JSON.parse((await readWhole(answered)).toString('utf8'));
    const status = answered.statusCode ?? 500;
    if (!isObject || status !== 200) return { status, body };
    const [found] = body.items;
    if (found === undefined) return { status: 404, body: statusObject(404, 'NotFound') };
    const kind = String(body.kind).replace(/List$/, '');
    return { status, body: { apiVersion: body.apiVersion, kind, ...found } };
  }
}

async function readWhole(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Without those that are of one connection (RFC 9110 section 7.6.1). */
function endToEnd<T extends object>(headers: T): Omit<T, 'connection'> {
  const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding']);
  const entries = Object.entries(headers).filter(([name]) => !ofConnection.has(name));
  return Object.fromEntries(entries) as Omit<T, 'connection'>;
}

function statusObject(code: number, reason: string): object {
  const message = `injected: ${code}`;
  return { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message };
}

function refuse(
  response: ServerResponse,
  { status, reason = '', retryAfterS }: Omit<Extract<ApiFault, { kind: 'refused' }>, 'kind'>,
): void {
  if (retryAfterS !== undefined) response.setHeader('retry-after', String(retryAfterS));
  sendJson(response, { status, body: statusObject(status, reason) });
}

function sendJson(response: ServerResponse, { status, body }: ApiAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
