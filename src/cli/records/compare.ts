/** `fedns records diff|check`: what a shards file would change; what in the store is odd. */

import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { reasonOf } from '../../app/config/read-config.ts';
import { describeContent } from '../../discovery/explain.ts';
import { planRecords } from '../../discovery/ladder/plan-records.ts';
import { parseShardsFile } from '../../discovery/shards-file.ts';
import { expandFallbacks } from '../../dns/fallback-rule.ts';
import { formatName } from '../../dns/name.ts';
import { diffOwners } from '../../dns/rrset-change.ts';
import { RecordWriter } from '../../store/record-writer.ts';
import { textOfOctets } from '../../store/skydns/entry.ts';
import { choice } from '../flags.ts';
import { print, table, VerbError } from '../output.ts';
import { corednsDifferences } from './as-coredns.ts';
import {
  allOwners,
  rulesOf,
  type StoredView,
  storeOptions,
  withStoredView,
} from './stored-view.ts';

type Flags = Readonly<Record<string, unknown>>;

export function addComparing(records: Command): void {
  storeOptions(records.command('diff'))
    .description('what publishing a shards file would change; exit code 1 when anything')
    .requiredOption('-f, --file <shards.yaml>', 'the shards file')
    .action((flags: Flags) => withStoredView(flags, (stored) => diff(stored, flags)));
  storeOptions(records.command('check'))
    .description('values that cannot be read, strangers at our names; exit code 1 when any')
    .addOption(choice('-o, --output <format>', ['table', 'json'], 'table'))
    .addOption(
      new Option('--as <server>', 'names that this one would answer otherwise').choices([
        'coredns',
      ]),
    )
    .action((flags: Flags) => withStoredView(flags, (stored) => check(stored, flags)));
}

async function diff(stored: StoredView, flags: Flags): Promise<void> {
  const path = String(flags['file']);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new VerbError(`${path}: ${reasonOf(error)}`, 2);
  }
  const file = parseShardsFile(text, path);
  const { federation, store } = stored.read.config;
  const plan = planRecords(file, {
    zoneNames: federation.zoneNames,
    ttlSeconds: federation.ttlSeconds,
    resolve: (host) => file.resolved.get(host),
  });
  const writer = new RecordWriter({
    store: stored.store,
    prefix: stored.view.prefix,
    writer: federation.writer,
    zones: [file.domain],
    controlPrefix: store.controlPrefix,
  });
  const held = expandFallbacks(await writer.load(), rulesOf(stored));
  const wanted = new Map([...plan.owners].map(([owner, { rrsets }]) => [owner, rrsets]));
  const changes = diffOwners(held, wanted);
  for (const { owner, rrsets } of changes) {
    print(
      `${formatName(owner)}: ${describeContent(held.get(owner))} -> ${describeContent(rrsets)}`,
    );
  }
  if (changes.length > 0) throw new VerbError(`${changes.length} names differ`, 1);
}

function check(stored: StoredView, flags: Flags): void {
  if (flags['as'] === 'coredns') {
    checkAsCoredns(stored, flags);
    return;
  }
  const { ignored, notes, skipped: counts } = stored.view.counts();
  const skipped = stored.view
    .skipped()
    .map(({ key, reason }) => ({ key: textOfOctets(key), reason }));
  const found = {
    skipped,
    ignoredAtOurNames: ignored,
    notes: Object.fromEntries(notes),
    skippedByReason: Object.fromEntries(counts),
  };
  if (flags['output'] === 'json') print(JSON.stringify(found, null, 2));
  else {
    if (skipped.length > 0)
      print(
        table(
          ['REASON', 'KEY'],
          skipped.map(({ key, reason }) => [reason, key]),
        ),
      );
    if (ignored > 0) print(`${ignored} entries of strangers at names of our ladder are ignored`);
    for (const [note, count] of notes) print(`${count} names: ${note}`);
    if (skipped.length === 0 && ignored === 0) print('every value is readable');
  }
  if (skipped.length > 0 || ignored > 0) {
    throw new VerbError(`${skipped.length} unreadable values, ${ignored} ignored entries`, 1);
  }
}

/** Not a fault, so exit code 0: a list to read before one moves over. */
function checkAsCoredns(stored: StoredView, flags: Flags): void {
  const served = allOwners(stored);
  const found = stored.apexes.flatMap((apex) => {
    const held = new Map(stored.view.owners(apex));
    return corednsDifferences(apex, { stored: held, served });
  });
  if (flags['output'] === 'json') print(JSON.stringify(found, null, 2));
  else if (found.length === 0) print('CoreDNS would answer the same');
  else
    print(
      table(
        ['NAME', 'WITH COREDNS'],
        found.map((one) => [one.name, one.difference]),
      ),
    );
}
