/** `fedns records list|get|export`: what the store holds, read as the server reads it. */

import type { Command } from 'commander';
import { formatName, isAtOrBelow, parseName } from '../../dns/name.ts';
import { textOfOctets } from '../../store/skydns/entry.ts';
import { choice } from '../flags.ts';
import { print, VerbError } from '../output.ts';
import { asJson, asTable, asZone } from './record-text.ts';
import { allOwners, type StoredView, storeOptions, withStoredView } from './stored-view.ts';

type Flags = Readonly<Record<string, unknown>>;

export function addReading(records: Command): void {
  storeOptions(records.command('list').argument('[name]', 'only at and below this name'))
    .description('records in the store, as they would be answered')
    .addOption(choice('-o, --output <format>', ['table', 'json', 'zone'], 'table'))
    .action((name: string | undefined, flags: Flags) =>
      withStoredView(flags, (stored) => list(stored, name, String(flags['output']))),
    );
  storeOptions(records.command('get').argument('<name>', 'owner name'))
    .description('what one name holds, and which keys gave it')
    .addOption(choice('-o, --output <format>', ['table', 'json'], 'table'))
    .action((name: string, flags: Flags) =>
      withStoredView(flags, (stored) => get(stored, name, String(flags['output']))),
    );
  storeOptions(records.command('export'))
    .description('everything in our zones, to keep or to import elsewhere')
    .addOption(choice('--format <format>', ['skydns', 'json', 'zone'], 'skydns'))
    .action((flags: Flags) =>
      withStoredView(flags, (stored) => exportAll(stored, String(flags['format']))),
    );
}

function list(stored: StoredView, name: string | undefined, output: string): void {
  const top = name === undefined ? undefined : parseName(name);
  const owners = [...allOwners(stored)].filter(
    ([owner]) => top === undefined || isAtOrBelow(owner, top),
  );
  const rrsets = owners.flatMap(([, held]) => held);
  if (output === 'json') print(asJson(rrsets));
  else if (output === 'zone') print(asZone(rrsets));
  else print(asTable(owners));
}

function get(stored: StoredView, name: string, output: string): void {
  const owner = parseName(name);
  const { rrsets, answering, ignored, notes } = stored.view.explain(owner);
  if (rrsets === undefined && ignored.length === 0) {
    throw new VerbError(`${formatName(owner)}: the store holds nothing at this name`, 1);
  }
  if (output === 'json') {
    print(asJson(rrsets ?? []));
    return;
  }
  print(asTable([[owner, rrsets ?? []]]));
  for (const { key } of answering) print(`from key ${textOfOctets(key)}`);
  for (const { key } of ignored) {
    print(`ignored ${textOfOctets(key)}: a stranger's entry at a name of our ladder`);
  }
  for (const note of notes) print(`note: ${note}`);
}

function exportAll(stored: StoredView, format: string): void {
  const rrsets = [...allOwners(stored)].flatMap(([, held]) => held);
  if (format === 'json') print(asJson(rrsets));
  else if (format === 'zone') print(asZone(rrsets));
  else exportKeys(stored);
}

function exportKeys(stored: StoredView): void {
  const prefix = stored.view.prefix;
  const lines = [...stored.state.values]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, { value }]) => `${textOfOctets(key)}\n${textOfOctets(value)}`);
  print(lines.join('\n'));
}
