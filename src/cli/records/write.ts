/**
 * `fedns records put|delete|import`: records of a person, owned by the writer `manual` unless said
 * otherwise. Nobody else's entries are touched.
 */

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { reasonOf } from '../../app/config/read-config.ts';
import { formatType, parseType } from '../../dns/codes.ts';
import { SERVED_TTL_SECONDS_MAX } from '../../dns/limits.ts';
import { type DomainName, formatName, parseName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata/index.ts';
import { makeRRset, type RRset } from '../../dns/rrset.ts';
import { legalContent, type RRsetChange } from '../../dns/rrset-change.ts';
import { RecordWriter } from '../../store/record-writer.ts';
import { choice } from '../flags.ts';
import { print, VerbError } from '../output.ts';
import { IMPORT_FORMATS, readImport } from './import-text.ts';
import { type StoredView, storeOptions, withStoredView } from './stored-view.ts';

type Flags = Readonly<Record<string, unknown>>;

/** Owner of what people write by hand: the shards file's reconcile leaves it alone. */
const MANUAL_WRITER = 'manual';

export function addWriting(records: Command): void {
  const writing = (command: Command) =>
    storeOptions(command).option('--writer <id>', 'who owns these records', MANUAL_WRITER);
  writing(records.command('put'))
    .description('sets one RRset: TXT data in quotes, names absolute or with a final dot')
    .argument('<name>', 'owner name')
    .argument('<type>', 'A, AAAA, CNAME, TXT, SRV, MX, PTR')
    .argument('<data...>', 'one argument a record, as in a zone file')
    .option('--ttl <seconds>', 'TTL', '300')
    .action((name: string, type: string, data: string[], flags: Flags) =>
      withStoredView(flags, (stored) => put(stored, rrsetOf({ name, type, data, flags }), flags)),
    );
  writing(records.command('delete'))
    .description('removes what this writer holds at a name')
    .argument('<name>', 'owner name')
    .argument('[type]', 'only this type')
    .action((name: string, type: string | undefined, flags: Flags) =>
      withStoredView(flags, (stored) => remove(stored, { name, type }, flags)),
    );
  writing(records.command('import'))
    .description('records of a file become those of this writer, name by name')
    .argument('<file>', 'file, - for standard input, or URL of an etcd with the v2 API')
    .addOption(choice('--format <format>', IMPORT_FORMATS, 'zone'))
    .option('--origin <name>', 'zone file: origin of relative names', '.')
    .option('--dry-run', 'says what would change')
    .action((file: string, flags: Flags) =>
      withStoredView(flags, (stored) => importFile(stored, file, flags)),
    );
}

function rrsetOf(given: { name: string; type: string; data: string[]; flags: Flags }): RRset {
  const type = parseType(given.type);
  if (type === undefined) throw new VerbError(`type "${given.type}" is unknown`, 2);
  const ttlSeconds = Number(given.flags['ttl']);
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > SERVED_TTL_SECONDS_MAX) {
    const asked = String(given.flags['ttl']);
    throw new VerbError(
      `--ttl: "${asked}" is no number of seconds up to ${SERVED_TTL_SECONDS_MAX}`,
      2,
    );
  }
  const rdatas = given.data.map((text) => parseRdata(type, text));
  return makeRRset(parseName(given.name), type, { ttlSeconds, rdatas });
}

async function put(stored: StoredView, rrset: RRset, flags: Flags): Promise<void> {
  const writer = writerOf(stored, flags);
  const held = (await writer.load()).get(rrset.owner) ?? [];
  const kept = held.filter((one) => one.type !== rrset.type);
  const rrsets = legalContent(rrset.owner, [...kept, rrset]);
  await writer.apply([[{ owner: rrset.owner, rrsets }]]);
  print(`${formatName(rrset.owner)} ${formatType(rrset.type)}: stored`);
}

async function remove(
  stored: StoredView,
  what: { name: string; type: string | undefined },
  flags: Flags,
): Promise<void> {
  const owner = parseName(what.name);
  const type = what.type === undefined ? undefined : parseType(what.type);
  if (what.type !== undefined && type === undefined) {
    throw new VerbError(`type "${what.type}" is unknown`, 2);
  }
  const writer = writerOf(stored, flags);
  const held = (await writer.load()).get(owner);
  const kept = held?.filter((one) => type !== undefined && one.type !== type) ?? [];
  if (held === undefined || (held.length > 0 && kept.length === held.length)) {
    const who = String(flags['writer']);
    throw new VerbError(`${formatName(owner)}: writer ${who} holds no such record`, 1);
  }
  await writer.apply([[{ owner, rrsets: kept.length > 0 ? kept : undefined }]]);
  print(`${formatName(owner)}: removed`);
}

async function importFile(stored: StoredView, file: string, flags: Flags): Promise<void> {
  const owners = await readImport({
    format: String(flags['format']),
    origin: parseName(String(flags['origin'])),
    path: file,
    prefix: stored.view.prefix,
    apexes: stored.apexes,
    readText: () => textOf(file),
  });
  const writer = writerOf(stored, flags);
  const held = await writer.load();
  const changes: RRsetChange[] = [...owners].map(([owner, rrsets]) => ({
    owner,
    rrsets: legalContent(owner, rrsets),
  }));
  if (flags['dryRun'] === true) {
    for (const { owner } of changes)
      print(`${held.has(owner) ? 'change' : 'add'} ${formatName(owner)}`);
    return;
  }
  const done = await inSlices(changes, (slice) => writer.apply([slice]));
  print(`${done} names imported`);
}

/** Progress on stderr for what takes longer than two seconds. */
async function inSlices(
  changes: readonly RRsetChange[],
  apply: (slice: readonly RRsetChange[]) => Promise<unknown>,
): Promise<number> {
  const started = performance.now();
  let toldAt = started;
  for (let from = 0; from < changes.length; from += 200) {
    await apply(changes.slice(from, from + 200));
    const now = performance.now();
    if (now - started < 2000 || now - toldAt < 1000) continue;
    toldAt = now;
    process.stderr.write(`${from + 200} of ${changes.length} names\n`);
  }
  return changes.length;
}

function writerOf(stored: StoredView, flags: Flags): RecordWriter {
  const writer = String(flags['writer']);
  if (!/^[a-z0-9-]{1,63}$/.test(writer)) throw new VerbError('--writer: use a-z, 0-9, -', 2);
  return new RecordWriter({
    store: stored.store,
    prefix: stored.view.prefix,
    writer,
    zones: stored.apexes as readonly DomainName[],
    controlPrefix: stored.read.config.store.controlPrefix,
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new VerbError(`${file}: ${reasonOf(error)}`, 2);
  }
}
