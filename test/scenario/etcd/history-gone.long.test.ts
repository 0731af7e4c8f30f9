/** R12: etcd compacts its history while we are stopped. */

import { afterEach, it } from 'vitest';
import type { RunningProcess } from '../../lab/process.ts';
import { survivesLostHistory } from './history-gone.ts';

const running: Pick<RunningProcess, 'kill9'>[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it('R12: etcd 3.4 compacts while we are stopped', () =>
  survivesLostHistory({ version: '3.4', how: 'we are stopped', running }));
