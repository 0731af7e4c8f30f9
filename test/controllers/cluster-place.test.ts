/** How soon labels on a cluster's nodes are seen: at once where it has no place yet, rarely afterwards. */

import { afterEach, expect, it, vi } from 'vitest';
import { readClusterPlace } from '../../src/controllers/clusters/cluster-place.ts';

afterEach(() => vi.useRealTimers());

it('a cluster whose nodes get their labels after it joined is placed within seconds', async () => {
  vi.useFakeTimers({ now: 0 });
  let labels = {};
  let lists = 0;
  const client = {
    async get(path: string) {
      if (path === '/version') return { gitVersion: 'v1.36.3' };
      lists++;
      return { metadata: {}, items: [{ metadata: { labels } }] };
    },
  };
  const placeless = await readClusterPlace(client, undefined, 1000);
  expect(placeless).toMatchObject({ region: undefined, zones: undefined });
  labels = {
    'failure-domain.beta.kubernetes.io/region': 'r1',
    'failure-domain.beta.kubernetes.io/zone': 'z1',
  };
  vi.advanceTimersByTime(20_000);
  const placed = await readClusterPlace(client, placeless, 1000);
  expect(placed).toMatchObject({ region: 'r1', zones: ['z1'] });
  vi.advanceTimersByTime(20_000);
  expect(await readClusterPlace(client, placed, 1000)).toBe(placed);
  expect(lists).toBe(2);
});
