/** Files, folders and lines keep the sizes of the house; a reason stands beside each exception. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, type SourceFile, sourceFiles } from './tree.ts';

const FILE_LINES_MAX = 300;
const FILE_LINES_HARD = 500;
const FOLDER_ENTRIES_MAX = 14;
const FUNCTION_LINES_MAX = 70;

/** Longer than 300 lines, and why. Only ever shorter. */
const LONG_FILES: ReadonlyMap<string, string> = new Map([]);

const files = [...sourceFiles('src'), ...sourceFiles('test'), ...sourceFiles('bench')];
const lineCount = (file: SourceFile) => file.text.split('\n').length - 1;

it('no file is longer than 300 lines without a reason, none than 500', () => {
  const long = files.filter((file) => {
    const max = LONG_FILES.has(file.path) ? FILE_LINES_HARD : FILE_LINES_MAX;
    return lineCount(file) > max;
  });
  expect(long.map((file) => `${file.path}: ${lineCount(file)}`)).toEqual([]);
});

it('the list of long files holds no short one', () => {
  const listed = files.filter((file) => LONG_FILES.has(file.path));
  expect(listed.filter((file) => lineCount(file) <= FILE_LINES_MAX)).toEqual([]);
  expect(listed.length).toBe(LONG_FILES.size);
});

it('no function in src is longer than a screen', () => {
  const long = sourceFiles('src').flatMap((file) =>
    functionLengths(file.text)
      .filter(({ lines }) => lines > FUNCTION_LINES_MAX)
      .map(({ name, lines }) => `${file.path} ${name}: ${lines}`),
  );
  expect(long).toEqual([]);
});

it('a folder holds at most 14 entries, and none is deeper than 3 below src', () => {
  const wrong: string[] = [];
  const visit = (folder: string, depth: number): void => {
    const entries = readdirSync(join(ROOT, folder));
    if (folder !== 'src' && entries.length > FOLDER_ENTRIES_MAX)
      wrong.push(`${folder}: ${entries.length}`);
    if (depth > 3) wrong.push(`${folder}: too deep`);
    for (const entry of entries) {
      const path = `${folder}/${entry}`;
      if (statSync(join(ROOT, path)).isDirectory()) visit(path, depth + 1);
    }
  };
  visit('src', 0);
  expect(wrong).toEqual([]);
});

/** Functions and methods as the formatter lays them out: a head ending in `{`, a lone `}`. */
function functionLengths(text: string): { name: string; lines: number }[] {
  const found: { name: string; lines: number }[] = [];
  const lines = text.split('\n');
  for (const [start, line] of lines.entries()) {
    const head =
      /^( {0,2})(?:export )?(?:static )?(?:async )?(?:function\*? )?([#\w]+)(?:<[^>]*>)?\(/.exec(
        line,
      );
    if (
      head === null ||
      line.endsWith(';') ||
      /^\s*(if|for|while|switch|return|it|describe)\b/.test(line)
    )
      continue;
    const close = `${head[1]}}`;
    const end = lines.findIndex((other, index) => index > start && other === close);
    const isBlock = lines.slice(start, start + 8).some((one) => one.endsWith('{'));
    if (end > 0 && isBlock) found.push({ name: head[2] ?? '', lines: end - start + 1 });
  }
  return found;
}
