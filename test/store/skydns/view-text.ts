/** Test support: skydns keys in, zone text out. Values are JSON unless given as raw text. */
import { formatType } from '../../../src/dns/codes.ts';
import { formatName, parseName } from '../../../src/dns/name.ts';
import { formatRdata } from '../../../src/dns/rdata/index.ts';
import type { RRset } from '../../../src/dns/rrset.ts';
import type { StoredValue, StoreEvent } from '../../../src/store/record-store.ts';
import { octetsOfText } from '../../../src/store/skydns/entry.ts';
import { RecordView, type ViewOptions } from '../../../src/store/skydns/view/record-view.ts';

export type Keys = Readonly<Record<string, unknown>>;

export function storedText(value: unknown): string {
  return octetsOfText(typeof value === 'string' ? value : JSON.stringify(value));
}

export function stateOf(keys: Keys, revision = 100): Extract<StoreEvent, { kind: 'state' }> {
  const values = new Map<string, StoredValue>();
  for (const key of Object.keys(keys).sort()) {
    const value = storedText(keys[key]);
    values.set(octetsOfText(key), { value, modRevision: revision, createRevision: revision });
  }
  return { kind: 'state', reason: 'first', state: { revision, values } };
}

export function viewOf(keys: Keys, options: Partial<ViewOptions> = {}): RecordView {
  const view = new RecordView({
    prefix: '/skydns',
    zones: [{ apex: parseName('example.'), mode: 'owner' }],
    ...options,
  });
  view.apply(stateOf(keys));
  return view;
}

/** `web.example. 300 A 192.0.2.1`, sorted; `web.example. NODATA` for a name that holds nothing. */
export function textOf(view: RecordView, apex = 'example.'): string[] {
  const lines: string[] = [];
  for (const [owner, rrsets] of view.owners(parseName(apex))) {
    lines.push(...linesOf(formatName(owner), rrsets));
  }
  return lines.sort();
}

export function linesOf(owner: string, rrsets: readonly RRset[]): string[] {
  if (rrsets.length === 0) return [`${owner} NODATA`];
  return rrsets.flatMap(({ type, ttlSeconds, rdatas }) =>
    rdatas.map((rdata) =>
      `${owner} ${ttlSeconds} ${formatType(type)} ${formatRdata(type, rdata)}`.trim(),
    ),
  );
}

/** The lines of one type or several, for tables that are not about SRV. */
export function onlyTypes(lines: readonly string[], ...types: string[]): string[] {
  return lines.filter((line) => types.includes(line.split(' ')[2] ?? '') || /NODATA$/.test(line));
}
