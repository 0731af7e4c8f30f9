/** What is told of members: each turn once, and nothing of those that are none any more. */

import { expect, it } from 'vitest';
import { MemberTeller } from '../../src/app/sources/member-teller.ts';
import type { MemberStatus } from '../../src/members/member-options.ts';
import { createLogger } from '../../src/runtime/logger.ts';

function world() {
  const statuses = new Map<string, MemberStatus>();
  const told: string[] = [];
  const teller = new MemberTeller({
    statusOf: (cluster) => statuses.get(cluster),
    logger: createLogger('silent'),
    onTurn: (cluster, { api }) => told.push(`${cluster} ${api ?? 'not read yet'}`),
  });
  const status = (api: MemberStatus['api'], hasSynced = true): MemberStatus => {
    const reason = api === 'lost' ? 'refused' : undefined;
    return {
      api,
      apiSinceMs: 0,
      isInDoubt: false,
      answers: hasSynced,
      hasSynced,
      reason,
      version: undefined,
    };
  };
  return { statuses, told, teller, status };
}

it('a turn is told once', () => {
  const { statuses, told, teller, status } = world();
  statuses.set('a', status('fresh'));
  teller.tell('a');
  teller.tell('a');
  statuses.set('a', status('lost'));
  teller.tell('a');
  expect(told).toEqual(['a fresh', 'a lost']);
});

it('one whose access is another begins anew, though it never answers', () => {
  const { statuses, told, teller, status } = world();
  statuses.set('a', status('fresh'));
  statuses.set('b', status('fresh'));
  teller.replace(['a', 'b']);
  // Another token: the member that watches now has read nothing, and says nothing by itself.
  statuses.set('a', status('lost', false));
  teller.replace(['a', 'b']);
  expect(told).toEqual(['a fresh', 'b fresh', 'a not read yet']);
});

it('one that left is told of no more, and anew when it is back', () => {
  const { statuses, told, teller, status } = world();
  statuses.set('a', status('fresh'));
  teller.replace(['a']);
  teller.replace([]);
  expect(teller.standing).toEqual([]);
  teller.replace(['a']);
  expect(told).toEqual(['a fresh', 'a fresh']);
});
