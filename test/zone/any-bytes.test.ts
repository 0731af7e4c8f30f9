/** Total on any bytes; and what we write is read by two decoders that are not ours. */

import { createRequire } from 'node:module';
import { decode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../../src/dns/wire/message.ts';
import { makeQueryContext } from '../../src/zone/query-context.ts';
import { respond } from '../../src/zone/respond.ts';
import { ask, queryOctets } from '../support/asking.ts';
import { zones } from '../support/records.ts';

const { Packet } = createRequire(import.meta.url)('dns2') as typeof import('dns2');

const served = zones({
  'example.com.': `
    example.com. NS ns.example.com.
    ns.example.com. A 192.0.2.53
    web.example.com. A 192.0.2.1
    web.example.com. AAAA 2001:db8::1
    alias.example.com. CNAME web.example.com.
    *.w.example.com. MX 3 web.example.com.
    _a._tcp.example.com. SRV 1 2 3 web.example.com.
    t.example.com. TXT "one" "two"
    sub.example.com. NS ns.sub.example.com.
    ns.sub.example.com. A 192.0.2.54
    ptr.example.com. PTR web.example.com.
    caa.example.com. CAA 0 issue "ca.example.net"
  `,
});
const NAMES = ['', 'web.', 'alias.', 'x.w.', '_a._tcp.', 't.', 'x.sub.', 'no.', 'ptr.', 'caa.'];
const TYPES = ['A', 'AAAA', 'NS', 'SOA', 'MX', 'SRV', 'TXT', 'PTR', 'CAA', 'ANY', 'DS'];

function survives(octets: Uint8Array, transport: 'udp' | 'tcp'): void {
  const out = new Uint8Array(65535);
  const context = makeQueryContext(transport, 1232);
  context.cookieReply = (option) => ({ kind: 'none', option });
  const length = respond(served, octets, context, out);
  if (length === 0) return;
  expect(length).toBeGreaterThanOrEqual(12);
  expect(length).toBeLessThanOrEqual(transport === 'udp' ? 1232 : 65535);
  const message = decodeMessage(out.slice(0, length));
  expect(message.id).toBe(((octets[0] ?? 0) << 8) | (octets[1] ?? 0));
  expect(message.flags & 0x8000).toBe(0x8000);
}

describe('any bytes', () => {
  test('random octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.constantFrom('udp', 'tcp'), survives),
      { numRuns: 3000 },
    );
  });

  test('good queries with octets changed, cut and added', () => {
    const mutation = fc.record({
      name: fc.constantFrom(...NAMES),
      type: fc.constantFrom(...TYPES),
      hasEdns: fc.boolean(),
      changes: fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
      cut: fc.option(fc.nat(60), { nil: undefined }),
      tail: fc.uint8Array({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(mutation, ({ name, type, hasEdns, changes, cut, tail }) => {
        const edns = { options: [{ code: 10, data: '12345678' }] };
        const query = queryOctets(`${name}example.com. ${type}`, hasEdns ? { edns } : {});
        const octets = Uint8Array.from([...query.slice(0, cut), ...tail]);
        for (const [offset, value] of changes) if (offset < octets.length) octets[offset] = value;
        survives(octets, 'udp');
      }),
      { numRuns: 5000 },
    );
  });
});

test('dns-packet and dns2 read every reply', () => {
  for (const name of NAMES) {
    for (const type of TYPES) {
      for (const options of [{}, { edns: { hasDo: true } }]) {
        const reply = ask(served, `${name}example.com. ${type}`, options);
        const octets = Buffer.from(reply.octets);
        const first = decode(octets);
        const second = Packet.parse(octets);
        expect(second.errors).toEqual([]);
        const counts = [reply.answer.length, reply.authority.length];
        expect([first.answers?.length, first.authorities?.length]).toEqual(counts);
        expect([second.answers.length, second.authorities.length]).toEqual(counts);
        const text = (owner: string) => owner.replace(/\.$/, '');
        const owners = reply.answer.map((line) => text(line.split(' ')[0] as string));
        expect(first.answers?.map((record) => record.name)).toEqual(owners);
        expect(second.answers.map((record) => record.name)).toEqual(owners);
      }
    }
  }
});
