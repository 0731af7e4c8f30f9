/** The source tree as the tidy checks see it: files, lines, imports. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export interface SourceFile {
  /** From the top of the tree: `src/dns/name.ts`. */
  readonly path: string;
  readonly text: string;
  /** Relative imports as paths from the top; packages as written. */
  readonly imports: readonly { readonly target: string; readonly isTypeOnly: boolean }[];
}

export function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => sourceFile(relative(ROOT, join(entry.parentPath, entry.name))))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

const IMPORT = /^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'/gm;

function sourceFile(path: string): SourceFile {
  const text = read(path);
  const imports = [...text.matchAll(IMPORT)].map((match) => {
    const specifier = match[2] ?? '';
    const target = specifier.startsWith('.')
      ? normalize(join(dirname(path), specifier))
      : specifier;
    return { target, isTypeOnly: match[1] !== undefined };
  });
  return { path, text, imports };
}
