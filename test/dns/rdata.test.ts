/** RDATA of every type: text <-> octets <-> wire, and what is refused. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseType, RRType } from '../../src/dns/codes.ts';
import { InputError } from '../../src/dns/errors.ts';
import { nameFromLabels, parseName } from '../../src/dns/name.ts';
import {
  formatRdata,
  makeA,
  makeAaaa,
  makeCaa,
  makeMx,
  makeSoa,
  makeSrv,
  makeTxt,
  parseRdata,
  rdataFromWire,
  readA,
  readAaaa,
  readCaa,
  readMx,
  readSoa,
  readSrv,
  readTxt,
  splitText,
} from '../../src/dns/rdata/index.ts';

const octetsOf = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const uint16 = fc.nat(0xffff);
const uint32 = fc.nat(0xffffffff);
const octet = fc.nat(255).map((code) => String.fromCharCode(code));
const text = (maxLength: number) => fc.array(octet, { maxLength }).map((octets) => octets.join(''));
const label = fc.array(octet, { minLength: 1, maxLength: 12 }).map((octets) => octets.join(''));
const name = fc.array(label, { maxLength: 5 }).map(nameFromLabels);

const ANY_RDATA = fc.oneof(
  fc.ipV4().map((address) => ({ type: RRType.A, rdata: makeA(address) })),
  fc.ipV6().map((address) => ({ type: RRType.AAAA, rdata: makeAaaa(address) })),
  fc
    .record({ preference: uint16, exchange: name })
    .map((mx) => ({ type: RRType.MX, rdata: makeMx(mx) })),
  fc
    .record({ priority: uint16, weight: uint16, port: uint16, target: name })
    .map((srv) => ({ type: RRType.SRV, rdata: makeSrv(srv) })),
  fc
    .array(text(255), { minLength: 1, maxLength: 4 })
    .map((strings) => ({ type: RRType.TXT, rdata: makeTxt(strings) })),
  fc
    .record({
      mname: name,
      rname: name,
      serial: uint32,
      refresh: uint32,
      retry: uint32,
      expire: uint32,
      minimum: uint32,
    })
    .map((soa) => ({ type: RRType.SOA, rdata: makeSoa(soa) })),
  fc
    .record({ flags: fc.nat(255), tag: fc.constantFrom('issue', 'iodef'), value: text(300) })
    .map((caa) => ({ type: RRType.CAA, rdata: makeCaa(caa) })),
  text(40).map((data) => ({
    type: 65280,
    rdata: parseRdata(65280, `\\# ${data.length} ${Buffer.from(data, 'latin1').toString('hex')}`),
  })),
);

describe('RDATA', () => {
  test('parse(format(x)) = x, fromWire(x) = x', () => {
    fc.assert(
      fc.property(ANY_RDATA, ({ type, rdata }) => {
        expect(parseRdata(type, formatRdata(type, rdata))).toBe(rdata);
        expect(rdataFromWire(type, octetsOf(rdata), 0, rdata.length)).toBe(rdata);
        const hex = Buffer.from(rdata, 'latin1').toString('hex');
        expect(parseRdata(type, `\\# ${rdata.length} ${hex}`)).toBe(rdata);
      }),
      { numRuns: 500 },
    );
  });

  test('any bytes are data, or refused without an exception', () => {
    const types = [1, 2, 5, 6, 12, 15, 16, 28, 33, 39, 257, 65280];
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.constantFrom(...types),
        fc.nat(80),
        fc.nat(80),
        (octets, type, offset, length) => {
          const rdata = rdataFromWire(type, octets, offset, length);
          if (rdata === undefined) return;
          expect(rdataFromWire(type, octetsOf(rdata), 0, rdata.length)).toBe(rdata);
          expect(parseRdata(type, formatRdata(type, rdata))).toBe(rdata);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['A', '192.0.2.1', '192.0.2.1'],
    ['AAAA', '2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['AAAA', '2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ['AAAA', '2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['AAAA', '2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['AAAA', '::', '::'],
    ['AAAA', '::1', '::1'],
    ['AAAA', '1::', '1::'],
    ['AAAA', '::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['AAAA', '64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['CNAME', 'Web.Example.', 'web.example.'],
    ['CNAME', 'web', 'web.origin.example.'],
    ['NS', '@', 'origin.example.'],
    ['MX', '010 mail.example.', '10 mail.example.'],
    ['SRV', '1 2 3 t.example.', '1 2 3 t.example.'],
    ['TXT', 'plain "with space" "q\\"q" \\065\\\\', '"plain" "with space" "q\\"q" "A\\\\"'],
    ['TXT', '"größe"', '"gr\\195\\182\\195\\159e"'],
    ['CAA', '128 ISSUE "ca.example; x=y"', '128 issue "ca.example; x=y"'],
    ['SOA', 'a. b. 1 2h 15m 1w 1h30m', 'a. b. 1 7200 900 604800 5400'],
    ['TYPE65280', '\\# 4 0A0b 0c0D', '\\# 4 0a0b0c0d'],
    ['TYPE65280', '\\# 0', '\\# 0'],
    ['A', '\\# 4 c0000201', '192.0.2.1'],
    ['MX', '\\# 5 000a 01 41 00', '10 a.'],
  ])('%s %s', (type, given, want) => {
    const code = parseType(type) as number;
    const origin = parseName('origin.example.');
    expect(formatRdata(code, parseRdata(code, given, origin))).toBe(want);
  });

  test.each([
    ['A', ''],
    ['A', '192.0.2'],
    ['A', '192.0.2.256'],
    ['A', '192.0.2.01'],
    ['A', '192.0.2.1 192.0.2.2'],
    ['A', '\\# 5 c000020100'],
    ['A', '\\# 4 c00002'],
    ['AAAA', '2001:db8::1::2'],
    ['AAAA', '1:2:3:4:5:6:7:8:9'],
    ['AAAA', '1:2:3:4:5:6:7::8:9'],
    ['AAAA', 'fe80::1%eth0'],
    ['AAAA', '192.0.2.1::'],
    ['AAAA', '12345::'],
    ['MX', '65536 a.'],
    ['MX', '-1 a.'],
    ['MX', 'a.'],
    ['SRV', '1 2 a.'],
    ['TXT', ''],
    ['TXT', `"${'a'.repeat(256)}"`],
    ['TXT', '"\\256"'],
    ['TXT', '"open'],
    ['CNAME', 'a..b.'],
    ['CNAME', '\\# 2 c000'],
    ['CAA', '0 is-sue "x"'],
    ['SOA', 'a. b. 1 2 3 4'],
    ['SOA', 'a. b. 1 2 3 4 x'],
    ['TYPE65280', 'text'],
    ['TYPE65280', '\\# 1 0'],
  ])('refused: %s %s', (type, given) => {
    expect(() => parseRdata(parseType(type) as number, given)).toThrow(InputError);
  });

  test('names in known types are decompressed and lower-cased, in unknown ones nothing is touched', () => {
    // "\x03Web\x00" at 0, then MX 10 with a pointer to it.
    const message = Uint8Array.from([3, 0x57, 0x65, 0x62, 0, 0, 10, 0xc0, 0]);
    expect(rdataFromWire(RRType.MX, message, 5, 4)).toBe('\0\x0a\x03web\0');
    expect(rdataFromWire(65280, message, 5, 4)).toBe('\0\x0a\xc0\0');
    expect(rdataFromWire(RRType.MX, message, 5, 5)).toBeUndefined();
  });

  test('readers undo makers', () => {
    expect(readA(makeA('192.0.2.9'))).toBe('192.0.2.9');
    expect(readAaaa(makeAaaa('2001:db8::9'))).toBe('2001:db8::9');
    const soa = { serial: 4294967295, refresh: 1, retry: 2, expire: 3, minimum: 4 };
    const names = { mname: parseName('a.'), rname: parseName('b.c.') };
    expect(readSoa(makeSoa({ ...names, ...soa }))).toEqual({ ...names, ...soa });
    const srv = { priority: 1, weight: 2, port: 65535, target: parseName('t.') };
    expect(readSrv(makeSrv(srv))).toEqual(srv);
    const mx = { preference: 9, exchange: parseName('m.') };
    expect(readMx(makeMx(mx))).toEqual(mx);
    const caa = { flags: 128, tag: 'issue', value: 'x\0y' };
    expect(readCaa(makeCaa(caa))).toEqual(caa);
    expect(readTxt(makeTxt(['', 'b']))).toEqual(['', 'b']);
  });

  test('a long text is cut every 255 octets and whole when joined', () => {
    expect(splitText('')).toEqual(['']);
    expect(splitText('x'.repeat(255))).toHaveLength(1);
    expect(splitText('x'.repeat(256)).map((part) => part.length)).toEqual([255, 1]);
    expect(readTxt(makeTxt(splitText('y'.repeat(1000)))).join('')).toBe('y'.repeat(1000));
    expect(() => makeTxt([])).toThrow(InputError);
    expect(() => makeTxt(['\u0100'])).toThrow(InputError);
  });
});
