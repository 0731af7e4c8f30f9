/** `fedns store check|repair`: is the store whole, who holds what, how much; mending a folder. */

import type { Command } from 'commander';
import { formatName } from '../../dns/name.ts';
import { ControlKeys } from '../../store/control/control-keys.ts';
import { repairStateFolder } from '../../store/file/repair-folder.ts';
import { readHolds } from '../../store/hold/hold-keys.ts';
import { choice, configFromFlags } from '../flags.ts';
import { print, table, VerbError } from '../output.ts';
import { type StoredView, storeOptions, withStoredView } from '../records/stored-view.ts';

type Flags = Readonly<Record<string, unknown>>;

export function addChecking(store: Command): void {
  storeOptions(store.command('check'))
    .description('reads the whole store: revision, keys, unreadable values, holds')
    .addOption(choice('-o, --output <format>', ['table', 'json'], 'table'))
    .action((flags: Flags) => withStoredView(flags, (stored) => check(stored, flags)));
  storeOptions(store.command('repair'))
    .description('mends a damaged state folder of the embedded store; keeps the damaged files')
    .action((flags: Flags) => repair(flags));
}

async function check(stored: StoredView, flags: Flags): Promise<void> {
  const keys = new ControlKeys(stored.read.config.store.controlPrefix);
  const holds = [...(await readHolds(stored.store, keys)).keys()];
  const zones = stored.apexes.map((apex) => {
    const name = formatName(apex);
    return {
      zone: name,
      names: [...stored.view.owners(apex)].length,
      isHeld: holds.includes(name),
    };
  });
  const skipped = stored.view.skipped().length;
  const { kind } = stored.read.config.store;
  const { revision } = stored.state;
  if (flags['output'] === 'json') {
    print(
      JSON.stringify({ kind, revision, keys: stored.state.values.size, skipped, zones }, null, 2),
    );
  } else {
    print(
      `${kind} store at revision ${revision}, ${stored.state.values.size} keys, ${skipped} unreadable`,
    );
    const rows = zones.map(({ zone, names, isHeld }) => [
      zone,
      String(names),
      isHeld ? 'held' : '-',
    ]);
    print(table(['ZONE', 'NAMES', 'REMOVALS'], rows));
  }
  if (holds.length > 0) throw new VerbError(`removals are held: ${holds.join(' ')}`, 1);
}

async function repair(flags: Flags): Promise<void> {
  const read = configFromFlags(flags);
  if (read.config.store.kind !== 'file') {
    throw new VerbError('only the embedded store (store.kind: file) has a folder to repair', 2);
  }
  const folder = read.resolvePath(read.config.store.folder);
  const report = await repairStateFolder(folder);
  print(JSON.stringify(report, null, 2));
}
