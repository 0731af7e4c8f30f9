/** Header, question, EDNS and order of records: what holds of a reply whatever the data are. */

import { describe, expect, test } from 'vitest';
import { nameOf } from '../../src/zone/content/flat-node.ts';
import { ask, queryOctets, send } from '../support/asking.ts';
import { zones } from '../support/records.ts';

const served = zones({
  'example.com.': `
    web.example.com. 30 A 192.0.2.1
    web.example.com. 30 A 192.0.2.2
    web.example.com. 30 A 192.0.2.3
    web.example.com. 30 TXT "a" "b"
  `,
});
const question = 'web.example.com. A';
const plain = () => queryOctets(question);

function patched(octets: Uint8Array, patches: Readonly<Record<number, number>>): Uint8Array {
  const copy = octets.slice();
  for (const [offset, value] of Object.entries(patches)) copy[Number(offset)] = value;
  return copy;
}

function joined(octets: Uint8Array, ...more: readonly number[]): Uint8Array {
  return Uint8Array.from([...octets, ...more]);
}

const OPT = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];

describe('header', () => {
  test('a reply is not replied to, and what has no header is not either', () => {
    expect(send(served, patched(plain(), { 2: 0x80 }))).toBeUndefined();
    expect(send(served, plain().slice(0, 11))).toBeUndefined();
    expect(send(served, new Uint8Array(0))).toBeUndefined();
  });

  test('only RD is copied, RFC 8906', () => {
    const reply = send(served, patched(plain(), { 2: 0x07, 3: 0xff }));
    expect(reply?.flags).toEqual(['qr', 'aa', 'rd']);
    expect(reply?.rcode).toBe('NOERROR');
  });

  test.each([1, 2, 3, 4, 5, 6, 15])('opcode %i is NOTIMP with the question', (opcode) => {
    const reply = send(served, patched(plain(), { 2: opcode << 3 }));
    expect(reply?.rcode).toBe('NOTIMP');
    expect(reply?.message.flags).toBe(0x8000 | (opcode << 11) | 4);
    expect(reply?.octets.slice(12)).toEqual(plain().slice(12));
  });

  test('an opcode we do not know is NOTIMP also when nothing else can be read', () => {
    const reply = send(served, patched(plain().slice(0, 12), { 2: 0x78, 5: 9 }));
    expect(reply?.rcode).toBe('NOTIMP');
    expect(reply?.octets).toHaveLength(12);
  });

  test.each([0, 2, 255])('QDCOUNT %i is FORMERR, the header alone, RFC 9619', (count) => {
    const reply = send(served, patched(plain(), { 5: count }));
    expect(reply?.rcode).toBe('FORMERR');
    expect(reply?.octets).toHaveLength(12);
  });
});

describe('question', () => {
  test('is echoed byte for byte, compared without case, RFC 4343', () => {
    const octets = patched(plain(), { 13: 0x57, 15: 0x42 });
    const reply = send(served, octets);
    expect(reply?.rcode).toBe('NOERROR');
    expect(reply?.octets.slice(12, octets.length)).toEqual(octets.slice(12));
    expect(reply?.answer).toHaveLength(3);
  });

  test('only A-Z fold', () => {
    const kelvin = queryOctets('w\\200b.example.com. A');
    expect(send(served, kelvin)?.rcode).toBe('NXDOMAIN');
    expect(send(served, queryOctets('[eb.example.com. A'))?.rcode).toBe('NXDOMAIN');
  });

  test.each([
    ['a pointer', { 12: 0xc0, 13: 0x0c }],
    ['a label type nobody knows', { 12: 0x41 }],
    ['a length that leads out of the message', { 12: 0x3f }],
  ])('%s in it is FORMERR, RFC 9267', (_, patches) => {
    const reply = send(served, patched(plain(), patches));
    expect(reply?.rcode).toBe('FORMERR');
    expect(reply?.octets).toHaveLength(12);
  });

  test('a name of 255 octets is legal, one of 256 is not', () => {
    const octets = (last: number) => {
      const labels = [63, 63, 63, last].flatMap((length) => [length, ...Array(length).fill(0x61)]);
      return Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
    };
    expect(send(served, octets(61))?.rcode).toBe('REFUSED');
    expect(send(served, octets(62))?.rcode).toBe('FORMERR');
  });

  test('classes: CH is refused, ANY is answered without AA', () => {
    expect(ask(served, question, { class: 3 }).rcode).toBe('REFUSED');
    const any = ask(served, question, { class: 255 });
    expect(any.rcode).toBe('NOERROR');
    expect(any.answer).toHaveLength(3);
    expect(any.flags).toEqual(['qr']);
  });
});

