/**
 * Which tests make up which run: `quick` needs nothing but Node, `real` needs the lab's components,
 * `alone` needs them and the machine for itself, because it measures time, `long` takes minutes to
 * hours, `inside` is run by a test of `alone`. Chosen by TEST_RUN; the names of files decide.
 */

import { defineConfig } from 'vitest/config';

/** The list-watch's faults wait out many time-outs: too slow for the inner loop. */
const REAL = [
  'test/**/*.real.test.ts',
  'test/{conformance,differential,kubernetes,scenario}/**/*.test.ts',
  'test/publish/members/**/*.test.ts',
];
const LONG = ['test/**/*.long.test.ts'];
/** Run by others, in a network namespace of their own. */
const INSIDE = ['test/scenario/**/inside/*.test.ts'];
/** Stories of gaps and losses, and servers whose own patience is tested. */
const ALONE = [
  'test/scenario/{clients,etcd,host,members,state}/**/*.test.ts',
  'test/scenario/death-and-upgrade.test.ts',
  'test/conformance/{fedns,peers}.test.ts',
];

const RUNS = {
  quick: { include: ['test/**/*.test.ts'], exclude: [...REAL, ...LONG], fileParallelism: true },
  real: { include: REAL, exclude: [...ALONE, ...LONG], fileParallelism: true },
  alone: { include: ALONE, exclude: [...LONG, ...INSIDE], fileParallelism: false },
  long: { include: LONG, exclude: [], fileParallelism: false },
  inside: { include: INSIDE, exclude: [], fileParallelism: false },
} as const;

const run = RUNS[(process.env['TEST_RUN'] ?? 'quick') as keyof typeof RUNS];

export const config = defineConfig({
  test: {
    include: [...run.include],
    exclude: [...run.exclude, '**/node_modules/**'],
    fileParallelism: run.fileParallelism,
    // Most of what real components take is waiting: two files at a time on any machine.
    ...(process.env['TEST_RUN'] === 'real' && { maxWorkers: 2 }),
    testTimeout: process.env['TEST_RUN'] === 'long' ? 3_600_000 : 60_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
    reporters: ['dot'],
  },
});

// vitest reads only this name.
export { config as default };
