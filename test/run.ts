/**
 * `npm test`: every step in order, each with its time, stopping at the first that fails. Arguments
 * name the steps to run; without any, all but `long`. The closing line counts tests.
 */

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const BIN = join(ROOT, 'node_modules', '.bin');

interface Step {
  readonly name: string;
  readonly what: string;
  readonly command: readonly string[];
  readonly tests?: 'quick' | 'real' | 'alone' | 'long';
}

const vitest = ['vitest', 'run', '--config', 'test/vitest.config.ts'];
const STEPS: readonly Step[] = [
  { name: 'lint', what: 'biome', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'check', what: 'tsc', command: ['tsc'] },
  { name: 'unused', what: 'knip', command: ['knip', '--config', '.knip.json'] },
  { name: 'quick', what: 'unit, property and tidy tests', command: vitest, tests: 'quick' },
  { name: 'lab', what: 'real components', command: ['node', 'test/lab/prepare.ts'] },
  { name: 'real', what: 'real components', command: vitest, tests: 'real' },
  { name: 'alone', what: 'conformance and stories in time', command: vitest, tests: 'alone' },
  { name: 'long', what: 'what takes long', command: vitest, tests: 'long' },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no such step: ${unknown.join(', ')}; there are ${STEPS.map((s) => s.name).join(', ')}\n`,
  );
  process.exit(2);
}
let passed = 0;
let failed = 0;
for (const step of STEPS) {
  if (wanted.length === 0 ? step.name === 'long' : !wanted.includes(step.name)) continue;
  const started = Date.now();
  process.stderr.write(`\n== ${step.name}: ${step.what}\n`);
  const result = await run(step);
  passed += result.passed;
  failed += result.failed;
  process.stderr.write(
    `== ${step.name}: ${result.code === 0 ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - started) / 1000)} s\n`,
  );
  if (result.code !== 0) {
    process.stdout.write(`${passed} passed, ${Math.max(1, failed)} failed\n`);
    process.exit(1);
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);

interface StepResult {
  readonly code: number;
  readonly passed: number;
  readonly failed: number;
}

/** Runs one step with its output passed through; vitest's own count is added up. */
function run(step: Step): Promise<StepResult> {
  const [program = '', ...args] = step.command;
  const child = spawn(join(BIN, program), args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PATH: `${BIN}:${process.env['PATH'] ?? ''}`,
      ...(step.tests && { TEST_RUN: step.tests }),
    },
  });
  let tail = '';
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk);
    tail = (tail + chunk.toString('latin1')).slice(-4000);
  });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const plain = tail.replace(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '');
      const counts = /Tests\s+(?:(\d+) failed \| )?(\d+) passed/.exec(plain);
      const ranTests = step.tests !== undefined;
      resolve({
        code: code ?? 1,
        passed: ranTests ? Number(counts?.[2] ?? 0) : 1,
        failed: ranTests ? Number(counts?.[1] ?? 0) : 0,
      });
    });
  });
}
