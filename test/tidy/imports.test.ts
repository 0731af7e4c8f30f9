/** The layer table of src/README.md against the real imports: the page cannot lie. */

import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { read, sourceFiles } from './tree.ts';

const files = sourceFiles('src');
const table = new Map(
  [...layersSection().matchAll(/^\| `([a-z]+)` \| ([^|]+) \|/gm)].map((row) => [
    row[1] ?? '',
    new Set([...(row[2] ?? '').matchAll(/`([a-z]+)`/g)].map((word) => word[1] ?? '')),
  ]),
);

function layersSection(): string {
  return read('src/README.md').split('\n## Layers\n')[1]?.split('\n## ')[0] ?? '';
}

/** Packages that compute and touch nothing: all the core may have. */
const PURE_PACKAGES = new Set(['zod', 'yaml', 'ipaddr.js', 'fast-json-patch']);
const CORE = new Set(['dns', 'api', 'zone', 'discovery', 'federation']);

function folderOf(path: string): string | undefined {
  const parts = path.split('/');
  return parts[0] === 'src' && parts.length > 2 ? parts[1] : undefined;
}

it('every folder of src has a row, and every row a folder', () => {
  const folders = new Set(files.flatMap((file) => folderOf(file.path) ?? []));
  expect([...table.keys()].sort()).toEqual([...folders].sort());
});

it('every room below them has a row, and every row a room', () => {
  const section = read('src/README.md').split('\n## Rooms\n')[1]?.split('\n## ')[0] ?? '';
  const rows = [...section.matchAll(/^\| (`[^|]+`) \|/gm)].map((row) => row[1] ?? '');
  const named = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map((one) => one[1] ?? ''));
  const rooms = new Set(
    files.map(({ path }) => dirname(path).slice('src/'.length)).filter((one) => one.includes('/')),
  );
  expect([...named].sort()).toEqual([...rooms].sort());
});

it('no file imports a folder its row does not name', () => {
  const wrong = files.flatMap((file) => {
    const from = folderOf(file.path);
    return file.imports.flatMap(({ target }) => {
      const to = folderOf(target);
      const isAllowed =
        to === undefined || from === undefined || to === from || table.get(from)?.has(to);
      return isAllowed ? [] : [`${file.path} -> ${target}`];
    });
  });
  expect(wrong).toEqual([]);
});

it('no import comes back to its file, not even for a type', () => {
  const left = new Map(
    files.map(({ path, imports }) => [path, imports.map(({ target }) => target)] as const),
  );
  for (let before = Number.POSITIVE_INFINITY; left.size < before; ) {
    before = left.size;
    const imported = new Set([...left.values()].flat());
    for (const [path, targets] of left) {
      const isOnCircle = imported.has(path) && targets.some((target) => left.has(target));
      if (!isOnCircle) left.delete(path);
    }
  }
  expect([...left.keys()]).toEqual([]);
});

it('the core imports only pure packages', () => {
  const wrong = files
    .filter((file) => CORE.has(folderOf(file.path) ?? ''))
    .flatMap((file) =>
      file.imports
        .filter(({ target }) => !target.startsWith('src/') && !PURE_PACKAGES.has(target))
        .map(({ target }) => `${file.path} -> ${target}`),
    );
  expect(wrong).toEqual([]);
});

it('answering threads never import the store', () => {
  const wrong = files
    .filter((file) => file.path.startsWith('src/serve/answering/'))
    .flatMap((file) => file.imports.filter(({ target }) => target.startsWith('src/store/')));
  expect(wrong).toEqual([]);
});

it('only main.ts ends the process, only main.ts and cli read argv', () => {
  const ends = files.filter((file) => file.text.includes('process.exit(')).map((file) => file.path);
  expect(ends).toEqual(['src/main.ts']);
});
