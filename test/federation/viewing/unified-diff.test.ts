/** Differences as `diff -u` says them, and that Secrets stay secret in them. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diffObjects } from '../../../src/federation/viewing/comparable-object.ts';
import { unifiedDiff } from '../../../src/federation/viewing/unified-diff.ts';

const NAMES = { before: 'now', after: 'then' };

it.each([
  ['', '', ''],
  ['a\nb\n', 'a\nb\n', ''],
  ['', 'a\n', '--- now\n+++ then\n@@ -0,0 +1,1 @@\n+a'],
  ['a\n', '', '--- now\n+++ then\n@@ -1,1 +0,0 @@\n-a'],
  ['a\nb\nc\n', 'a\nx\nc\n', '--- now\n+++ then\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c'],
  [
    '1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n',
    '0\n2\n3\n4\n5\n6\n7\n8\n9\n11\n',
    '--- now\n+++ then\n@@ -1,4 +1,4 @@\n-1\n+0\n 2\n 3\n 4\n@@ -7,4 +7,4 @@\n 7\n 8\n 9\n-10\n+11',
  ],
])('%j %j', (before, after, want) => {
  expect(unifiedDiff(before, after, NAMES)).toBe(want);
});

it('what it says, laid on the first text, gives the second', () => {
  const line = fc.constantFrom('a', 'b', 'c', 'd');
  const texts = fc
    .array(line, { maxLength: 30 })
    .map((lines) => lines.map((one) => `${one}\n`).join(''));
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const diff = unifiedDiff(before, after, NAMES);
      return diff === '' ? before === after : patched(before, diff) === after;
    }),
  );
});

/** As patch(1) does it, but for its guessing: every line that stays or goes must be there. */
function patched(before: string, diff: string): string {
  const left = before.split('\n').slice(0, -1);
  const made: string[] = [];
  let at = 0;
  for (const line of diff.split('\n').slice(2)) {
    const head = /^@@ -(\d+),(\d+) \+\d+,\d+ @@$/.exec(line);
    if (head !== null) {
      const start = Number(head[1]) - (head[2] === '0' ? 0 : 1);
      made.push(...left.slice(at, start));
      at = start;
    } else {
      if (!line.startsWith('+')) expect(left[at++]).toBe(line.slice(1));
      if (!line.startsWith('-')) made.push(line.slice(1));
    }
  }
  return [...made, ...left.slice(at)].map((one) => `${one}\n`).join('');
}

it('without what servers fill in, and without our marks', () => {
  const object = (more: object, metadata: object) => ({
    kind: 'ConfigMap',
    metadata: { name: 'a', ...metadata },
    ...more,
  });
  const live = object(
    { data: { a: 'b' }, status: {} },
    { uid: 'u', resourceVersion: '3', annotations: { 'fedns.io/owner': 'x' }, managedFields: [] },
  );
  expect(diffObjects(live, object({ data: { a: 'b' } }, {}), NAMES)).toBe('');
});

it('a Secret: whether it is another, not what', () => {
  const secret = (data: object) => ({ kind: 'Secret', metadata: { name: 'a' }, data });
  const diff = diffObjects(
    secret({ a: 'b2xk', b: 'c2FtZQ' }),
    secret({ a: 'bmV3', b: 'c2FtZQ' }),
    NAMES,
  );
  expect(diff).toContain('-  a: "*** (before)"\n+  a: "*** (after)"');
  expect(diff).toContain('b: "***"');
  expect(diff).not.toMatch(/b2xk|bmV3|c2FtZQ/);
});
