/** Law: where the short cut answers, it says in octets and report what the whole way says. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeQueryContext, type QueryContext } from '../../src/zone/query-context.ts';
import { respondInFull } from '../../src/zone/respond.ts';
import { straightAnswer } from '../../src/zone/straight-answer.ts';
import type { Zones } from '../../src/zone/zones.ts';
import { queryOctets } from '../support/asking.ts';
import { zones } from '../support/records.ts';

const many = Array.from({ length: 40 }, (_, at) => `many.example.com. A 192.0.2.${at + 1}`);
const PLAIN = zones({
  'example.com.': `
    example.com. A 192.0.2.9
    web.example.com. 30 A 192.0.2.1
    web.example.com. 30 A 192.0.2.2
    web.example.com. AAAA 2001:db8::1
    alias.example.com. CNAME web.example.com.
    *.w.example.com. A 192.0.2.3
    t.example.com. TXT "one"
    ${many.join('\n')}
  `,
  'example.org.': 'web.example.org. A 192.0.2.4',
});
const NESTED = zones({
  'example.com.': 'web.example.com. A 192.0.2.1',
  'web.example.com.': 'x.web.example.com. A 192.0.2.2',
});
const CUT = zones({
  'example.com.': `
    web.example.com. A 192.0.2.1
    sub.example.com. NS ns.sub.example.com.
    ns.sub.example.com. A 192.0.2.54
  `,
});
const NAMES = ['web.', 'WeB.', 'many.', '', 'alias.', 'x.w.', 't.', 'no.', 'ns.sub.', 'x.web.'];

/** Mostly the first. */
const mostly = <T>(usual: T, ...odd: T[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, fc.constantFrom(...odd));

const asking = fc.record({
  served: mostly(PLAIN, NESTED, CUT),
  name: fc.oneof(fc.constantFrom('web.', 'WeB.', 'many.'), fc.constantFrom(...NAMES)),
  end: mostly('example.com.', 'example.org.', 'example.net.'),
  type: mostly('A', 'AAAA', 'TXT', 'DS', 'ANY'),
  flags: fc.constantFrom(0, 0x100, 0x120),
  class: mostly(1, 3, 255),
  edns: fc.option(
    fc.record({
      udpOctets: fc.constantFrom(0, 512, 700, 1232, 4096),
      hasDo: fc.boolean(),
      version: mostly(0, 1),
    }),
    { nil: undefined },
  ),
  hasCookie: mostly(false, true),
  changes: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 3 }),
  ),
  cut: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, fc.nat(60)),
  tail: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, fc.uint8Array({ maxLength: 3 })),
  context: fc.record({
    transport: fc.constantFrom('udp' as const, 'udp' as const, 'tcp' as const),
    order: mostly<'rotate' | 'fixed' | 'shuffle'>('rotate', 'fixed', 'shuffle'),
    random: fc.nat(0xffffffff),
    isStale: mostly(false, true),
    mustTruncate: mostly(false, true),
    udpOctetsMax: fc.constantFrom(512, 1232, 4096),
  }),
});

type Asking = typeof asking extends fc.Arbitrary<infer T> ? T : never;

function octetsOf({ name, end, type, flags, edns, ...asked }: Asking): Uint8Array {
  const options = asked.hasCookie ? [{ code: 10, data: '12345678' }] : [];
  const query = queryOctets(`${name}${end} ${type}`, {
    flags,
    class: asked.class,
    ...(edns !== undefined && { edns: { ...edns, options } }),
  });
  // Names are made in lower case; what is asked need not be.
  if (name === 'WeB.') query.set([0x57, 0x65, 0x42], 13);
  const octets = Uint8Array.from([...query.slice(0, asked.cut), ...asked.tail]);
  for (const [at, value] of asked.changes) if (at < octets.length) octets[at] = value;
  return octets;
}

function reply(
  way: typeof straightAnswer,
  served: Zones,
  query: Uint8Array,
  context: Partial<QueryContext>,
) {
  const out = new Uint8Array(4096).fill(0xee);
  const asked = { ...makeQueryContext('udp', 1232), ...context };
  const length = way(served, query, asked, out);
  return { length, octets: Buffer.from(out.subarray(0, length)).toString('hex'), asked };
}

test('octets and report are those of the whole way', () => {
  let straightCount = 0;
  fc.assert(
    fc.property(asking, (one) => {
      const query = octetsOf(one);
      const straight = reply(straightAnswer, one.served, query, one.context);
      if (straight.length === 0) return;
      straightCount++;
      expect(straight).toEqual(reply(respondInFull, one.served, query, one.context));
    }),
    { numRuns: 4000 },
  );
  // Else the law would hold of nothing.
  expect(straightCount).toBeGreaterThan(200);
});

test.each([
  [PLAIN, 'web.example.com. A', true],
  [PLAIN, 'web.example.com. AAAA', true],
  [PLAIN, 'web.example.org. A', true],
  [PLAIN, 'web.example.com. TXT', false],
  [PLAIN, 'x.w.example.com. A', false],
  [PLAIN, 'many.example.com. A', false],
  [NESTED, 'web.example.com. A', false],
  [CUT, 'web.example.com. A', false],
])('%# %s goes straight: %s', (served, question, isStraight) => {
  const { length } = reply(straightAnswer, served, queryOctets(question), {});
  expect(length > 0).toBe(isStraight);
});
