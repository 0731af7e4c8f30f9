/** What is written comes back to this process before much more is: etcd leaves nobody behind. */

import { expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { WRITE_AT_ONCE } from '../../src/publish/limits.ts';
import {
  PlannedRecords,
  type PlannedRecordsOptions,
  type PublishTarget,
} from '../../src/publish/members/records/planned-records.ts';
import type { OwnerChange } from '../../src/publish/members/service-plans.ts';
import { Propagation } from '../../src/publish/propagation.ts';
import { createLogger } from '../../src/runtime/logger.ts';

const PARTS = 9;
const rrset = { owner: parseName('a.'), type: 1, ttlSeconds: 5, rdatas: [] } as never;

/** One service a part, each of just as many names as a part has. */
function changes(): OwnerChange[] {
  return Array.from({ length: PARTS * WRITE_AT_ONCE }, (_, index) => ({
    owner: parseName(
      `web-${Math.floor(index / WRITE_AT_ONCE)}.n.fed.svc.z${index % WRITE_AT_ONCE}.w.example.com.`,
    ),
    rank: 2,
    wanted: { rank: 2, rrsets: [rrset] },
  }));
}

/** What happened, in order: `write N` begins, `written N`, `waits for N`. */
async function written(sees: boolean): Promise<string[]> {
  const story: string[] = [];
  let revision = 10;
  const records = new PlannedRecords({
    book: { isComplete: false, arePlacesReadable: true },
    view: { haveAllSynced: false, plan: {} },
    plans: { written: () => undefined, plannedAt: () => undefined },
    fallbacks: 'records',
    propagation: new Propagation(),
    serves: async (of: number) => {
      story.push(`waits for ${of}`);
      return sees;
    },
    logger: createLogger('silent'),
  } as unknown as PlannedRecordsOptions);
  const writer = {
    isRead: true,
    readRevision: 0,
    heldAt: () => undefined,
    apply: async () => {
      const own = ++revision;
      story.push(`write ${own}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      story.push(`written ${own}`);
      return { revision: own };
    },
  };
  records.want(changes());
  await records.publish({ writer } as unknown as PublishTarget, true);
  return story;
}

it('two parts at a time, and those before the last two were seen', async () => {
  expect(await written(true)).toEqual([
    ...['write 11', 'write 12', 'written 11', 'written 12'],
    ...['write 13', 'write 14', 'written 13', 'written 14', 'waits for 12'],
    ...['write 15', 'write 16', 'written 15', 'written 16', 'waits for 14'],
    ...['write 17', 'write 18', 'written 17', 'written 18', 'waits for 16'],
    ...['write 19', 'written 19'],
  ]);
});

it('a watch that is behind is waited for once, not for each part', async () => {
  const story = await written(false);
  expect(story.filter((event) => event.startsWith('waits'))).toEqual(['waits for 12']);
  expect(story.filter((event) => event.startsWith('written'))).toHaveLength(PARTS);
});
