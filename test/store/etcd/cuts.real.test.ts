/** Cuts of the connection at any byte under writes; the long run has the full count. */
import { expect, test } from 'vitest';
import { cutRun } from './cut-run.ts';

const runs = [
  { version: '3.7', cuts: 60, writes: 2_000, seed: 11 },
  { version: '3.4', cuts: 30, writes: 1_000, seed: 12 },
] as const;

test.each(runs)(
  'etcd $version: $cuts cuts at any byte under $writes writes lose and repeat nothing',
  async (run) => {
    expect(await cutRun(run)).toContain('cuts');
  },
  60_000,
);
