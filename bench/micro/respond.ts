/**
 * What one answer costs in one thread: `respond` alone, no sockets. A zone of 10,000 service names
 * asked 70 % hits, 10 % CNAME chains, 10 % NODATA, 10 % NXDOMAIN; each kind by itself and mixed.
 * Also what an applied change costs and what 100,000 names weigh. Prints; asserts nothing.
 */

import { RRType } from '../../src/dns/codes.ts';
import { parseName } from '../../src/dns/name.ts';
import { makeA, makeCname, makeSoa } from '../../src/dns/rdata/index.ts';
import { makeRRset } from '../../src/dns/rrset.ts';
import type { RRsetChange } from '../../src/dns/rrset-change.ts';
import { encodeMessage } from '../../src/dns/wire/message.ts';
import { buildImage, startEdit } from '../../src/zone/build.ts';
import { BlockSpace } from '../../src/zone/content/block-space.ts';
import { makeQueryContext } from '../../src/zone/query-context.ts';
import { respond } from '../../src/zone/respond.ts';
import { makeZones } from '../../src/zone/zones.ts';

const ROUNDS = 7;
const QUERIES = 100_000;
const APEX = parseName('example.com.');

function servicesOf(count: number): RRsetChange[] {
  const changes: RRsetChange[] = [];
  for (let at = 0; at < count; at++) {
    const global = parseName(`service-${at}.default.federation.svc.example.com.`);
    const isAlias = at % 8 === 7;
    const target = parseName(`service-${at - 1}.default.federation.svc.example.com.`);
    const rdatas = isAlias
      ? [makeCname(target)]
      : [makeA(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`), makeA('192.0.2.1')];
    const type = isAlias ? RRType.CNAME : RRType.A;
    changes.push({ owner: global, rrsets: [makeRRset(global, type, { ttlSeconds: 180, rdatas })] });
  }
  return changes;
}

const soa: RRsetChange = {
  owner: APEX,
  rrsets: [
    makeRRset(APEX, RRType.SOA, {
      ttlSeconds: 30,
      rdatas: [
        makeSoa({
          mname: parseName('ns.dns.example.com.'),
          rname: parseName('hostmaster.example.com.'),
          serial: 1,
          refresh: 7200,
          retry: 1800,
          expire: 86400,
          minimum: 30,
        }),
      ],
    }),
  ],
};

function queryFor(text: string, type: number): Uint8Array {
  return encodeMessage({
    id: 1,
    flags: 0x100,
    questions: [{ name: parseName(text), type, class: 1 }],
    answers: [],
    authorities: [],
    additionals: [],
    edns: { udpOctets: 1232, extendedRcode: 0, version: 0, hasDo: false, options: [] },
  });
}

/** A service that holds addresses (`isAlias`: one that is an alias) near `at`. */
const serviceName = (at: number, isAlias: boolean) =>
  `service-${(at % 1250) * 8 + (isAlias ? 7 : at % 7)}.default.federation.svc.example.com.`;

const queries = {
  hit: (at: number) => queryFor(serviceName(at * 7, false), RRType.A),
  chain: (at: number) => queryFor(serviceName(at, true), RRType.A),
  nodata: (at: number) => queryFor(serviceName(at * 7, false), RRType.AAAA),
  nxdomain: (at: number) => queryFor(`no-${at}.default.federation.svc.example.com.`, RRType.A),
  refused: (at: number) => queryFor(`www-${at}.example.net.`, RRType.A),
};

function mixed(at: number): Uint8Array {
  const kind = at % 10;
  if (kind < 7) return queries.hit(at);
  if (kind === 7) return queries.chain(at);
  return kind === 8 ? queries.nodata(at) : queries.nxdomain(at);
}

const image = buildImage(APEX, [soa, ...servicesOf(10_000)], 1);
const zones = makeZones([{ apex: APEX, image }]);
const out = new Uint8Array(65535);
const context = makeQueryContext('udp', 1232);

function measure(title: string, make: (at: number) => Uint8Array): void {
  const set = Array.from({ length: 5000 }, (_, at) => make(at));
  let best = Number.POSITIVE_INFINITY;
  let octets = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let at = 0; at < QUERIES; at++) {
      context.random = at;
      octets += respond(zones, set[at % set.length] as Uint8Array, context, out);
    }
    best = Math.min(best, ((performance.now() - start) * 1000) / QUERIES);
  }
  const size = octets / ROUNDS / QUERIES;
  console.log(`${title.padEnd(10)}${best.toFixed(3)} us   ${size.toFixed(0)} octets`);
}

// The mix comes first and last: the first has not yet seen the other kinds' shapes.
measure('mixed', mixed);
for (const [title, make] of Object.entries(queries)) measure(title, make);
measure('mixed', mixed);

const changes = servicesOf(100_000);
globalThis.gc?.();
const before = process.memoryUsage();
let start = performance.now();
const space = new BlockSpace();
let large = buildImage(APEX, [soa, ...changes], 1, space);
console.log(`build of 100,000 names: ${(performance.now() - start).toFixed(0)} ms`);
globalThis.gc?.();
const after = process.memoryUsage();
const growth = (after.heapUsed - before.heapUsed) / 2 ** 20;
const shared = space.takenOctets / 2 ** 20;
console.log(`its memory: heap ${growth.toFixed(0)} MiB + shared ${shared.toFixed(0)} MiB`);
const times: number[] = [];
for (let round = 0; round < 50; round++) {
  const some = Array.from({ length: 500 }, (_, at) => changes[(at * 7919 + round) % 100_000]);
  start = performance.now();
  const edit = startEdit(large, space);
  for (const change of some as RRsetChange[]) edit.add(change);
  large = edit.finish(round + 2);
  for (const block of large.retired) space.free(block);
  times.push(performance.now() - start);
}
times.sort((left, right) => left - right);
console.log(
  `apply of 500 changes: median ${times[25]?.toFixed(2)} ms, worst ${times.at(-1)?.toFixed(2)} ms`,
);
