/** A page that fails while the one before it is taken in: whoever reads is told, and nobody else. */

import { afterEach, expect, it } from 'vitest';
import type { EtcdSettings } from '../../../src/store/etcd/etcd-options.ts';
import { scanRanges } from '../../../src/store/etcd/etcd-range.ts';
import type { EtcdSession } from '../../../src/store/etcd/etcd-session.ts';
import { StoreError } from '../../../src/store/store-error.ts';

const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);

afterEach(() => void process.off('unhandledRejection', note));

it('is thrown once', async () => {
  process.on('unhandledRejection', note);
  let asked = 0;
  const session = {
    range: async () => {
      if (asked++ > 0) throw new StoreError('STORE_UNREACHABLE', 'gone');
      const stored = { value: '{}', modRevision: 1, createRevision: 1 };
      return { revision: 5, more: true, pairs: [['/skydns/a', stored]], octetCount: 100 };
    },
  } as unknown as EtcdSession;
  const settings = { namespace: '', pageKeys: 1 } as EtcdSettings;
  const query = { ranges: [{ from: '/skydns/', to: '/skydns0' }] };
  const scanned = scanRanges(session, query, settings, {
    begin: () => undefined,
    take: () => new Promise((resolve) => setTimeout(resolve, 50)),
  });
  await expect(scanned).rejects.toThrow('gone');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(asked).toBe(2);
  expect(unhandled).toEqual([]);
});