describe('counts and lengths that lie, RFC 9267', () => {
  test.each<[string, Uint8Array]>([
    ['ARCOUNT without a record', patched(plain(), { 11: 1 })],
    ['ANCOUNT of 65535', patched(plain(), { 6: 255, 7: 255 })],
    ['octets after the last record', joined(plain(), 0)],
    ['RDLENGTH beyond the end', patched(joined(plain(), ...OPT.slice(0, 10), 9), { 11: 1 })],
    [
      'an option longer than RDATA',
      patched(joined(plain(), ...OPT.slice(0, 10), 4, 0, 3, 0, 9), { 11: 1 }),
    ],
    ['half an option', patched(joined(plain(), ...OPT.slice(0, 10), 3, 0, 3, 0), { 11: 1 })],
    ['two OPT records', patched(joined(plain(), ...OPT, ...OPT), { 11: 2 })],
    ['an OPT that the root does not own', patched(joined(plain(), 1, 0x61, ...OPT), { 11: 1 })],
  ])('%s: FORMERR', (_, octets) => {
    const reply = send(served, octets);
    expect(reply?.rcode).toBe('FORMERR');
    expect(reply?.answer).toEqual([]);
  });

  test('records that no query needs are stepped over', () => {
    const stray = [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];
    expect(send(served, patched(joined(plain(), ...stray), { 7: 1 }))?.rcode).toBe('NOERROR');
    const tsig = [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 0];
    const reply = send(served, patched(joined(plain(), ...OPT, ...tsig), { 11: 2 }));
    expect(reply?.rcode).toBe('NOERROR');
    expect(reply?.message.edns).toBeDefined();
  });
});

describe('EDNS, RFC 6891', () => {
  test('who does not speak it does not hear it', () => {
    expect(ask(served, question).message.edns).toBeUndefined();
  });

  test('OPT is in every reply to it, DO echoed, unknown options ignored', () => {
    const edns = { hasDo: true, options: [{ code: 65001, data: 'xyz' }] };
    for (const asked of [question, 'no.example.com. A', 'www.example.net. A']) {
      const reply = ask(served, asked, { edns });
      expect(reply.message.edns).toMatchObject({ udpOctets: 1232, version: 0, hasDo: true });
      expect(reply.context.report).toMatchObject({ hasEdns: true, hasDo: true });
    }
  });

  test('another version is BADVERS with version 0', () => {
    const reply = ask(served, question, { edns: { version: 1, options: [{ code: 3, data: '' }] } });
    expect(reply.rcode).toBe('BADVERS');
    expect(reply.message.edns?.version).toBe(0);
    expect(reply.answer).toEqual([]);
    expect(reply.message.questions).toHaveLength(1);
  });

  test('NSID is told to those who ask, RFC 5001', () => {
    const context = { nsid: Uint8Array.from([0x66, 0x31]) };
    const edns = { options: [{ code: 3, data: '' }] };
    expect(ask(served, question, { edns, context }).message.edns?.options).toEqual([
      { code: 3, data: 'f1' },
    ]);
    expect(ask(served, question, { edns: {}, context }).message.edns?.options).toEqual([]);
  });

  test('keepalive is told over TCP alone, RFC 7828', () => {
    const edns = { options: [{ code: 11, data: '' }] };
    const optionsOver = (transport: 'udp' | 'tcp') =>
      ask(served, question, { edns, context: { transport, tcpKeepaliveUnits: 150 } }).message.edns
        ?.options;
    expect(optionsOver('tcp')).toEqual([{ code: 11, data: '\0\x96' }]);
    expect(optionsOver('udp')).toEqual([]);
  });

  test('extended errors: 3 when stale, 20 outside of our zones, RFC 8914', () => {
    const stale = ask(served, question, { edns: {}, context: { isStale: true } });
    expect(stale.message.edns?.options).toEqual([{ code: 15, data: '\0\x03' }]);
    expect(stale.answer).toHaveLength(3);
    const outside = ask(served, 'www.example.net. A', { edns: {} });
    expect(outside.message.edns?.options).toEqual([{ code: 15, data: '\0\x14' }]);
  });
});

