/** What is written into the store, in which commits, and read back from it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { RRType } from '../../src/dns/codes.ts';
import { formatName, parseName } from '../../src/dns/name.ts';
import { parseRdata } from '../../src/dns/rdata/index.ts';
import { makeRRset, type Rdata, type RRset } from '../../src/dns/rrset.ts';
import type { RRsetChange } from '../../src/dns/rrset-change.ts';
import { takeFence } from '../../src/store/control/control-keys.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { StoreCommit } from '../../src/store/record-store.ts';
import { RecordWriter } from '../../src/store/record-writer.ts';
import { RecordView } from '../../src/store/skydns/view/record-view.ts';
import { linesOf } from './skydns/view-text.ts';

const APEX = parseName('example.');

describe('record writer', () => {
  let store: MemoryStore;
  let commits: StoreCommit[];
  beforeEach(() => {
    commits = [];
    store = new MemoryStore();
    const commit = store.commit.bind(store);
    store.commit = (asked) => {
      commits.push(asked);
      return commit(asked);
    };
  });

  const writerOf = (writer = 'w1', options = {}) =>
    new RecordWriter({ store, prefix: '/skydns', writer, zones: [APEX], ...options });

  async function served(writers: string[] = ['w1']): Promise<string[]> {
    const zones = ['example.', '192.in-addr.arpa.'].map((apex) => ({
      apex: parseName(apex),
      mode: 'owner' as const,
    }));
    const view = new RecordView({ prefix: '/skydns', zones, writers });
    const state = await store.read(view.ranges());
    view.apply({ kind: 'state', reason: 'first', state });
    const owners = zones.flatMap(({ apex }) => [...view.owners(apex)]);
    return owners.flatMap(([owner, rrsets]) => linesOf(formatName(owner), rrsets)).sort();
  }

  test('an entry is leaf, host, ttl, targetstrip 1 and owner, lower case', async () => {
    await writerOf().apply([[set('Web.EXAMPLE. 180 A 192.0.2.1')]]);
    const [commit] = commits;
    expect(commit?.puts).toHaveLength(1);
    expect(commit?.puts[0]?.key).toMatch(/^\/skydns\/example\/web\/[0-9a-f]{16}$/);
    expect(commit?.puts[0]?.value).toBe(
      '{"host":"192.0.2.1","ttl":180,"targetstrip":1,"owner":"w1"}',
    );
  });

  test('a name outside its zones is refused, and nothing beside it is written', async () => {
    const groups = [[set('a.example. 60 A 192.0.2.1'), set('a.elsewhere. 60 A 192.0.2.1')]];
    await expect(writerOf().apply(groups)).rejects.toThrow('a.elsewhere. is in none of our zones');
    expect(commits).toEqual([]);
  });

  test('each type that an entry can say is read back as it was written', async () => {
    const wanted = [
      'a.example. 60 A 192.0.2.1',
      'a.example. 60 AAAA 2001:db8::1',
      'alias.example. 180 CNAME 192.0.2.1.example.',
      'alias2.example. 180 CNAME 192.0.2.7.',
      'mail.example. 300 MX 0 mx.example.net.',
      'srv.example. 300 SRV 0 0 0 host.example.net.',
      'srv.example. 300 SRV 5 7 5060 .',
      'txt.example. 300 TXT "one"',
      `two.example. 300 TXT "${'x'.repeat(255)}"`,
      'utf8.example. 300 TXT "gr\\195\\188n" "x"',
      '1.2.0.192.in-addr.arpa. 300 PTR a.example.',
    ];
    const zones = [APEX, parseName('192.in-addr.arpa.')];
    await writerOf('w1', { zones }).apply([[...byOwner(wanted), nodata('empty.example.')]]);
    expect(await served()).toEqual([...wanted, 'empty.example. NODATA'].sort());
    // A reader that does not know the writer reads the same: the leaf proves who wrote it.
    expect(await served([])).toEqual([...wanted, 'empty.example. NODATA'].sort());
  });

  test('what an entry cannot say is refused before anything is written', async () => {
    const refused = [
      'a.example. 60 CAA 0 issue "ca.example.net"',
      'a.example. 60 AAAA ::ffff:192.0.2.1',
      'a.example. 60 TXT ""',
      'a.example. 60 TXT "\\255"',
      'a.example. 60 PTR b.example.',
      'a\\.b.example. 60 A 192.0.2.1',
      'a/b.example. 60 A 192.0.2.1',
    ];
    for (const line of refused) {
      const writing = writerOf().apply([[set('ok.example. 60 A 192.0.2.1'), set(line)]]);
      await expect(writing, line).rejects.toMatchObject({ name: 'InputError' });
    }
    expect(commits).toEqual([]);
  });

  test('applying twice writes nothing; other writers and strangers are left alone', async () => {
    const [one, two] = [writerOf('w1'), writerOf('w2')];
    await one.apply([[set('web.example. 60 A 192.0.2.1')]]);
    await two.apply([[set('web.example. 60 A 192.0.2.1')]]);
    await put('/skydns/example/web/foreign', '{"host":"192.0.2.9","targetstrip":1}');
    const before = commits.length;
    const report = await writerOf('w1').apply([[set('web.example. 60 A 192.0.2.1')]]);
    expect(report).toMatchObject({ commitCount: 0, revision: undefined });
    expect(commits).toHaveLength(before);
    await one.apply([[{ owner: parseName('web.example.'), rrsets: undefined }]]);
    expect(await served(['w1', 'w2'])).toEqual(['web.example. 60 A 192.0.2.1']);
  });

  test('a removal carries a marker with the count of all, in the same commit', async () => {
    const writer = writerOf();
    await writer.apply([[set('a.example. 60 A 192.0.2.1'), set('b.example. 60 A 192.0.2.1')]]);
    await writer.apply([[gone('a.example.'), nodata('b.example.')]]);
    const markers = commits.flatMap(({ puts }) =>
      puts.filter(({ key }) => key === '/fedns/removals/w1').map(({ value }) => value),
    );
    expect(markers).toEqual(['{"removed":2}']);
    // Another process of the same writer goes on counting.
    const later = writerOf();
    await later.apply([[set('a.example. 60 A 192.0.2.1')]]);
    await later.apply([[gone('a.example.')]]);
    expect(commits.at(-1)?.puts[0]?.value).toBe('{"removed":3}');
  });

  test('what is too large for one commit is first only added to, then only removed', async () => {
    const writer = writerOf();
    const lines = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => {
        const number = from + index;
        return `big.example. 60 A 198.51.${number >> 8}.${number & 255}`;
      });
    await writer.apply([byOwner(lines(0, 300))]);
    expect(commits).toHaveLength(3);
    await writer.apply([byOwner(lines(200, 300))]);
    const kinds = commits.slice(3).map(({ puts, deletes }) => [puts.length, deletes.length]);
    expect(kinds).toEqual([
      [125, 0],
      [75, 0],
      [0, 62],
      [0, 62],
      [0, 62],
      [0, 14],
    ]);
    expect(await served()).toEqual(lines(200, 300).sort());
  });

  test('a copy of an entry of ours under another spelling of its key is taken away', async () => {
    const writer = writerOf();
    await writer.apply([[set('web.example. 180 A 192.0.2.1')]]);
    const put = commits[0]?.puts[0] ?? { key: '', value: '' };
    const strayKey = put.key.replace('/web/', '/Web/');
    await store.commit({ compares: [], puts: [{ ...put, key: strayKey }], deletes: [] });
    await writer.load();
    await writer.apply([[set('web.example. 180 A 192.0.2.1')]]);
    expect(commits[2]?.deletes).toEqual([strayKey]);
    expect((await store.read([{ from: '/skydns/', to: '/skydns0' }])).values.size).toBe(1);
    // Nothing is left to be done.
    await writer.apply([[set('web.example. 180 A 192.0.2.1')]]);
    expect(commits).toHaveLength(3);
  });

  test('many records of one name: a new TTL replaces each, what stays is left alone', async () => {
    const writer = writerOf();
    const lines = (from: number, to: number, ttl: number) =>
      Array.from({ length: to - from }, (_, index) => `192.0.2.${from + index}`).map(
        (address) => `web.example. ${ttl} A ${address}`,
      );
    await writer.apply([byOwner(lines(0, 30, 60))]);
    await writer.apply([byOwner(lines(10, 40, 60))]);
    expect(commits[1]?.puts).toHaveLength(10);
    expect(commits[1]?.deletes).toHaveLength(10);
    await writer.apply([byOwner(lines(10, 40, 90))]);
    expect(commits[2]?.puts).toHaveLength(30);
    expect(commits[2]?.deletes).toEqual([]);
    expect(commits[2]?.compares.filter(({ key }) => key.startsWith('/skydns/'))).toHaveLength(30);
    const again = writerOf();
    await again.load();
    expect(again.heldAt(parseName('web.example.'))).toEqual(
      writer.heldAt(parseName('web.example.')),
    );
  });

  test('groups are written one after the other', async () => {
    const names = ['global', 'region', 'zone'];
    await writerOf().apply(names.map((name) => [set(`${name}.example. 60 A 192.0.2.1`)]));
    const keys = commits.map(({ puts }) => puts[0]?.key.split('/')[3]);
    expect(keys).toEqual(names);
  });

  test('a name said twice in one group is written as if its removal came last', async () => {
    const writer = writerOf();
    await writer.apply([[set('web.example. 60 A 192.0.2.1')]]);
    const both = byOwner(['web.example. 60 A 192.0.2.1', 'web.example. 60 A 192.0.2.2']);
    await writer.apply([[gone('web.example.'), ...both]]);
    expect(writer.heldAt(parseName('web.example.'))).toBeUndefined();
    expect((await store.read([{ from: '/skydns/', to: '/skydns0' }])).values.size).toBe(0);
  });

  test('a writer whose fence was taken writes nothing and says so', async () => {
    const fence = await takeFence(store, '/fedns/fence/publish', 'one');
    const old = writerOf('w1', { fence });
    await old.apply([[set('a.example. 60 A 192.0.2.1')]]);
    const next = await takeFence(store, '/fedns/fence/publish', 'two');
    await expect(old.apply([[gone('a.example.')]])).rejects.toMatchObject({
      code: 'STORE_FENCED',
    });
    expect(await served()).toEqual(['a.example. 60 A 192.0.2.1']);
    await writerOf('w1', { fence: next }).apply([[gone('a.example.')]]);
    expect(await served()).toEqual([]);
  });

  test('a conflict on its own entries is read anew and solved', async () => {
    const writer = writerOf();
    await writer.apply([[set('a.example. 60 A 192.0.2.1')]]);
    await writerOf().apply([[set('a.example. 90 A 192.0.2.1')]]);
    await writer.apply([[gone('a.example.')]]);
    expect(await served()).toEqual([]);
  });

  test('held tells what the writer has in the store', async () => {
    const wanted = byOwner(['a.example. 60 A 192.0.2.1', 'a.example. 60 TXT "x"']);
    await writerOf().apply([[...wanted, nodata('b.example.')]]);
    const held = await writerOf().load();
    expect([...held]).toEqual([
      [parseName('a.example.'), wanted[0]?.rrsets],
      [parseName('b.example.'), []],
    ]);
  });

  const put = (key: string, value: string) =>
    store.commit({ compares: [], puts: [{ key, value }], deletes: [] });
});

function set(line: string): RRsetChange {
  return byOwner([line])[0]!;
}

function gone(name: string): RRsetChange {
  return { owner: parseName(name), rrsets: undefined };
}

function nodata(name: string): RRsetChange {
  return { owner: parseName(name), rrsets: [] };
}

function byOwner(lines: readonly string[]): RRsetChange[] {
  const owners = new Map<string, Map<number, { ttlSeconds: number; rdatas: Rdata[] }>>();
  for (const line of lines) {
    const [, name = '', ttl = '', typeName = '', data = ''] =
      /^(\S+) (\d+) (\S+) (.*)$/.exec(line) ?? [];
    const type = RRType[typeName as keyof typeof RRType];
    const sets = owners.get(name) ?? new Map();
    const rrset = sets.get(type) ?? { ttlSeconds: Number(ttl), rdatas: [] };
    rrset.rdatas.push(parseRdata(type, data));
    owners.set(name, sets.set(type, rrset));
  }
  return [...owners].map(([name, sets]) => {
    const owner = parseName(name);
    const rrsets: RRset[] = [...sets].map(([type, data]) => makeRRset(owner, type, data));
    return { owner, rrsets: rrsets.sort((left, right) => left.type - right.type) };
  });
}
