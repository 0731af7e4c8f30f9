/**
 * The control: the same answers over the same sockets, but on the thread that also parses, as a
 * server without answering threads would do it. `same-thread-server.ts PORT`; parses from SIGUSR2 on.
 */

import { createSocket } from 'node:dgram';
import { parseName } from '../../src/dns/name.ts';
import { makeSoa } from '../../src/dns/rdata/index.ts';
import { makeRRset } from '../../src/dns/rrset.ts';
import { buildImage } from '../../src/zone/build.ts';
import { makeQueryContext } from '../../src/zone/query-context.ts';
import { respond } from '../../src/zone/respond.ts';
import { makeZones } from '../../src/zone/zones.ts';
import { APEX, changeOf, NAMES, serviceNames, TTL_SECONDS } from '../service-zone.ts';
import { largeJson } from './large-json.ts';

const SOA_TYPE = 6;
const apex = parseName(`${APEX}.`);
const soa = makeSoa({
  mname: parseName(`ns.dns.${APEX}.`),
  rname: parseName(`hostmaster.${APEX}.`),
  serial: 1,
  refresh: 7200,
  retry: 1800,
  expire: 86_400,
  minimum: 30,
});
const services = [...serviceNames(NAMES)].map((service) => changeOf(service, TTL_SECONDS));
const own = { owner: apex, rrsets: [makeRRset(apex, SOA_TYPE, { ttlSeconds: 30, rdatas: [soa] })] };
const zones = makeZones([{ apex, image: buildImage(apex, [own, ...services], 1) }]);
const context = makeQueryContext('udp', 1232);
const out = Buffer.alloc(65_535);
const text = largeJson();

const socket = createSocket('udp4');
socket.on('message', (query, from) => {
  const length = respond(zones, query, context, out);
  if (length > 0) socket.send(Buffer.from(out.subarray(0, length)), from.port, from.address);
});
socket.bind(Number(process.argv[2]), '127.0.0.1');
process.once('SIGUSR2', parseAgain);

function parseAgain(): void {
  JSON.parse(text);
  setImmediate(parseAgain);
}
