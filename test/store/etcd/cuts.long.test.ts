/** The full count of cuts: 1,000 under 10,000 writes, on both versions of etcd. */
import { expect, test } from 'vitest';
import { cutRun } from './cut-run.ts';

test.each(['3.7', '3.4'] as const)(
  'etcd %s: 1,000 cuts at any byte under 10,000 writes lose and repeat nothing',
  async (version) => {
    const said = await cutRun({ version, cuts: 1_000, writes: 10_000, seed: 1_000 });
    console.info(`etcd ${version}, ${said}`);
    expect(said).toContain('1000 cuts');
  },
  900_000,
);
