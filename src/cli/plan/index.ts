/** `fedns plan` and `fedns render`: the door of the verbs that say what would be, offline. */

import type { Command } from 'commander';
import { addPlanningRecords } from './records.ts';
import { addPlanningReplicas } from './replicas.ts';

export { addRender } from './render.ts';

export function addPlan(program: Command): void {
  const plan = program.command('plan').description('what would be done, without doing it');
  addPlanningRecords(plan);
  addPlanningReplicas(plan);
}
