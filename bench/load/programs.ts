/**
 * The C programs of the bench, compiled at first use into the lab's cache: one folder a program
 * and source text, so that an edited source is compiled anew.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from '../../test/lab/obtain/cache.ts';
import { tryCommand } from '../../test/lab/obtain/command.ts';
import { report } from '../progress.ts';

const FLAGS = ['-O2', '-std=gnu11', '-Wall', '-Wextra'];

/** Path of the compiled program. Throws what is missing. */
export async function program(name: 'loadgen' | 'echo'): Promise<string> {
  const source = fileURLToPath(new URL(`./${name}.c`, import.meta.url));
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12);
  const folder = await cached({
    key: `bench-${name}-${process.arch}-${digest}`,
    report,
    build: (aside) => compile(source, join(aside, name)),
  });
  return join(folder, name);
}

async function compile(source: string, target: string): Promise<void> {
  const compiler = process.env['CC'] ?? 'cc';
  report(`compiling ${source}`);
  const ran = await tryCommand(compiler, [...FLAGS, '-o', target, source]);
  if (ran.code === 127) {
    throw new Error(`the bench needs a C compiler: ${compiler} not found (Debian: gcc, libc6-dev)`);
  }
  if (ran.code !== 0) throw new Error(`${compiler} ${source}: ${ran.stderr.slice(-600)}`);
}
