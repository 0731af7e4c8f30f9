/**
 * dns2 as a server of the same zone: the peer that a project on Node would have taken. A Map holds
 * the names with their records ready made; all else is dns2's own. `dns2-server.ts PORT COUNT`.
 */

import DNS from 'dns2';
import { APEX, serviceNames } from '../service-zone.ts';

const { Packet } = DNS;
const CHAIN_MAX = 16;
const NXDOMAIN = 3;
type Resource = ReturnType<typeof Packet.createResourceFromQuestion>;

interface Held {
  readonly records: readonly Resource[];
  /** What an alias stands for. */
  readonly target: string | undefined;
}

const zone = new Map<string, Held>();
for (const { name, type, hosts } of serviceNames(Number(process.argv[3]))) {
  const records = hosts.map((host) =>
    resource(name, type, type === 'A' ? { address: host } : { domain: host }),
  );
  zone.set(name, { records, target: type === 'CNAME' ? hosts[0] : undefined });
}
const soa = resource(APEX, 'SOA', {
  primary: `ns.dns.${APEX}`,
  admin: `hostmaster.${APEX}`,
  serial: 1,
  refresh: 7200,
  retry: 1800,
  expiration: 86_400,
  minimum: 30,
});

const server = DNS.createServer({
  udp: true,
  handle: (request, send) => {
    const response = Packet.createResponseFromRequest(request);
    const question = request.questions[0];
    response.header.aa = 1;
    let held = zone.get(question?.name ?? '');
    if (held === undefined && question?.name !== APEX) response.header.rcode = NXDOMAIN;
    for (let step = 0; step < CHAIN_MAX && held?.target !== undefined; step++) {
      response.answers.push(...held.records);
      held = zone.get(held.target);
    }
    if (held !== undefined && question?.type === Packet.TYPE.A) {
      response.answers.push(...held.records);
    }
    if (response.answers.length === 0) response.authorities.push(soa);
    send(response);
  },
});

function resource(name: string, type: 'A' | 'CNAME' | 'SOA', data: Partial<Resource>): Resource {
  const ttl = type === 'SOA' ? 30 : 180;
  const base = new Packet.Question(name, Packet.TYPE[type], Packet.CLASS.IN);
  return Packet.createResourceFromQuestion(base, { ...data, ttl });
}

await server.listen({ udp: { port: Number(process.argv[2]), address: '127.0.0.1' } });
