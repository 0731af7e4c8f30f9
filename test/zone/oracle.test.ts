/** Law: on any zones and questions the fast path says what the naive lookup says. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseType, RRType } from '../../src/dns/codes.ts';
import { type DomainName, formatName, parseName } from '../../src/dns/name.ts';
import { formatRRset } from '../../src/dns/presentation.ts';
import { makeA, makeAaaa, makeMx, makeSoa, makeTxt } from '../../src/dns/rdata/index.ts';
import type { Rdata, RRset } from '../../src/dns/rrset.ts';
import { makeRRset } from '../../src/dns/rrset.ts';
import { makeZones } from '../../src/zone/zones.ts';
import { ask } from '../support/asking.ts';
import { buildImage } from '../support/images.ts';
import { consult, type OracleZone } from '../support/oracle.ts';
import { changesOf } from '../support/records.ts';

const APEXES = ['x.', 'b.x.', '2.0.192.in-addr.arpa.'];
const QTYPES = ['A', 'AAAA', 'CNAME', 'TXT', 'NS', 'MX', 'SOA', 'DS', 'TYPE65280'];

const label = fc.constantFrom('a', 'a', 'b', 'b', 'c', '*', 'long-label');
/** A name below `x.`, sometimes in the second zone or in none. */
const anyName = fc
  .tuple(fc.array(label, { maxLength: 4 }), fc.constantFrom('x.', 'x.', 'x.', 'b.x.', 'y.'))
  .map(([labels, end]) => parseName([...labels, end].join('.')));

const rdataOf = (type: number): fc.Arbitrary<Rdata> => {
  const number = fc.integer({ min: 1, max: 4 });
  if (type === RRType.A) return number.map((last) => makeA(`192.0.2.${last}`));
  if (type === RRType.AAAA) return number.map((last) => makeAaaa(`2001:db8::${last}`));
  if (type === RRType.TXT) return number.map((count) => makeTxt(['t'.repeat(count)]));
  if (type === RRType.MX) return anyName.map((exchange) => makeMx({ preference: 1, exchange }));
  return anyName as fc.Arbitrary<string> as fc.Arbitrary<Rdata>;
};

const anyRRset = fc
  .tuple(
    anyName,
    fc.constantFrom(
      RRType.A,
      RRType.A,
      RRType.AAAA,
      RRType.TXT,
      RRType.MX,
      RRType.CNAME,
      RRType.NS,
    ),
  )
  .chain(([owner, type]) =>
    fc
      .array(rdataOf(type), { minLength: 1, maxLength: type === RRType.CNAME ? 1 : 3 })
      .map((rdatas) => makeRRset(owner, type, { ttlSeconds: 60, rdatas })),
  );

function soaOf(apex: DomainName): RRset {
  const rdata = makeSoa({
    mname: parseName('ns.x.'),
    rname: parseName('hostmaster.x.'),
    serial: 7,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum: 30,
  });
  return makeRRset(apex, RRType.SOA, { ttlSeconds: 300, rdatas: [rdata] });
}

/** One set per owner and type, each zone with those of its own. */
function zonesFrom(rrsets: readonly RRset[], empty: readonly DomainName[]): OracleZone[] {
  const unique = new Map(rrsets.map((rrset) => [`${rrset.type} ${rrset.owner}`, rrset]));
  return APEXES.map((text) => {
    const apex = parseName(text);
    const own = [...unique.values()].filter((rrset) => rrset.owner.endsWith(apex));
    return { apex, rrsets: [soaOf(apex), ...own], empty: empty.filter((at) => at.endsWith(apex)) };
  });
}

const lines = (rrsets: readonly RRset[]) => rrsets.flatMap(formatRRset).sort();

/** Mostly names that are there, or right below one. */
const anyQuestion = fc.record({
  pick: fc.nat(),
  below: fc.constantFrom('', '', 'a.', '*.'),
  stranger: anyName,
  type: fc.constantFrom(...QTYPES),
});

function askedName(
  { pick, below, stranger }: { pick: number; below: string; stranger: DomainName },
  rrsets: readonly RRset[],
): DomainName {
  const owner = pick % 5 === 0 ? undefined : rrsets[pick % rrsets.length]?.owner;
  return parseName(below + formatName(owner ?? stranger));
}

test('the fast path answers as the naive lookup does', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.array(anyRRset, { minLength: 5, maxLength: 40 }),
      fc.array(anyName, { maxLength: 2 }),
      fc.array(anyQuestion, { minLength: 10, maxLength: 40 }),
      (rrsets, empty, questions) => {
        const given = zonesFrom(rrsets, empty);
        const zones = makeZones(
          given.map(({ apex, rrsets: own, empty: none = [] }) => {
            const owners = new Set(own.map((rrset) => rrset.owner));
            const nothing = none.filter((owner) => !owners.has(owner));
            const changes = nothing.map((owner) => ({ owner, rrsets: [] }));
            return { apex, image: buildImage(apex, [...changesOf(own), ...changes], 7) };
          }),
        );
        for (const asked of questions) {
          const owner = askedName(asked, rrsets);
          const type = parseType(asked.type) as number;
          // A DS of an apex is the parent's, which the oracle does not know of.
          if (type === RRType.DS && APEXES.some((apex) => parseName(apex) === owner)) continue;
          const want = consult(given, { name: owner, type });
          const question = `${formatName(owner)} ${asked.type}`;
          const got = ask(zones, question, { edns: {}, context: { transport: 'tcp' } });
          const kind = got.context.report.kind;
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
          expect({
            question,
            rcode: got.rcode,
            aa: got.flags.includes('aa'),
            answer: [...got.answer].sort(),
            authority: [...got.authority].sort(),
          }).toEqual({
            question,
            rcode: want.rcode,
            aa: want.isAuthoritative,
            answer: lines(want.answer),
            authority: lines(want.authority),
          });
          for (const glue of lines(want.glue)) expect(got.additional).toContain(glue);
        }
      },
    ),
    { numRuns: 300 },
  );
  for (const kind of ['hit', 'alias', 'nodata', 'nxdomain', 'delegation', 'refused']) {
    expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(100);
  }
});
