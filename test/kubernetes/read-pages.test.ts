/** Pages that do not belong together, or lead nowhere, make no list. */

import { expect, it } from 'vitest';
import { Collection } from '../../src/kubernetes/collection.ts';
import { readPages } from '../../src/kubernetes/following/read-pages.ts';

const page = (
  resourceVersion: string,
  next: string,
  items: unknown = [{ metadata: { name: 'a' } }],
) => ({
  metadata: { resourceVersion, continue: next },
  items,
});

function read(pages: readonly unknown[]) {
  const left = [...pages];
  const asked: unknown[] = [];
  const sink = { replace: () => {}, put: () => {}, remove: () => {} };
  const limits = { objectsMax: 10, historyMax: 10, hasSelectors: false };
  const collection = new Collection({ project: () => 1, sink, onSkipped: undefined, ...limits });
  const promise = readPages({
    client: {
      get: async (_path, options) => {
        asked.push(options?.query);
        return left.shift();
      },
    },
    path: '/p',
    query: { labelSelector: 'x' },
    versionQuery: { resourceVersion: '5', resourceVersionMatch: 'NotOlderThan' },
    pageSize: 2,
    request: {},
    begin: () => collection.beginList(),
  });
  return { promise, asked };
}

it('only the first page is asked by version', async () => {
  const { promise, asked } = read([page('7', 'c1'), page('7', '', null)]);
  expect((await promise).version).toBe('7');
  expect(asked).toEqual([
    { labelSelector: 'x', limit: '2', resourceVersion: '5', resourceVersionMatch: 'NotOlderThan' },
    { labelSelector: 'x', limit: '2', continue: 'c1' },
  ]);
});

it.each([
  ['pages of two versions', [page('7', 'c1'), page('8', '')], /is not of one version/],
  ['no version', [page('', '')], /is not of one version/],
  ['the same page for ever', [page('7', 'c1'), page('7', 'c1')], /does not go on/],
  ['no items', [page('7', '', 'none')], /has no items/],
  ['no object', ['hello'], /is not of one version/],
])('%s', async (_name, pages, message) => {
  await expect(read(pages).promise).rejects.toMatchObject({
    code: 'API_GARBAGE',
    message: expect.stringMatching(message),
  });
});
