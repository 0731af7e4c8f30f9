/** Settings and annotations as people read of them: none is without words, none is gone. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { configLeaves } from '../../src/app/config/config-schema.ts';
import { SETTING_WORDS } from '../../src/app/config/setting-words.ts';
import { readWishes } from '../../src/discovery/health/shard-wishes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const paths = configLeaves().map(({ path }) => path);

function pages(): string[] {
  const below = ['deploy', 'src'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.md'))
      .map((path) => join(folder, path)),
  );
  return ['README.md', ...below];
}

it('every setting has words, and no words are of a setting that is gone', () => {
  expect(Object.keys(SETTING_WORDS).sort()).toEqual([...paths].sort());
});

it('every setting that a page names exists', () => {
  const groups = new Set(
    paths.filter((path) => path.includes('.')).map((path) => path.split('.')[0]),
  );
  const named = new RegExp(`\`((?:${[...groups].join('|')})\\.[a-z][A-Za-z.]*)(?=[\`:])`, 'g');
  const found = pages().flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(named)].map(([, path = '']) => {
      return { page, path };
    }),
  );
  expect(found.length).toBeGreaterThan(20);
  const isKnown = (path: string) => paths.some((one) => `${one}.`.startsWith(`${path}.`));
  expect(found.filter(({ path }) => !isKnown(path))).toEqual([]);
});

it('the table of annotations names each that is read, and none that is not', () => {
  const page = readFileSync(join(ROOT, 'src/discovery/README.md'), 'utf8');
  const table = page.split('\n### Annotations\n')[1]?.split('\n\nHow a shard')[0] ?? '';
  const rows = [...table.matchAll(/^\| (`[a-z][^|]+) \|/gm)].map(([, cell = '']) => cell);
  const told = rows
    .flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name))
    .sort();
  const source = readFileSync(join(ROOT, 'src/discovery/health/shard-wishes.ts'), 'utf8');
  const list = source.split('const NAMES = [')[1]?.split(']')[0] ?? '';
  expect(told).toEqual([...list.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name).sort());
  const { problems } = readWishes(new Map(told.map((name) => [name, 'no value of any'])));
  expect(problems.filter((problem) => problem.includes('not known'))).toEqual([]);
});
