/**
 * What can be imported: a zone file, our JSON, a skydns dump (`etcdctl get --prefix` prints key and
 * value in turn), and Federation v1's layout straight from etcd's v2 API. All become owners with
 * RRsets; keys are read as the server reads them.
 */

import { z } from 'zod';
import { reasonOf } from '../../app/config/read-config.ts';
import { parseType, RRType } from '../../dns/codes.ts';
import { type DomainName, formatName, isAtOrBelow, parentName, parseName } from '../../dns/name.ts';
import { parseZoneFile } from '../../dns/presentation.ts';
import { parseRdata, readSrv } from '../../dns/rdata/index.ts';
import { makeRRset, type RRset } from '../../dns/rrset.ts';
import { octetsOfText } from '../../store/skydns/entry.ts';
import { keyOfName } from '../../store/skydns/key.ts';
import { RecordView } from '../../store/skydns/view/record-view.ts';
import { VerbError } from '../output.ts';

export const IMPORT_FORMATS = ['zone', 'json', 'skydns', 'etcd-v2'] as const;

export interface ImportSource {
  readonly format: string;
  readonly origin: DomainName;
  readonly path: string;
  readonly prefix: string;
  readonly apexes: readonly DomainName[];
  readonly readText: () => string;
}

export type ImportedOwners = ReadonlyMap<DomainName, readonly RRset[]>;

/** Throws VerbError, InputError: nothing is imported then. */
export async function readImport(source: ImportSource): Promise<ImportedOwners> {
  const owners = await ownersOf(source);
  for (const owner of owners.keys()) {
    if (source.apexes.some((apex) => isAtOrBelow(owner, apex))) continue;
    throw new VerbError(`${source.path}: ${formatName(owner)} is in none of our zones`, 2);
  }
  return owners;
}

async function ownersOf(source: ImportSource): Promise<ImportedOwners> {
  const { format, origin, path } = source;
  switch (format) {
    case 'zone':
      return byOwner(parseZoneFile(source.readText(), { origin, path }));
    case 'json':
      return byOwner(rrsetsOfJson(source.readText(), path));
    case 'skydns':
      return viewed(keysOfDump(source.readText(), path), source);
    default:
      return viewed(await keysOfEtcdV2(path, source.prefix), source);
  }
}

function byOwner(rrsets: readonly RRset[]): ImportedOwners {
  const owners = new Map<DomainName, RRset[]>();
  for (const rrset of rrsets) owners.set(rrset.owner, [...(owners.get(rrset.owner) ?? []), rrset]);
  return owners;
}

const JSON_RECORDS = z.array(
  z.strictObject({
    name: z.string(),
    type: z.string(),
    ttl: z.int().min(0),
    rdatas: z.array(z.string()).min(1),
  }),
);

function rrsetsOfJson(text: string, path: string): RRset[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new VerbError(`${path}: ${error instanceof Error ? error.message : 'no JSON'}`, 2);
  }
  const records = JSON_RECORDS.safeParse(value);
  if (!records.success) {
    const issue = records.error.issues[0];
    throw new VerbError(
      `${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'refused'}`,
      2,
    );
  }
  return records.data.map((record) => {
    const type = parseType(record.type);
    if (type === undefined)
      throw new VerbError(`${path}: ${record.name}: type "${record.type}" is unknown`, 2);
    const rdatas = record.rdatas.map((text) => parseRdata(type, text));
    return makeRRset(parseName(record.name), type, { ttlSeconds: record.ttl, rdatas });
  });
}

/** Lines in turn: key, value. */
function keysOfDump(text: string, path: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => line !== '');
  if (
    lines.length % 2 !== 0 ||
    lines.some((line, index) => index % 2 === 0 && !line.startsWith('/'))
  ) {
    throw new VerbError(
      `${path}: expected lines of key and value in turn, keys beginning with /`,
      2,
    );
  }
  const keys = new Map<string, string>();
  for (let index = 0; index < lines.length; index += 2)
    keys.set(lines[index] ?? '', lines[index + 1] ?? '');
  return keys;
}

interface EtcdV2Node {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
  readonly nodes?: readonly EtcdV2Node[] | undefined;
}
const NODE: z.ZodType<EtcdV2Node> = z.object({
  key: z.string().optional(),
  value: z.string().optional(),
  nodes: z.lazy(() => z.array(NODE)).optional(),
});

/** Federation v1's CoreDNS provider wrote through the v2 API, which v3 clients cannot see. */
async function keysOfEtcdV2(url: string, prefix: string): Promise<Map<string, string>> {
  if (!URL.canParse(url)) throw new VerbError(`${url}: not a URL`, 2);
  const page = `${url.replace(/\/$/, '')}/v2/keys${prefix}?recursive=true`;
  let body: unknown;
  try {
    const response = await fetch(page, { signal: AbortSignal.timeout(30_000) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    body = await response.json();
  } catch (error) {
    // fetch says only that it failed; why is in its cause.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new VerbError(`${page}: ${reasonOf(cause)}`, 1);
  }
  const keys = new Map<string, string>();
  const pending = [z.object({ node: NODE }).parse(body).node];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.key !== undefined && node.value !== undefined) keys.set(node.key, node.value);
    pending.push(...(node.nodes ?? []));
  }
  return keys;
}

/** What the keys mean, by the server's own reading. Unreadable ones end the import. */
function viewed(keys: ReadonlyMap<string, string>, source: ImportSource): ImportedOwners {
  const zones = source.apexes.map((apex) => ({ apex, mode: 'owner' as const }));
  const view = new RecordView({ prefix: source.prefix, zones });
  const values = new Map(
    [...keys].map(([key, value]) => [
      octetsOfText(key),
      { value: octetsOfText(value), modRevision: 1, createRevision: 1 },
    ]),
  );
  view.apply({ kind: 'state', reason: 'first', state: { revision: 1, values } });
  const bad = view.skipped()[0];
  if (bad !== undefined) throw new VerbError(`${source.path}: ${bad.key}: ${bad.reason}`, 2);
  const owners = source.apexes
    .flatMap((apex) => [...view.owners(apex)])
    .map(([owner, rrsets]) => [owner, rrsets.flatMap(withoutPortlessServices)] as const);
  const named = owners.filter(([owner]) => !isLeaf(view, owner, source.prefix));
  const targets = new Set(named.flatMap(([, rrsets]) => rrsets.flatMap(serviceTargets)));
  return new Map([...owners.filter(([owner]) => targets.has(owner)), ...named]);
}

/** An entry without targetstrip answers at its own name, too: a leaf is a name only where SRV says it. */
function isLeaf(view: RecordView, owner: DomainName, prefix: string): boolean {
  const up = parentName(owner);
  const key = keyOfName(prefix, owner);
  return up !== undefined && view.explain(up).answering.some((entry) => entry.key === key);
}

/**
 * SkyDNS readers make an SRV with port 0 of every host. Nobody asked for it, and beside the alias
 * of a fallback (Federation v1) no record may stand.
 */
function withoutPortlessServices(rrset: RRset): RRset[] {
  if (rrset.type !== RRType.SRV) return [rrset];
  const rdatas = rrset.rdatas.filter((rdata) => readSrv(rdata).port !== 0);
  const { owner, type, ttlSeconds } = rrset;
  return rdatas.length === 0 ? [] : [makeRRset(owner, type, { ttlSeconds, rdatas })];
}

function serviceTargets({ type, rdatas }: RRset): DomainName[] {
  return type === RRType.SRV ? rdatas.map((rdata) => readSrv(rdata).target) : [];
}
