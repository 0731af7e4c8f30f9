/** Whole messages: decode(encode(x)) = x; compression never changes meaning; any bytes are safe. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireError } from '../../src/dns/errors.ts';
import { labelCount, nameFromLabels, parseName, stripLabels } from '../../src/dns/name.ts';
import { makeMx, makeTxt } from '../../src/dns/rdata/index.ts';
import { decodeMessage, encodeMessage, type Message } from '../../src/dns/wire/message.ts';
import { hashName, hashWildcard, NameKey } from '../../src/dns/wire/name-key.ts';
import { readName } from '../../src/dns/wire/reader.ts';
import { MessageWriter } from '../../src/dns/wire/writer.ts';

const label = fc.constantFrom('a', 'b', 'longer-label', '\0', 'x.y', '\xff\x80');
const name = fc.array(label, { maxLength: 6 }).map(nameFromLabels);
const record = fc
  .tuple(name, fc.nat(0xffffffff), fc.boolean(), name)
  .map(([owner, ttlSeconds, isMx, exchange]) => ({
    name: owner,
    type: isMx ? 15 : 16,
    class: 1,
    ttlSeconds,
    rdata: isMx ? makeMx({ preference: 1, exchange }) : makeTxt(['t']),
  }));
const message: fc.Arbitrary<Message> = fc.record({
  id: fc.nat(0xffff),
  flags: fc.nat(0xffff),
  questions: fc.array(fc.record({ name, type: fc.nat(0xffff), class: fc.nat(0xffff) }), {
    maxLength: 2,
  }),
  answers: fc.array(record, { maxLength: 4 }),
  authorities: fc.array(record, { maxLength: 4 }),
  additionals: fc.array(record, { maxLength: 4 }),
  edns: fc.option(
    fc.record({
      udpOctets: fc.nat(0xffff),
      extendedRcode: fc.nat(255),
      version: fc.nat(255),
      hasDo: fc.boolean(),
      options: fc.array(fc.record({ code: fc.nat(0xffff), data: fc.constantFrom('', 'xy') })),
    }),
    { nil: undefined },
  ),
});

describe('messages', () => {
  test('decode(encode(x)) = x', () => {
    fc.assert(
      fc.property(message, (given) => {
        expect(decodeMessage(encodeMessage(given))).toEqual(given);
      }),
      { numRuns: 300 },
    );
  });

  test('any bytes are read or refused with a WireError', () => {
    const mutated = fc
      .tuple(message, fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 5 }), fc.nat(200))
      .map(([given, changes, cut]) => {
        const octets = encodeMessage(given);
        for (const [offset, value] of changes) if (offset < octets.length) octets[offset] = value;
        return octets.slice(0, cut + 12);
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (octets) => {
        try {
          decodeMessage(octets);
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('names on the wire', () => {
  test('every name written with compression is read back, also after a rewind', () => {
    const step = fc.record({ name, isTakenBack: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const writer = new MessageWriter();
        writer.start(new Uint8Array(4096), 0, 4096);
        const kept: { at: number; name: string }[] = [];
        for (const { name: written, isTakenBack } of steps) {
          const at = writer.offset;
          writer.name(written);
          if (isTakenBack) writer.rewind(at);
          else kept.push({ at, name: written });
        }
        const octets = writer.out.slice(0, writer.offset);
        for (const { at, name: written } of kept) expect(readName(octets, at)?.name).toBe(written);
      }),
      { numRuns: 3000 },
    );
  });

  test('a name that a rewind left behind is not pointed at, though it ends in a pointer', () => {
    const writer = new MessageWriter();
    writer.start(new Uint8Array(512), 0, 512);
    writer.name(parseName('b'));
    const at = writer.offset;
    writer.name(parseName('a.b'));
    writer.rewind(at);
    // Its first label stands where that name's did, and what followed it there spelled the rest.
    const doubled = parseName('a.a.b');
    writer.name(doubled);
    const octets = writer.out.slice(0, writer.offset);
    expect(readName(octets, at)?.name).toBe(doubled);
  });

  test('nothing is written past the limit', () => {
    fc.assert(
      fc.property(fc.array(name, { maxLength: 10 }), fc.nat(60), (names, limit) => {
        const out = new Uint8Array(100).fill(0xee);
        const writer = new MessageWriter();
        writer.start(out, 0, limit);
        for (const written of names) writer.name(written);
        expect(writer.offset).toBeLessThanOrEqual(limit);
        expect(out.slice(limit)).toEqual(new Uint8Array(100 - limit).fill(0xee));
      }),
    );
  });

  test.each([
    ['a pointer to itself', [0xc0, 0]],
    ['a pointer forwards', [0xc0, 2, 0]],
    ['half a pointer', [0xc0]],
    ['a label without its end', [5, 97]],
    ['no final zero', [1, 97]],
    ['label type 01', [0x41, 97, 0]],
    [
      'more than 255 octets',
      [
        ...Array(5)
          .fill([63, ...Array(63).fill(97)])
          .flat(),
        0,
      ],
    ],
  ])('%s is no name', (_, octets) => {
    expect(readName(Uint8Array.from(octets), 0)).toBeUndefined();
  });

  test('a key hashes each suffix as the suffix alone', () => {
    fc.assert(
      fc.property(name, (given) => {
        const key = new NameKey();
        key.setName(given);
        expect(key.toName()).toBe(given);
        for (let at = 0; at <= labelCount(given); at++) {
          const suffix = stripLabels(given, at);
          expect(key.hashes[at]).toBe(hashName(suffix));
          expect(key.isSuffix(at, suffix)).toBe(true);
        }
        const wildcard = nameFromLabels(['*']).slice(0, 2) + given;
        expect(hashWildcard(hashName(given))).toBe(hashName(wildcard as typeof given));
        const octets = Uint8Array.from(wildcard, (octet) => octet.charCodeAt(0));
        expect(key.isWildcardAt(0, octets, 0, octets.length)).toBe(true);
        const other = new NameKey();
        other.setOctets(octets, 2);
        expect([other.toName(), other.hashes]).toEqual([key.toName(), key.hashes]);
      }),
    );
  });
});
