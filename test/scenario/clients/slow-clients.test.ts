/** R21: slow clients from 64 addresses. */

import { afterEach, it } from 'vitest';
import type { RunningProcess } from '../../lab/process.ts';
import { outlastsSlowClients } from './slow-clients.ts';

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it('R21: 900 slow connections from 64 address(es)', () =>
  outlastsSlowClients({ addressCount: 64, running }));
