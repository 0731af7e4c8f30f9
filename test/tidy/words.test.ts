/** Words we use and words we do not: file names, log keys, marks left in the code, docblocks. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, read, sourceFiles } from './tree.ts';

const BANNED = new Set([
  'util',
  'utils',
  'helpers',
  'common',
  'misc',
  'manager',
  'base',
  'impl',
  'types',
]);
const source = sourceFiles('src');
const all = [...source, ...sourceFiles('test'), ...sourceFiles('bench')];

it('file names are kebab-case and name something', () => {
  const wrong = all
    .map((file) => basename(file.path).replace(/(\.suite|\.real|\.long|\.test|\.config)*\.ts$/, ''))
    .filter((name) => BANNED.has(name) || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name));
  expect(wrong).toEqual([]);
});

it('folders of src name something, too', () => {
  const folders = new Set(source.flatMap((file) => file.path.split('/').slice(1, -1)));
  expect([...folders].filter((name) => BANNED.has(name))).toEqual([]);
});

it('every file opens with what it is', () => {
  const wrong = all.filter((file) => !/^(#!.*\n)?\/\*\*/.test(file.text)).map((file) => file.path);
  expect(wrong).toEqual([]);
});

it('no any, no silenced compiler, nothing left for later, no default export', () => {
  const marks =
    /\bas any\b|: any\b|@ts-(ignore|expect-error|nocheck)|\b(TODO|FIXME|XXX|HACK)\b|^export default/m;
  const self = 'test/tidy/words.test.ts';
  const wrong = all
    .filter((file) => file.path !== self && marks.test(codeOf(file.text)))
    .map((file) => file.path);
  expect(wrong).toEqual([]);
});

it('the log keys of the dictionary are sorted and each is used', () => {
  const keys = [...read('src/runtime/log-keys.ts').matchAll(/readonly (\w+)\?:/g)].map(
    (m) => m[1] ?? '',
  );
  expect(keys).toEqual([...keys].sort());
  const texts = source
    .filter((file) => file.path !== 'src/runtime/log-keys.ts')
    .map((file) => file.text);
  const unused = keys.filter((key) => !texts.some((text) => new RegExp(`\\b${key}\\b`).test(text)));
  expect(unused).toEqual([]);
});

it('the top level holds what it may hold', () => {
  const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).split('\n');
  const top = new Set(
    tracked.flatMap((path) => path.split('/')[0] || []).filter((name) => !name.startsWith('.')),
  );
  const allowed = [
    'README.md',
    'bench',
    'deploy',
    'package-lock.json',
    'package.json',
    'src',
    'test',
    'tsconfig.json',
  ];
  expect([...top].filter((name) => !allowed.includes(name))).toEqual([]);
});

it('links and paths of the READMEs lead somewhere', () => {
  const pages = ['README.md', ...['src', 'test', 'bench', 'deploy'].flatMap(pagesBelow)];
  const dead = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)#:]+)\)/g)]
      .map((match) => match[1] ?? '')
      .filter((target) => !existsSync(join(ROOT, page, '..', target)))
      .map((target) => `${page} -> ${target}`),
  );
  expect(dead).toEqual([]);
});

/** Without comments: prose may say what code may not. */
function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

function pagesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === 'README.md')
    .map((path) => `${folder}/${path}`);
}
