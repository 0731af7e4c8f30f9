/**
 * `fedns serve` on a real etcd for stories: keys put by etcdctl as anybody would, answers in a fixed
 * order (so that an unchanged answer is the same octets), limits of time as short as the story needs.
 */

import { type Etcd, startEtcd } from '../../lab/etcd.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { ends, makePlace, type Place, startServe, until } from '../running-fedns.ts';
import { SteadyAsker } from '../steady-asker.ts';

export const PREFIX = '/skydns/com/example';

export interface ServingEtcd {
  readonly place: Place;
  readonly server: RunningProcess;
}

export interface ServingOptions {
  /** What we are told; etcd's own, or a proxy's. */
  readonly urls: readonly string[];
  readonly staleAfterSeconds?: number;
  /** Answers with an address once the zone is loaded. */
  readonly readyName?: string;
  /** More words of the `store` section. */
  readonly store?: object;
  readonly more?: object;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts and waits until the zone is loaded. */
export async function serveFromEtcd(options: ServingOptions): Promise<ServingEtcd> {
  const place = await makePlace({
    more: {
      zones: ['example.com'],
      answers: { order: 'fixed' },
      store: {
        kind: 'etcd',
        urls: options.urls,
        folder: './state',
        staleAfterSeconds: options.staleAfterSeconds ?? 2,
        ...options.store,
      },
      ...options.more,
    },
  });
  const server = await startServe(place, [], options.env);
  const { readyName } = options;
  const isReady = async () =>
    readyName === undefined || /^[\d.]+/.test(await ends(place.port, readyName));
  if (!(await until(isReady, 10_000))) throw new Error(`not loaded: ${server.log().slice(-1500)}`);
  return { place, server };
}

/** Names that a story asks: 20 hosts, one CNAME chain, one of 30 addresses (the big answer). */
export const HOSTS = Array.from({ length: 20 }, (_, index) => `host${index}.example.com`);
const BIG = 'big.example.com';
const ALIAS = 'alias.example.com';
export const ABSENT = ['no1.example.com', 'no2.example.com', 'no3.host1.example.com'];

/** An etcd with the records of those names. */
export async function startFilledEtcd(version: '3.4' | '3.7'): Promise<Etcd> {
  const etcd = await startEtcd({ version });
  await fill(etcd);
  return etcd;
}

export async function fill(etcd: Etcd): Promise<void> {
  const pairs: [string, object][] = HOSTS.map((_, index) => [
    `${PREFIX}/host${index}/leaf`,
    { host: `192.0.2.${index + 1}`, ttl: 60, targetstrip: 1 },
  ]);
  pairs.push([`${PREFIX}/alias/leaf`, { host: 'host1.example.com', ttl: 60, targetstrip: 1 }]);
  for (let index = 1; index <= 30; index++) {
    const entry = { host: `198.51.100.${index}`, ttl: 60, targetstrip: 1 };
    pairs.push([`${PREFIX}/big/leaf${index}`, entry]);
  }
  await putAll(etcd, pairs);
}

/** Puts, or deletes where there is no value, by etcdctl: transactions of 100 keys, as its input reads them. */
export async function putAll(
  etcd: Etcd,
  pairs: readonly (readonly [string, object | string | undefined])[],
): Promise<void> {
  const lines = pairs.map(([key, value]) => {
    if (value === undefined) return `del ${quoted(key)}`;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `put ${quoted(key)} ${quoted(text)}`;
  });
  for (let at = 0; at < lines.length; at += 100) {
    await etcd.ctl(['txn'], `\n${lines.slice(at, at + 100).join('\n')}\n\n\n`);
  }
}

export function put(etcd: Etcd, key: string, value: object): Promise<string> {
  return etcd.ctl(['put', key, JSON.stringify(value)]);
}

/** The usual load: 80 % hits, 5 % of them big, 15 % NXDOMAIN, and 20 a second over TCP. */
export function standardLoad(place: Place): SteadyAsker {
  const load = new SteadyAsker({
    port: place.port,
    perSecond: 1000,
    names: [...HOSTS.slice(0, 18), ALIAS, BIG],
    absentNames: ABSENT,
    tcpPerSecond: 20,
  });
  load.start();
  return load;
}

/** Lines of our JSON log at warn and above, and how many a second over a time. */
export function logLineCount(server: RunningProcess): number {
  return server.log().split('\n').length - 1;
}

/** The first `count` names of a kind, each with its address: what `matching` compares. */
export function numbered(kind: string, count: number, network: string): Map<string, string> {
  return new Map(
    Array.from({ length: count }, (_, index) => [
      `${kind}${index}.example.com`,
      `${network}.${index >> 8}.${index & 255}`,
    ]),
  );
}

/** Key and value of a name of `numbered`. */
export function pairOf([name, host]: readonly [string, string]): [string, object] {
  const label = name.split('.')[0] ?? '';
  return [`${PREFIX}/${label}/leaf`, { host, ttl: 60, targetstrip: 1 }];
}

/** How many of these names answer just as wanted: addresses, or an rcode. */
export async function matchingCount(
  place: Place,
  wanted: ReadonlyMap<string, string>,
): Promise<number> {
  const names = [...wanted];
  let count = 0;
  for (let at = 0; at < names.length; at += 50) {
    const found = await Promise.all(
      names.slice(at, at + 50).map(async ([name, want]) => (await ends(place.port, name)) === want),
    );
    count += found.filter((isSame) => isSame).length;
  }
  return count;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, (char) => `\\${char}`)}"`;
}
