/** `fedns records`: the door of its verbs. */

import type { Command } from 'commander';
import { addComparing } from './compare.ts';
import { addReading } from './read.ts';
import { addWriting } from './write.ts';

export function addRecords(program: Command): void {
  const records = program.command('records').description('records in the store');
  addReading(records);
  addWriting(records);
  addComparing(records);
}
