/** `fedns store`: the door of its verbs. */

import type { Command } from 'commander';
import { addAccept } from './accept.ts';
import { addChecking } from './check.ts';
import { addBackup } from './snapshot.ts';

export function addStore(program: Command): void {
  const store = program.command('store').description('the store itself: check, accept, back up');
  addChecking(store);
  addAccept(store);
  addBackup(store);
}
