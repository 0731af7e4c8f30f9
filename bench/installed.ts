/** The product as a user has it installed: built once for a run, beside the packages of this checkout. */

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../test/lab/process.ts';
import { report } from './progress.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

let launcher: string | undefined;

/** Path of its launcher; in the Node that runs this, the server takes the launcher's place. */
export function installedLauncher(): string {
  launcher ??= build();
  return launcher;
}

function build(): string {
  const folder = temporaryFolder('fedns-installed');
  report('building fedns');
  const outDir = join(folder, 'dist');
  const args = ['--project', join(ROOT, '.tsconfig.build.json'), '--outDir', outDir];
  execFileSync(join(ROOT, 'node_modules', '.bin', 'tsc'), args, { cwd: ROOT });
  mkdirSync(join(folder, 'src'));
  for (const file of ['package.json', 'src/launch.js']) {
    copyFileSync(join(ROOT, file), join(folder, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'src', 'launch.js');
}