describe('cookies, RFC 7873', () => {
  const cookieReply = (given: Uint8Array) => ({
    kind: given.length === 8 ? ('none' as const) : ('valid' as const),
    option: Uint8Array.from([...given.slice(0, 8), ...Array(16).fill(7)]),
  });
  const withCookie = (data: string, hasHook = true) =>
    ask(served, question, {
      edns: { options: [{ code: 10, data }] },
      context: { cookieReply: hasHook ? cookieReply : undefined },
    });

  test('the hook gets the option and its reply is sent', () => {
    const reply = withCookie('clientid');
    expect(reply.message.edns?.options).toEqual([
      { code: 10, data: `clientid${'\x07'.repeat(16)}` },
    ]);
    expect(reply.context.report.hasValidCookie).toBe(false);
    expect(withCookie('c'.repeat(24)).context.report.hasValidCookie).toBe(true);
  });

  test.each([0, 1, 7, 9, 15, 41])('%i octets are FORMERR', (length) => {
    const reply = withCookie('c'.repeat(length));
    expect(reply.rcode).toBe('FORMERR');
    expect(reply.message.edns).toBeDefined();
  });

  test('without cookies the option is one we do not know', () => {
    expect(withCookie('short', false).rcode).toBe('NOERROR');
  });

  /** Header and OPT with one option; no question. */
  const bare = (code: number) =>
    Uint8Array.from([
      ...[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      ...[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 12, 0, code, 0, 8, ...Array(8).fill(0x63)],
    ]);

  test('no question but a cookie fetches one, section 5.4', () => {
    const reply = send(served, bare(10), { cookieReply });
    expect(reply?.rcode).toBe('NOERROR');
    expect(reply?.message.questions).toEqual([]);
    expect(reply?.message.edns?.options).toEqual([
      { code: 10, data: `cccccccc${'\x07'.repeat(16)}` },
    ]);
  });

  test('no question and no cookie, or cookies are off: FORMERR', () => {
    expect(send(served, bare(12), { cookieReply })?.rcode).toBe('FORMERR');
    expect(send(served, bare(10))?.rcode).toBe('FORMERR');
  });
});

describe('order of addresses', () => {
  const first = (order: 'rotate' | 'shuffle' | 'fixed', random: number) =>
    ask(served, question, { context: { order, random } })
      .answer.map((line) => line.slice(-1))
      .join('');

  test('fixed stays, rotate begins anywhere, shuffle is any order', () => {
    expect([0, 1, 2, 3].map((random) => first('fixed', random))).toEqual(Array(4).fill('123'));
    expect([0, 1, 2, 4294967295].map((random) => first('rotate', random))).toEqual([
      '123',
      '231',
      '312',
      '123',
    ]);
    const orders = new Set(Array.from({ length: 200 }, (_, at) => first('shuffle', at * 7919)));
    expect([...orders].sort()).toEqual(['123', '132', '213', '231', '312', '321']);
  });
});

test('the report names what limits and metrics count', () => {
  const report = (asked: string) => {
    const { nameOctets, nameAt, ...rest } = ask(served, asked).context.report;
    return { ...rest, name: nameOf(nameOctets, nameAt) };
  };
  expect(report(question)).toMatchObject({
    rcode: 0,
    kind: 'hit',
    zoneIndex: 0,
    type: 1,
    name: '\x03web\x07example\x03com\0',
  });
  expect(report('no.example.com. A')).toMatchObject({
    rcode: 3,
    kind: 'nxdomain',
    name: '\x07example\x03com\0',
  });
  expect(report('web.example.com. MX')).toMatchObject({
    rcode: 0,
    kind: 'nodata',
    name: '\x07example\x03com\0',
  });
  expect(report('example.net. A')).toMatchObject({ rcode: 5, kind: 'refused', zoneIndex: -1 });
});
