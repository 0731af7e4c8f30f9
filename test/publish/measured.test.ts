/** How long what is wanted waits for the store: from when it was wanted, whatever was compared before. */

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import {
  PlannedRecords,
  type PlannedRecordsOptions,
  type PublishTarget,
} from '../../src/publish/members/records/planned-records.ts';
import type { OwnerChange } from '../../src/publish/members/service-plans.ts';
import { createLogger } from '../../src/runtime/logger.ts';

const owner = parseName('web.n.fed.svc.a.west.example.com.');
const wanted = { rank: 2, rrsets: [] } as const;
const change: OwnerChange = { owner, rank: 2, wanted };

it('a start that finds everything as it is wanted leaves nothing to be measured', async () => {
  const tookMs: number[] = [];
  const records = new PlannedRecords({
    book: { isComplete: true, arePlacesReadable: true, isReadable: () => true },
    view: { haveAllSynced: true, plan: { naming: { domain: parseName('example.com.') } } },
    plans: {
      wanted: () => [new Map([[owner, wanted]])],
      wantedOf: () => new Map(),
      compared: () => undefined,
      written: () => undefined,
      plannedAt: () => undefined,
    },
    fallbacks: 'records',
    isWaiting: () => false,
    propagation: { took: (_hop: string, ms: number) => void tookMs.push(ms) },
    serves: undefined,
    logger: createLogger('silent'),
  } as unknown as PlannedRecordsOptions);
  const target = {
    writer: {
      isRead: true,
      readRevision: 5,
      refresh: async () => undefined,
      owners: () => [owner],
      isAsHeld: () => true,
      heldAt: () => undefined,
      apply: async () => ({ revision: 6 }),
    },
    writeRules: async () => undefined,
  } as unknown as PublishTarget;
  records.want([change]);
  for (let round = 0; records.hasWork; round++) {
    expect(round).toBeLessThan(10);
    await records.publish(target, true);
  }
  await sleep(300);
  records.want([change]);
  await records.publish(target, true);
  expect(tookMs).toHaveLength(1);
  expect(tookMs[0]).toBeLessThan(200);
});
