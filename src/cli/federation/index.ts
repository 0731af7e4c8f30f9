/** The verbs of kubefedctl: the door of their room. */

import type { Command } from 'commander';
import { addConvert } from './convert.ts';
import { addDisable } from './federating/disable.ts';
import { addEnable } from './federating/enable.ts';
import { addFederate } from './federating/federate.ts';
import { addAccept } from './holding/accept.ts';
import { addPause } from './holding/pause.ts';
import { addJoin } from './joining/join.ts';
import { addUnjoin } from './joining/unjoin.ts';
import { addDescribe } from './looking/describe.ts';
import { addDiff } from './looking/diff.ts';
import { addGet } from './looking/get.ts';
import { addOrphaningDeletion } from './orphaning-deletion.ts';

export function addFederation(program: Command): void {
  addJoin(program);
  addUnjoin(program);
  addEnable(program);
  addDisable(program);
  addFederate(program);
  addOrphaningDeletion(program);
  addAccept(program);
  addPause(program);
  addGet(program);
  addDescribe(program);
  addDiff(program);
  addConvert(program);
}
