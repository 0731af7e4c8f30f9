/** Past plans: what is kept, what is dropped, and that one is never said for another's time. */

import { expect, it } from 'vitest';
import { PLAN_HISTORY_MAX } from '../../../src/publish/limits.ts';
import { PlanHistory } from '../../../src/publish/members/plan-history.ts';
import type { PlannedService } from '../../../src/publish/members/planned-service.ts';

/** Only told apart by what they are. */
const plan = (name: string) => ({ name }) as unknown as PlannedService;
const [first, second, third] = [plan('first'), plan('second'), plan('third')];

it('each revision has the plan of its time', () => {
  const history = new PlanHistory();
  expect(history.at('k', first)).toBeUndefined();
  history.begin(10);
  expect(history.at('k', first, 9)?.planned).toBeUndefined();
  expect(history.at('k', first, 10)).toEqual({ planned: first, sinceRevision: 10 });
  history.ended('k', first, 20);
  history.ended('k', undefined, 30);
  const at = (revision: number) => history.at('k', third, revision);
  expect(at(9)).toBeUndefined();
  expect(at(19)).toEqual({ planned: first, sinceRevision: 10 });
  expect(at(20)).toEqual({ planned: undefined, sinceRevision: 20 });
  expect(at(30)).toEqual({ planned: third, sinceRevision: 30 });
  expect(history.at('other', second, 15)).toEqual({ planned: second, sinceRevision: 10 });
});

it('the oldest are dropped, and then not known', () => {
  const history = new PlanHistory();
  history.begin(1);
  for (let at = 2; at < 2 * PLAN_HISTORY_MAX + 102; at++) history.ended(`k${at % 7}`, first, at);
  const oldest = history.oldestRevision ?? 0;
  expect(oldest).toBe(PLAN_HISTORY_MAX + 101);
  expect(history.at('k0', second, oldest - 8)).toBeUndefined();
  expect(history.at('k0', second, oldest)?.planned).toBe(first);
  expect(history.at('k0', second, 10 * PLAN_HISTORY_MAX)?.planned).toBe(second);
});
