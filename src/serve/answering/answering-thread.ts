/**
 * The answering thread: what runs in each worker. Sockets, the served zones, nothing else. Takes
 * FeedMessages and listen orders from the main thread, tells it what was applied and bound.
 */

import { getRandomValues } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { DomainName } from '../../dns/name.ts';
import { seedNameHash } from '../../dns/wire/name-key.ts';
import { assertDefined } from '../../runtime/assert.ts';
import { giveBackHeap } from '../../runtime/heap-keeper.ts';
import { applyChanges, withFallbackRules } from '../../zone/apply.ts';
import { type ImageBuild, startBuild } from '../../zone/build.ts';
import type { ZoneImage } from '../../zone/image.ts';
import type { QueryReport } from '../../zone/query-context.ts';
import { makeZones, withImage } from '../../zone/zones.ts';
import type { FeedMessage } from '../image-feed.ts';
import { textOfAddress } from './address-octets.ts';
import { Answerer, type Asker } from './answerer.ts';
import { CookieJar } from './cookies.ts';
import { exemptions } from './exemptions.ts';
import { HEAP_GIVEN_BACK_NODES } from './limits.ts';
import { OrderTurns } from './order-turns.ts';
import { PROTOCOLS, QueryCounters } from './query-counters.ts';
import { RateLimit, type RateLimitSettings } from './rate-limit.ts';
import { TcpListener, type TcpSettings } from './tcp.ts';
import { type BoundAddress, UdpListener } from './udp.ts';

/** What a thread is started with. */
export interface ThreadStart {
  readonly apexes: readonly DomainName[];
  /** Those whose questions may hold `*` and `any`. */
  readonly subtreeApexes: readonly DomainName[];
  readonly counters: SharedArrayBuffer;
  readonly rateLimitTable: SharedArrayBuffer;
  readonly rateLimit: RateLimitSettings;
  readonly rateLimitSeed: number;
  /** CIDRs never rate limited. */
  readonly exemptNetworks: readonly string[];
  readonly cookieSecrets: readonly Uint8Array[];
  readonly order: 'rotate' | 'shuffle' | 'fixed';
  readonly nsid: Uint8Array;
  readonly udpOctetsMax: number;
  readonly tcp: TcpSettings;
}

export type ThreadOrder =
  | { readonly kind: 'feed'; readonly message: FeedMessage }
  | { readonly kind: 'bind'; readonly id: number; readonly bound: BoundAddress }
  | {
      readonly kind: 'unbind';
      readonly id: number;
      readonly bound: BoundAddress;
      readonly drainMs: number;
    }
  | { readonly kind: 'sample'; readonly every: number }
  | { readonly kind: 'cookie-secrets'; readonly secrets: readonly Uint8Array[] }
  /** Test hook: a thread takes no signal, so its death is ordered. */
  | { readonly kind: 'throw' };

export type ThreadReport =
  /** One slice of a zone is in the image begun; the next may come. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'applied'; readonly generation: number }
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

// Before anything is hashed: whoever writes names cannot choose ones that collide here.
seedNameHash(getRandomValues(new Uint32Array(1))[0] ?? 0);

const start = workerData as ThreadStart;
const port = assertDefined(parentPort, 'an answering thread has a parent');
const counters = new QueryCounters(start.apexes.length, start.counters);
const cookies = new CookieJar(...secretPair(start.cookieSecrets));
const answerer = new Answerer(makeZones(start.apexes.map((apex) => ({ apex, image: undefined }))), {
  cookies,
  counters,
  rateLimit: new RateLimit(start.rateLimitTable, start.rateLimit, start.rateLimitSeed),
  isExempt: exemptions(start.exemptNetworks),
  settings: { ...start, tcpIdleMs: start.tcp.idleMs },
});
const listeners = new Map<string, { udp: UdpListener; tcp: TcpListener }>();
const images = new Map<DomainName, ZoneImage>();
const builds = new Map<DomainName, ImageBuild>();
/** All orders, so that a new thread binds only after it was fed. */
const turns = new OrderTurns(obey);

setInterval(() => answerer.tick(Math.floor(Date.now() / 1000)), 1000);
port.on('message', (order: ThreadOrder) => turns.put(order));

function obey(order: ThreadOrder): void {
  switch (order.kind) {
    case 'feed':
      feed(order.message);
      return;
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
    case 'cookie-secrets':
      cookies.replace(...secretPair(order.secrets));
      return;
    case 'throw':
      throw new Error('thread told to throw');
    default:
      order satisfies never;
  }
}

function feed(message: FeedMessage): void {
  switch (message.kind) {
    case 'begin': {
      const build = startBuild(message.apex);
      build.setFallbackRules(message.rules);
      if (start.subtreeApexes.includes(message.apex)) build.allowQueryWildcards();
      builds.set(message.apex, build);
      return;
    }
    case 'rules': {
      const image = assertDefined(images.get(message.apex), 'rules follow publish');
      const next = withFallbackRules(image, message.rules, message.serial);
      serveImage(message.apex, next, message.generation);
      return;
    }
    case 'slice':
      builds.get(message.apex)?.add(message.changes);
      report({ kind: 'taken' });
      return;
    case 'publish': {
      const build = assertDefined(builds.get(message.apex), 'publish follows begin');
      builds.delete(message.apex);
      const image = build.finish(message.serial);
      // Once, before anybody is answered from it: later the pause would be seen.
      if (!images.has(message.apex) && image.table.nodeCount >= HEAP_GIVEN_BACK_NODES) {
        giveBackHeap();
      }
      serveImage(message.apex, image, message.generation);
      return;
    }
    case 'changes': {
      const image = assertDefined(images.get(message.apex), 'changes follow publish');
      const next = applyChanges(image, message.changes, message.serial);
      serveImage(message.apex, next, message.generation);
      return;
    }
    case 'stale':
      answerer.isStale = message.isStale;
      return;
    default:
      message satisfies never;
  }
}

function serveImage(apex: DomainName, image: ZoneImage, generation: number): void {
  images.set(apex, image);
  answerer.zones = withImage(answerer.zones, image);
  report({ kind: 'applied', generation });
}

function tell(answered: Readonly<QueryReport>, asker: Asker): void {
  const { name, type, rcode } = answered;
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
