/**
 * The answering thread: what runs in each worker. Sockets and answers from the shared images,
 * nothing else. Takes listen orders from the main thread, tells it what was bound.
 */

import { parentPort, workerData } from 'node:worker_threads';
import type { DomainName } from '../../dns/name.ts';
import { seedNameHash } from '../../dns/wire/name-key.ts';
import { assertDefined } from '../../runtime/assert.ts';
import { EventLoopDelay } from '../../runtime/thread/event-loop-delay.ts';
import { nameOf } from '../../zone/content/flat-node.ts';
import { ImageMemory } from '../../zone/content/image-memory.ts';
import type { QueryReport } from '../../zone/query-context.ts';
import { makeZones } from '../../zone/zones.ts';
import { textOfAddress } from './address-octets.ts';
import { Answerer } from './answerer.ts';
import type { Asker } from './asker.ts';
import { CookieJar } from './cookies.ts';
import { exemptions } from './exemptions.ts';
import { LOOP_DELAY_COVERS_MS } from './limits.ts';
import { PROTOCOLS, QueryCounters } from './query-counters.ts';
import { RateLimit, type RateLimitSettings } from './rate-limit.ts';
import { ServedImages } from './served-images.ts';
import { TcpListener, type TcpSettings } from './tcp.ts';
import { type BoundAddress, UdpListener } from './udp.ts';
import { type WhyQuestion, WhyQuestions } from './why-questions.ts';

/** What a thread is started with. */
export interface ThreadStart {
  readonly apexes: readonly DomainName[];
  /** Memory of the images; what the writer hashes names with; this thread's number among readers. */
  readonly images: SharedArrayBuffer;
  readonly nameHashSeed: number;
  readonly reader: number;
  readonly counters: SharedArrayBuffer;
  readonly rateLimitTable: SharedArrayBuffer;
  readonly rateLimit: RateLimitSettings;
  readonly rateLimitSeed: number;
  /** CIDRs never rate limited. */
  readonly exemptNetworks: readonly string[];
  /** CIDRs of clients that may ask why. */
  readonly whyNetworks: readonly string[];
  readonly cookieSecrets: readonly Uint8Array[];
  readonly order: 'rotate' | 'shuffle' | 'fixed';
  readonly nsid: Uint8Array;
  readonly udpOctetsMax: number;
  readonly tcp: TcpSettings;
}

export type ThreadOrder =
  | { readonly kind: 'bind'; readonly id: number; readonly bound: BoundAddress }
  | {
      readonly kind: 'unbind';
      readonly id: number;
      readonly bound: BoundAddress;
      readonly drainMs: number;
    }
  | { readonly kind: 'sample'; readonly every: number }
  | { readonly kind: 'why'; readonly id: number; readonly answer: Uint8Array | undefined }
  | { readonly kind: 'cookie-secrets'; readonly secrets: readonly Uint8Array[] }
  /** Test hook: a thread takes no signal, so its death is ordered. */
  | { readonly kind: 'throw' };

export type ThreadReport =
  | { readonly kind: 'why'; readonly question: WhyQuestion }
  | { readonly kind: 'sampled'; readonly query: SampledQuery }
  | { readonly kind: 'bound'; readonly id: number; readonly error: BindError | undefined };

/** A query that was answered, as the query log and `top` show it. */
export interface SampledQuery {
  readonly address: string;
  readonly protocol: string;
  /** Name of the rate-limit bucket: the asked name, or the apex for negatives and wildcards. */
  readonly name: DomainName;
  readonly type: number;
  readonly rcode: number;
}

export interface BindError {
  readonly code: string;
  readonly message: string;
}

const start = workerData as ThreadStart;
// Before anything is hashed.
seedNameHash(start.nameHashSeed);
const port = assertDefined(parentPort, 'an answering thread has a parent');
const counters = new QueryCounters(start.apexes.length, start.counters);
const cookies = new CookieJar(...secretPair(start.cookieSecrets));
const zones = makeZones(start.apexes.map((apex) => ({ apex, image: undefined })));
const images = new ServedImages(new ImageMemory(start.images), start.reader, zones);
const whys = new WhyQuestions(exemptions(start.whyNetworks), (question) =>
  report({ kind: 'why', question }),
);
const answerer = new Answerer(images, {
  whys,
  cookies,
  counters,
  rateLimit: new RateLimit(start.rateLimitTable, start.rateLimit, start.rateLimitSeed),
  isExempt: exemptions(start.exemptNetworks),
  settings: { ...start, tcpIdleMs: start.tcp.idleMs },
});
const listeners = new Map<string, { udp: UdpListener; tcp: TcpListener }>();

const loopDelay = new EventLoopDelay();
setInterval(everySecond, 1000);
setInterval(() => loopDelay.reset(), LOOP_DELAY_COVERS_MS);
port.on('message', obey);

function everySecond(): void {
  answerer.tick(Math.floor(Date.now() / 1000));
  const { p99Seconds, maxSeconds } = loopDelay.read();
  counters.set('loopDelayP99Seconds', p99Seconds);
  counters.set('loopDelayMaxSeconds', maxSeconds);
}

function obey(order: ThreadOrder): void {
  switch (order.kind) {
    case 'bind':
      void bind(order.bound).then((error) => report({ kind: 'bound', id: order.id, error }));
      return;
    case 'unbind':
      void unbind(order.bound, order.drainMs).then((error) =>
        report({ kind: 'bound', id: order.id, error }),
      );
      return;
    case 'sample':
      answerer.sampling = { every: order.every, tell };
      return;
    case 'why':
      whys.answered(order.id, order.answer);
      return;
    case 'cookie-secrets':
      cookies.replace(...secretPair(order.secrets));
      return;
    case 'throw':
      throw new Error('thread told to throw');
    default:
      order satisfies never;
  }
}

function tell(answered: Readonly<QueryReport>, asker: Asker): void {
  const { type, rcode } = answered;
  const name = nameOf(answered.nameOctets, answered.nameAt);
  const protocol = PROTOCOLS[asker.protocol] ?? '';
  const address = textOfAddress(asker.address);
  report({ kind: 'sampled', query: { address, protocol, name, type, rcode } });
}

async function bind(bound: BoundAddress): Promise<BindError | undefined> {
  const udp = new UdpListener(bound, answerer, counters);
  const tcp = new TcpListener(bound, { answerer, counters }, start.tcp);
  try {
    await udp.start();
    await tcp.start();
    listeners.set(keyOf(bound), { udp, tcp });
    return undefined;
  } catch (error) {
    await udp.stop().catch(() => undefined);
    return bindError(error);
  }
}

async function unbind(bound: BoundAddress, drainMs: number): Promise<BindError | undefined> {
  const listener = listeners.get(keyOf(bound));
  listeners.delete(keyOf(bound));
  if (listener === undefined) return undefined;
  try {
    await Promise.all([listener.udp.stop(), listener.tcp.stop(drainMs)]);
    return undefined;
  } catch (error) {
    return bindError(error);
  }
}

function bindError(error: unknown): BindError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  return { code, message: error instanceof Error ? error.message : String(error) };
}

function keyOf(bound: BoundAddress): string {
  return `${bound.address} ${bound.port}`;
}

function secretPair(secrets: readonly Uint8Array[]): [Uint8Array, Uint8Array?] {
  const current = assertDefined(secrets[0], 'a thread is given a cookie secret');
  const previous = secrets[1];
  return previous === undefined ? [current] : [current, previous];
}

function report(message: ThreadReport): void {
  port.postMessage(message);
}
