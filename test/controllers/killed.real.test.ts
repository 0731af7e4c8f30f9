/** The control plane killed after every fifth of its writes converges (kill-after-writes.ts). */

import { it } from 'vitest';
import { killAfterWrites } from './kill-after-writes.ts';

it('converges wherever it is killed', () => killAfterWrites(5), 600_000);
