/** `fedns store accept`: a person's word that held removals are meant. Reaches every replica. */

import type { Command } from 'commander';
import { type DomainName, formatName, parseName } from '../../dns/name.ts';
import { ControlKeys } from '../../store/control/control-keys.ts';
import { acceptRemovals, readHolds } from '../../store/hold/hold-keys.ts';
import { print, VerbError } from '../output.ts';
import { type StoredView, storeOptions, withStoredView } from '../records/stored-view.ts';

export function addAccept(store: Command): void {
  storeOptions(store.command('accept').argument('[zone]', 'the only one that holds, unless said'))
    .description('lets held removals go: they are meant')
    .action((zone: string | undefined, flags: Record<string, unknown>) =>
      withStoredView(flags, (stored) => accept(stored, zone)),
    );
}

async function accept(stored: StoredView, zone: string | undefined): Promise<void> {
  const keys = new ControlKeys(stored.read.config.store.controlPrefix);
  const holds = [...(await readHolds(stored.store, keys)).keys()];
  const apex = zone === undefined ? onlyHold(holds) : parseName(zone);
  const name = formatName(apex);
  if (!stored.apexes.includes(apex)) throw new VerbError(`${name} is none of our zones`, 2);
  if (!holds.includes(name)) throw new VerbError(`${name}: nothing is held`, 1);
  if (!(await acceptRemovals(stored.store, apex, keys))) {
    throw new VerbError(`${name}: somebody else changed the hold at this moment, try again`, 1);
  }
  print(`${name}: held removals accepted`);
}

function onlyHold(holds: readonly string[]): DomainName {
  const [first, ...more] = holds;
  if (first === undefined) throw new VerbError('nothing is held', 1);
  if (more.length > 0) throw new VerbError(`several zones hold, name one: ${holds.join(' ')}`, 2);
  return parseName(first);
}
