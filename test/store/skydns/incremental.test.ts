/** Laws of the view: by events = at once; twice = once; plan, write and read = what was wanted. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import { makeA } from '../../../src/dns/rdata/index.ts';
import type { RRset } from '../../../src/dns/rrset.ts';
import type { StoredValue, StoreEvent } from '../../../src/store/record-store.ts';
import { leafOf } from '../../../src/store/skydns/own-leaf.ts';
import { RecordView, type ViewUpdate } from '../../../src/store/skydns/view/record-view.ts';
import { atOnce as atOnceOf } from '../../../src/store/skydns/view/settled.ts';
import { storedText } from './view-text.ts';

const APEXES = ['example.', 'sub.example.', '2.0.192.in-addr.arpa.'];
const ours = leafOf('ladder', { type: 1, rdata: makeA('192.0.2.1') });

// Few keys, so that they meet: at a name, above it, below it, and under dns.
const TAILS = ['', '/web', '/web/x1', '/web/x1/y', '/web/*', '/web/_tcp', '/web/A', '/web//x1'];
const DNS_TAILS = ['/dns', '/dns/ns', '/dns/ns/a', '/dns/ns/a/b', '/dns/apex', '/dns/apex/a'];
const SUB_TAILS = ['/sub', '/sub/web', '/sub/web/x1', '/sub/dns/ns'];
const REVERSE = '/skydns/arpa/in-addr/192/0/2';
const keys = [...TAILS, ...DNS_TAILS, ...SUB_TAILS].map((tail) => `/skydns/example${tail}`);
const anyKey = fc.constantFrom(...keys, REVERSE, `${REVERSE}/1`, `${REVERSE}/1/x`, '/skydns/other');
const ourKey = fc.constantFrom(`/skydns/example/web/${ours}`, `/skydns/example/sub/web/${ours}`);
const key = fc.oneof({ weight: 8, arbitrary: anyKey }, { weight: 1, arbitrary: ourKey });

const entry = fc.record(
  {
    host: fc.constantFrom(
      '192.0.2.1',
      '192.0.2.2',
      '2001:db8::1',
      'a.example.net',
      '10 mx.example.',
    ),
    text: fc.constantFrom('', 'hello', 'world'),
    targetstrip: fc.constantFrom(0, 1, 2, 9),
    ttl: fc.constantFrom(0, 5, 100_000),
    group: fc.constantFrom('', 'one', 'two'),
    port: fc.constantFrom(-1, 0, 80),
    mail: fc.boolean(),
    owner: fc.constantFrom('', 'ladder'),
  },
  { requiredKeys: [] },
);
const oursValue = { host: '192.0.2.1', targetstrip: 1, owner: 'ladder' };
const value = fc.oneof(
  { weight: 10, arbitrary: entry },
  { weight: 2, arbitrary: fc.constant(oursValue) },
  { weight: 1, arbitrary: fc.constantFrom('not json', 'null', '{"host":5}') },
);
const write = fc.tuple(key, fc.option(value, { nil: undefined }));
const history = fc.array(fc.array(write, { minLength: 1, maxLength: 4 }), { maxLength: 25 });

type Served = Map<string, Map<string, readonly RRset[]>>;

function newView(mode: 'owner' | 'subtree'): RecordView {
  const zones = APEXES.map((apex) => ({ apex: parseName(apex), mode }));
  return new RecordView({ prefix: '/skydns', zones, writers: ['ladder'] });
}

function serve(served: Served, update: ViewUpdate): void {
  for (const { apex, kind, changes } of update.zones) {
    const held = kind === 'reload' ? new Map() : (served.get(apex) ?? new Map());
    for (const { owner, rrsets } of changes) {
      if (rrsets === undefined) held.delete(owner);
      else held.set(owner, rrsets);
    }
    served.set(apex, held);
  }
}

function sorted(served: Served) {
  return [...served]
    .sort()
    .map(([apex, held]) => [apex, [...held].sort((a, b) => (a[0] < b[0] ? -1 : 1))]);
}

function stateOf(values: Map<string, StoredValue>, revision: number): StoreEvent {
  const state = { revision, values: new Map([...values].sort()) };
  return { kind: 'state', reason: 'compacted', state };
}

test.each(['owner', 'subtree'] as const)('%s mode: by events = at once', (mode) => {
  fc.assert(
    fc.property(history, fc.nat(24), (revisions, relistAt) => {
      const values = new Map<string, StoredValue>();
      const [byEvents, byStates] = [newView(mode), newView(mode)];
      const [served, servedByStates]: [Served, Served] = [new Map(), new Map()];
      serve(served, byEvents.apply(stateOf(values, 1)));
      serve(servedByStates, byStates.apply(stateOf(values, 1)));
      let revision = 1;
      for (const writes of revisions) {
        revision += 1;
        const changes = [...new Map(writes)].map(([at, given]) => {
          const before = values.get(at);
          const createRevision = before?.createRevision ?? revision;
          const stored =
            given === undefined
              ? undefined
              : { value: storedText(given), modRevision: revision, createRevision };
          if (stored === undefined) values.delete(at);
          else values.set(at, stored);
          return { key: at, stored };
        });
        const event: StoreEvent = { kind: 'revision', revision, changes };
        serve(served, byEvents.apply(event));
        const again = byEvents.apply(event);
        expect(again.zones.flatMap((zone) => [...zone.changes])).toEqual([]);
        if (revision === relistAt) serve(servedByStates, byStates.apply(stateOf(values, revision)));
      }
      serve(servedByStates, byStates.apply(stateOf(values, revision)));
      const atOnce: Served = new Map();
      const fresh = newView(mode);
      serve(atOnce, fresh.apply(stateOf(values, revision)));
      expect(sorted(served)).toEqual(sorted(atOnce));
      expect(sorted(servedByStates)).toEqual(sorted(atOnce));
      const counts = ({ skipped, ignored, notes }: ReturnType<RecordView['counts']>) => [
        [...skipped].filter(([, count]) => count > 0).sort(),
        ignored,
        [...notes].filter(([, count]) => count > 0).sort(),
      ];
      expect(counts(byEvents.counts())).toEqual(counts(fresh.counts()));
      const skipped = new Set(byEvents.skipped().map(({ key: at }) => at));
      const held = [...values.keys()].filter((at) => !skipped.has(at) && at !== '/skydns/other');
      const isKeptBut = (lost: string, revisionNow: number) =>
        atOnceOf(byEvents.isKeptBy(revisionNow, { has: (at) => at !== lost && values.has(at) }));
      expect(isKeptBut('', revision)).toBe(true);
      expect([...values.keys()].filter((at) => !isKeptBut(at, revision)).sort()).toEqual(
        held.sort(),
      );
      // What came after the state was read cannot be in it.
      expect(isKeptBut(held[0] ?? '', 1)).toBe(true);
      for (const apex of APEXES.map((text) => parseName(text))) {
        expect(new Map(byEvents.owners(apex))).toEqual(atOnce.get(apex) ?? new Map());
      }
    }),
    { numRuns: 300 },
  );
});
