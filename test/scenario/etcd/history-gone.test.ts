/** R12: etcd compacts its history while our connection is dead. */

import { afterEach, it } from 'vitest';
import type { RunningProcess } from '../../lab/process.ts';
import { survivesLostHistory } from './history-gone.ts';

const running: Pick<RunningProcess, 'kill9'>[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it('R12: etcd 3.7 compacts while our connection is dead', () =>
  survivesLostHistory({ version: '3.7', how: 'our connection is dead', running }));
