/** The control plane killed after each of its writes converges (kill-after-writes.ts). */

import { it } from 'vitest';
import { killAfterWrites } from './kill-after-writes.ts';

it('converges wherever it is killed', () => killAfterWrites(1), 1_800_000);
