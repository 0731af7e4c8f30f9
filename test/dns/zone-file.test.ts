/** Zone files, RFC 1035 section 5: what is read, how it is written, what is refused and where. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/dns/errors.ts';
import { parseName } from '../../src/dns/name.ts';
import { formatRRset, parseZoneFile } from '../../src/dns/presentation.ts';

const parse = (text: string, defaultTtlSeconds?: number) =>
  parseZoneFile(text, {
    origin: parseName('example.com.'),
    path: 'zone.txt',
    ...(defaultTtlSeconds === undefined ? {} : { defaultTtlSeconds }),
  });
const lines = (text: string, ttl = 60) => parse(text, ttl).flatMap(formatRRset);

describe('zone files', () => {
  test.each<[rule: string, text: string, want: readonly string[]]>([
    ['TTL then class', 'a 30 IN A 192.0.2.1', ['a.example.com. 30 IN A 192.0.2.1']],
    ['class then TTL', 'a IN 30 A 192.0.2.1', ['a.example.com. 30 IN A 192.0.2.1']],
    ['neither', 'a A 192.0.2.1', ['a.example.com. 60 IN A 192.0.2.1']],
    ['lower case', 'a in a 192.0.2.1', ['a.example.com. 60 IN A 192.0.2.1']],
    ['TTL units', 'a 1h30m A 192.0.2.1', ['a.example.com. 5400 IN A 192.0.2.1']],
    ['$TTL', '$TTL 1d\na A 192.0.2.1', ['a.example.com. 86400 IN A 192.0.2.1']],
    ['@', '@ A 192.0.2.1', ['example.com. 60 IN A 192.0.2.1']],
    ['$ORIGIN', '$ORIGIN x\na A 192.0.2.1', ['a.x.example.com. 60 IN A 192.0.2.1']],
    ['$ORIGIN absolute', '$ORIGIN x.\na NS b', ['a.x. 60 IN NS b.x.']],
    [
      'blank owner',
      'a A 192.0.2.1\n  AAAA 2001:db8::1\n\tTXT x',
      [
        'a.example.com. 60 IN A 192.0.2.1',
        'a.example.com. 60 IN AAAA 2001:db8::1',
        'a.example.com. 60 IN TXT "x"',
      ],
    ],
    ['comments', '; first\na A 192.0.2.1 ; last\n\n ; alone', ['a.example.com. 60 IN A 192.0.2.1']],
    ['a comment sign in quotes', 'a TXT "x;y" ; z', ['a.example.com. 60 IN TXT "x;y"']],
    ['an escaped comment sign', 'a TXT x\\;y', ['a.example.com. 60 IN TXT "x;y"']],
    [
      'parentheses',
      '@ SOA ns h (\n 1 ; serial\n 2\n 3 4 5 )\n',
      ['example.com. 60 IN SOA ns.example.com. h.example.com. 1 2 3 4 5'],
    ],
    ['parentheses within words', 'a TXT (x\ny)z', ['a.example.com. 60 IN TXT "x" "y" "z"']],
    [
      'CR LF',
      'a A 192.0.2.1\r\nb A 192.0.2.2\r\n',
      ['a.example.com. 60 IN A 192.0.2.1', 'b.example.com. 60 IN A 192.0.2.2'],
    ],
    ['unknown types', 'a TYPE65280 \\# 2 ab cd', ['a.example.com. 60 IN TYPE65280 \\# 2 abcd']],
    ['CLASS1', 'a CLASS1 TYPE1 192.0.2.1', ['a.example.com. 60 IN A 192.0.2.1']],
    [
      'one set of one type, the smallest TTL, RFC 2181 5.2',
      'a 90 A 192.0.2.2\nb A 192.0.2.9\na 30 A 192.0.2.1\na 30 A 192.0.2.1',
      [
        'a.example.com. 30 IN A 192.0.2.1',
        'a.example.com. 30 IN A 192.0.2.2',
        'b.example.com. 60 IN A 192.0.2.9',
      ],
    ],
    [
      'an owner that looks like a type',
      'a A 192.0.2.1\nmx A 192.0.2.1',
      ['a.example.com. 60 IN A 192.0.2.1', 'mx.example.com. 60 IN A 192.0.2.1'],
    ],
    ['escapes in names', 'a\\.b\\032c A 192.0.2.1', ['a\\.b\\032c.example.com. 60 IN A 192.0.2.1']],
    ['nothing', '\n\n; nothing\n', []],
  ])('%s', (_, text, want) => {
    expect(lines(text)).toEqual(want);
  });

  test.each<[text: string, path: string, message: string]>([
    ['a A 192.0.2.1\n$INCLUDE other', 'zone.txt:2', '$INCLUDE is refused'],
    ['$GENERATE 1-3 a$ A 192.0.2.$', 'zone.txt:1', 'unknown directive'],
    ['\n\na A 192.0.2.300', 'zone.txt:3', 'not an IPv4 address'],
    ['a CH TXT x', 'zone.txt:1', 'class CH is not served'],
    ['a FOO x', 'zone.txt:1', '"FOO" is no TTL, class or type'],
    ['a', 'zone.txt:1', 'no type'],
    [' A 192.0.2.1', 'zone.txt:1', 'no owner name'],
    ['a TXT "x', 'zone.txt:1', 'quote is left open'],
    ['a TXT (\nx\n', 'zone.txt:1', 'parenthesis is left open'],
    ['a TXT x)', 'zone.txt:1', 'closes nothing'],
    ['a 9999999999 A 192.0.2.1', 'zone.txt:1', 'too long'],
    ['a CNAME x\na CNAME y', 'zone.txt', 'more than one record'],
    ['a..b A 192.0.2.1', 'zone.txt:1', 'empty label'],
    ['größe A 192.0.2.1', 'zone.txt:1', 'outside ASCII'],
  ])('refused: %j', (text, path, message) => {
    expect(() => parse(text, 60)).toThrow(message);
    try {
      parse(text, 60);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).path).toBe(path);
    }
  });

  test('without any TTL the record is refused', () => {
    expect(() => parse('a A 192.0.2.1')).toThrow('no TTL');
  });

  test('any text is read or refused, never anything else', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ' ',
        '\n',
        '(',
        ')',
        '"',
        ';',
        '\\',
        '\\#',
        'IN',
        'A',
        'TXT',
        '1h',
        '$TTL',
        '@',
        'a',
        '\r\n',
        '192.0.2.1',
      ),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          const rrsets = parse(pieces.join(''), 60);
          const text = rrsets.flatMap(formatRRset).join('\n');
          expect(parse(text)).toEqual(rrsets);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});
