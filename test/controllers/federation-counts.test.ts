/** Looks of the loops, as metrics: by loop and result, from the beginning of counting to its end. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { countReconciles } from '../../src/controllers/federation-counts.ts';
import { DONE, FAILED, WorkQueue } from '../../src/kubernetes/reconciling/work-queue.ts';

const worked: Readonly<Record<string, () => typeof DONE>> = {
  well: () => DONE,
  later: () => ({ kind: 'again', afterMs: 60_000 }),
  refused: () => FAILED,
  ours: () => {
    throw new Error('a fault');
  },
};

function queueOf(controller: string): WorkQueue {
  const queue = new WorkQueue({
    controller,
    concurrency: 2,
    backoffMinMs: 60_000,
    backoffMaxMs: 60_000,
    work: (key) => worked[key]?.() ?? DONE,
    onFault: () => undefined,
  });
  queue.start();
  return queue;
}

it('counts every loop by its name and how each look ended, until its end', async () => {
  const registry = new Registry();
  const end = countReconciles(registry);
  const queues = [queueOf('one'), queueOf('two')];
  for (const key of Object.keys(worked)) queues[0]?.add(key);
  queues[1]?.add('well');
  await sleep(50);
  end();
  queues[1]?.add('well');
  await sleep(50);
  for (const queue of queues) await queue.stop();
  const text = await registry.metrics();
  const of = (controller: string, result: string) =>
    new RegExp(
      `^controller_runtime_reconcile_total{controller="${controller}",result="${result}"} (\\d+)$`,
      'm',
    ).exec(text)?.[1];
  const results = ['success', 'needs_recheck', 'error', 'panic'];
  expect(results.map((result) => of('one', result))).toEqual(['1', '1', '1', '1']);
  expect(of('two', 'success')).toBe('1');
  expect(text).toContain('controller_runtime_reconcile_time_seconds_count{controller="one"} 4');
  expect(text).toContain('controller_runtime_reconcile_errors_total{controller="one"} 2');
});
