/** Laws of the image: built at once = built by changes; the image before stays as it was. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DomainName, parseName } from '../../src/dns/name.ts';
import { makeA, makeTxt } from '../../src/dns/rdata/index.ts';
import { makeRRset, type RRset } from '../../src/dns/rrset.ts';
import { diffOwners, type OwnerMap } from '../../src/dns/rrset-change.ts';
import { rrsetCap } from '../../src/zone/content/flat-rrset.ts';
import { getNode } from '../../src/zone/content/node-table.ts';
import type { ZoneImage } from '../../src/zone/image.ts';
import { makeZones } from '../../src/zone/zones.ts';
import { ask } from '../support/asking.ts';
import { allNames, applyChanges, buildImage, contentOf, startBuild } from '../support/images.ts';
import { changesOf, name, rr, rrs, soaText, zone, zones } from '../support/records.ts';

const APEX = name('example.com.');
const soa = rr(soaText('example.com.'));

const owner = fc
  .array(fc.constantFrom('a', 'b', 'c', '*'), { maxLength: 4 })
  .map((labels) => parseName([...labels, 'example.com.'].join('.')));

const content = (at: DomainName): fc.Arbitrary<readonly RRset[]> =>
  fc.constantFrom<readonly RRset[]>(
    [],
    [makeRRset(at, 1, { ttlSeconds: 30, rdatas: [makeA('192.0.2.1')] })],
    [makeRRset(at, 16, { ttlSeconds: 30, rdatas: [makeTxt(['t'])] })],
    [
      makeRRset(at, 2, {
        ttlSeconds: 30,
        rdatas: [name('ns.example.net.') as string as RRset['rdatas'][0]],
      }),
    ],
  );

const owners: fc.Arbitrary<OwnerMap> = fc
  .array(
    owner.chain((at) => content(at).map((rrsets) => [at, rrsets] as const)),
    { maxLength: 30 },
  )
  .map((entries) => new Map([...entries, [APEX, [soa]]]));

const changesFrom = (map: OwnerMap) => Array.from(map, ([at, rrsets]) => ({ owner: at, rrsets }));

describe('image', () => {
  test('apply(a, diff(a, b)) = b, and a is still a', () => {
    fc.assert(
      fc.property(owners, owners, (before, after) => {
        const from = buildImage(APEX, changesFrom(before), 1);
        const wasBefore = contentOf(from);
        const next = applyChanges(from, diffOwners(before, after), 2);
        expect(contentOf(next)).toEqual(contentOf(buildImage(APEX, changesFrom(after), 2)));
        expect(contentOf(from)).toEqual(wasBefore);
        const back = applyChanges(next, diffOwners(after, before), 1);
        expect(contentOf(back)).toEqual(wasBefore);
      }),
      { numRuns: 300 },
    );
  });

  test('order of changes and slices do not matter', () => {
    fc.assert(
      fc.property(owners, fc.nat(30), (map, cut) => {
        const changes = changesFrom(map);
        const build = startBuild(APEX);
        for (const change of changes.slice(cut).reverse()) build.add(change);
        for (const change of changes.slice(0, cut)) build.add(change);
        expect(contentOf(build.finish(1))).toEqual(contentOf(buildImage(APEX, changes, 1)));
      }),
    );
  });

  test('many names split buckets, and go again', () => {
    const wanted = rrs(
      Array.from({ length: 5000 }, (_, at) => `n${at}.x${at % 7}.example.com. A 192.0.2.1`).join(
        '\n',
      ),
    );
    const small = buildImage(APEX, changesOf([soa]), 1);
    const big = applyChanges(small, changesOf(wanted), 2);
    expect(big.nodeCount).toBe(5008);
    const names = new Set(allNames(big));
    for (const { owner: at } of wanted) {
      expect(getNode(big, at)).not.toBe(0);
      expect(names.has(at)).toBe(true);
    }
    const gone = applyChanges(
      big,
      wanted.map((rrset) => ({ owner: rrset.owner, rrsets: undefined })),
      3,
    );
    expect(allNames(gone)).toEqual([APEX]);
    expect(getNode(small, name('n1.x1.example.com.'))).toBe(0);
  });

  test('empty non-terminals come and go with their descendants', () => {
    const one = zone('example.com.', 'a.b.c.example.com. A 192.0.2.1');
    const without = applyChanges(
      one,
      [{ owner: name('a.b.c.example.com.'), rrsets: undefined }],
      8,
    );
    const rcode = (image: ZoneImage) =>
      ask(makeZones([{ apex: APEX, image }]), 'b.c.example.com. A').rcode;
    expect(rcode(one)).toBe('NOERROR');
    expect(rcode(without)).toBe('NXDOMAIN');
    expect(rcode(applyChanges(without, [{ owner: name('b.c.example.com.'), rrsets: [] }], 9))).toBe(
      'NOERROR',
    );
  });

  test('the SOA carries the serial of the image', () => {
    const image = applyChanges(zone('example.com.', ''), [], 4294967295);
    const reply = ask(makeZones([{ apex: APEX, image }]), 'example.com. SOA');
    expect(reply.answer[0]).toContain(' 4294967295 7200');
  });

  test('owners outside of the zone are ignored and counted', () => {
    const image = zone('example.com.', 'a.example.org. A 192.0.2.1\nb.example.com. A 192.0.2.1');
    expect(image.ignoredCount).toBe(1);
    expect(image.nodeCount).toBe(2);
  });

  test('a zone that is not loaded, or has no SOA, is SERVFAIL with extended error 14', () => {
    const noSoa = buildImage(name('example.org.'), [], 1);
    const served = makeZones([
      { apex: APEX, image: undefined },
      { apex: name('example.org.'), image: noSoa },
    ]);
    for (const question of ['www.example.com. A', 'www.example.org. A']) {
      const reply = ask(served, question, { edns: {} });
      expect(reply.rcode).toBe('SERVFAIL');
      expect(reply.message.edns?.options).toEqual([{ code: 15, data: '\0\x0e' }]);
    }
  });

  test('an RRset is cut to what 64 KB hold, always the same records, and counted', () => {
    const rdatas = Array.from({ length: 10_000 }, (_, at) => makeA(`10.0.${at >> 8}.${at & 255}`));
    const big = makeRRset(name('big.example.com.'), 1, { ttlSeconds: 30, rdatas });
    const image = buildImage(APEX, changesOf([soa, big]), 1);
    expect(image.cappedCount).toBe(1);
    const served = makeZones([{ apex: APEX, image }]);
    const reply = ask(served, 'big.example.com. A', { edns: {}, context: { transport: 'tcp' } });
    expect(reply.answer).toHaveLength(4063);
    expect(reply.flags).not.toContain('tc');
    expect(ask(served, 'big.example.com. A').flags).toContain('tc');
    expect(rrsetCap(big, 100)?.rdatas).toEqual(big.rdatas.slice(0, 100));
    const small = applyChanges(image, [{ owner: big.owner, rrsets: undefined }], 2);
    expect(small.cappedCount).toBe(0);
  });

  test('the root may be a zone, and a reverse zone is one like any', () => {
    const served = zones({
      '.': 'a. NS ns.a.\nns.a. A 192.0.2.1\nb. TXT "x"',
      '2.0.192.in-addr.arpa.': '1.2.0.192.in-addr.arpa. PTR web.example.com.',
    });
    expect(ask(served, 'b. TXT').answer).toEqual(['b. 180 IN TXT "x"']);
    expect(ask(served, '. SOA').answer).toHaveLength(1);
    expect(ask(served, 'c. A').rcode).toBe('NXDOMAIN');
    expect(ask(served, 'x.a. A').additional).toEqual(['ns.a. 180 IN A 192.0.2.1']);
    expect(ask(served, '1.2.0.192.in-addr.arpa. PTR').answer).toEqual([
      '1.2.0.192.in-addr.arpa. 180 IN PTR web.example.com.',
    ]);
  });
});
