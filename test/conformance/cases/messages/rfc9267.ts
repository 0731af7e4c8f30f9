/**
 * RFC 9267: lengths, pointers and counts that lie, in every section. FORMERR or silence, within
 * bounds, and the next good question is answered.
 */
import { check, expectAnswer, RCODES } from '../../expect.ts';
import type { Case } from '../../runner.ts';
import { udpExchange } from '../../wire/exchange.ts';
import { buildQuery, buildRecord } from '../../wire/query.ts';
import { textToWire } from '../../wire/rdata-text.ts';
import { rrset } from '../../zone.ts';

const one = 'one.conf.example';

/** A question whose name is these bytes, as they are. */
const named = (hex: string) =>
  buildQuery({ name: '.', type: 'A', nameWire: Buffer.from(hex, 'hex') });

/**
 * The name is the header itself: an id that begins with a label longer than the message. By chance
 * an id could begin with 00, which a server that follows the pointer takes for the root.
 */
function headerNamed(): Buffer {
  const query = named('c000');
  query.writeUInt16BE(0x3fff, 0);
  return query;
}

const names: readonly (readonly [id: string, query: () => Buffer])[] = [
  ['pointer to itself', () => named('c00c')],
  ['pointer to the next byte', () => named('c00d00')],
  ['pointer forward', () => named('c01400')],
  ['pointer into the header', () => headerNamed()],
  ['pointer behind the message', () => named('ffff')],
  ['label, then pointer to it', () => named('0161c00c')],
  ['two pointers at each other', () => named('c00ec00c')],
  ['pointer cut in half', () => named('c0').subarray(0, 13)],
  ['label longer than the message', () => named('3f6162')],
  ['label of 64', () => named(`40${'61'.repeat(64)}00`)],
  ['label type 10', () => named(`80${'61'.repeat(4)}00`)],
  ['no end of the name', () => named('03616263').subarray(0, 16)],
  [
    'name of 256 octets',
    () =>
      buildQuery({
        name: '.',
        type: 'A',
        nameWire: Buffer.concat([
          ...Array.from({ length: 4 }, () =>
            Buffer.concat([Buffer.of(62), Buffer.alloc(62, 0x61)]),
          ),
          Buffer.from('026161', 'hex'),
          Buffer.of(0),
        ]),
      }),
  ],
  [
    'name of 300 octets',
    () =>
      buildQuery({
        name: '.',
        type: 'A',
        nameWire: Buffer.concat([
          ...Array.from({ length: 5 }, () =>
            Buffer.concat([Buffer.of(59), Buffer.alloc(59, 0x61)]),
          ),
          Buffer.of(0),
        ]),
      }),
  ],
  ['a hundred single labels, no end', () => named('0161'.repeat(100))],
  ['type cut', () => buildQuery({ name: one, type: 'A' }).subarray(0, -3)],
  ['class cut', () => buildQuery({ name: one, type: 'A' }).subarray(0, -1)],
  ['name only', () => buildQuery({ name: one, type: 'A' }).subarray(0, -4)],
];

const record = (rdataLength: number) =>
  buildRecord({ owner: one, type: 'A', rdata: Buffer.of(192, 0, 2, 9), rdataLength });
const pointerLoop = Buffer.from('c022000100010000000000040102030405', 'hex');

const sections: readonly (readonly [id: string, query: () => Buffer])[] = [
  [
    'an answer counted, none there',
    () => buildQuery({ name: one, type: 'A', counts: [1, 1, 0, 0] }),
  ],
  [
    'an authority counted, none there',
    () => buildQuery({ name: one, type: 'A', counts: [1, 0, 1, 0] }),
  ],
  [
    'an additional counted, none there',
    () => buildQuery({ name: one, type: 'A', counts: [1, 0, 0, 1] }),
  ],
  [
    '65535 additional counted',
    () => buildQuery({ name: one, type: 'A', counts: [1, 0, 0, 65535] }),
  ],
  [
    'every count 65535',
    () => buildQuery({ name: one, type: 'A', counts: [1, 65535, 65535, 65535] }),
  ],
  [
    'two additional counted, OPT there',
    () => buildQuery({ name: one, type: 'A', counts: [1, 0, 0, 2], edns: {} }),
  ],
  [
    'RDATA longer than the message',
    () => buildQuery({ name: one, type: 'A', counts: [1, 0, 0, 1], records: record(400) }),
  ],
  [
    'RDATA of 65535',
    () => buildQuery({ name: one, type: 'A', counts: [1, 0, 0, 1], records: record(65535) }),
  ],
  [
    'record header cut',
    () =>
      buildQuery({
        name: one,
        type: 'A',
        counts: [1, 0, 0, 1],
        records: record(4).subarray(0, -8),
      }),
  ],
  [
    'record name that points at itself',
    () => buildQuery({ name: one, type: 'A', counts: [1, 0, 0, 1], records: pointerLoop }),
  ],
];

async function survived(server: Parameters<Case['run']>[0]): Promise<void> {
  await expectAnswer(server, { name: one }, { rcode: 'NOERROR', answer: rrset(one, 'A') });
}

async function refusedOrSilent(server: Parameters<Case['run']>[0], query: Buffer): Promise<void> {
  const reply = await udpExchange(server, query, 150);
  if (reply === undefined) return;
  check(reply.length >= 12, () => `reply of ${reply.length} bytes`);
  check(reply.subarray(0, 2).equals(query.subarray(0, 2)), () => 'another id');
  check((reply[2] ?? 0) >> 7 === 1, () => 'QR is 0');
  check(((reply[3] ?? 0) & 15) === RCODES.FORMERR, () => `rcode ${(reply[3] ?? 0) & 15}`);
  check(reply.readUInt16BE(6) === 0, () => 'an answer to a malformed query');
}

export const cases: readonly Case[] = [
  ...names.map(
    ([id, query]): Case => ({
      id: `lies: ${id}`,
      rfc: 'RFC 9267 2',
      level: 'MUST',
      run: async (server) => {
        await refusedOrSilent(server, query());
        await survived(server);
      },
    }),
  ),
  ...sections.map(
    ([id, query]): Case => ({
      id: `lies: ${id}`,
      rfc: 'RFC 9267 5',
      level: 'SHOULD',
      run: async (server) => {
        await refusedOrSilent(server, query());
        await survived(server);
      },
    }),
  ),
  {
    id: 'lies: FORMERR rather than silence, where the header can be read',
    rfc: 'RFC 8906 3.1',
    level: 'SHOULD',
    run: async (server) => {
      const wire = Buffer.concat([textToWire(one).subarray(0, -1), Buffer.from('c00c', 'hex')]);
      const query = buildQuery({ name: one, type: 'A', nameWire: wire });
      const reply = await udpExchange(server, query, 400);
      check(reply !== undefined, () => 'silence');
    },
  },
];
