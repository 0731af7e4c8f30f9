/** The whole federation as one page: what is wrong first, what stands, how fast it would move. */

import type { ShardBook } from '../../../publish/book/shard-book.ts';
import { CONTRIBUTOR_PATIENCE_MS } from '../../../publish/limits.ts';
import type { MembersSource } from '../../../publish/members/members-source.ts';
import { HOPS, type Propagation } from '../../../publish/propagation.ts';
import type { FederationView } from '../../../publish/seen/federation-view.ts';
import type { Alarms } from '../../../runtime/alarms.ts';
import type { Config } from '../../config/config-schema.ts';

export interface StatusSource {
  readonly alarms: Alarms;
  readonly view: FederationView;
  readonly source: MembersSource;
  readonly book: ShardBook;
  readonly members: Config['members'];
  readonly propagation: Propagation;
}

/** From the decision to the changed answer, s: publishing and following, at most. */
const PUBLISH_SECONDS = 1;
const TROUBLED_MAX = 50;

export function statusOf(given: StatusSource): object {
  const { alarms, view, source, book, members, propagation } = given;
  const counts = { services: 0, empty: 0, in: 0, out: 0 };
  const troubled: { service: string; cluster: string; cause: string }[] = [];
  let ttlSeconds = view.plan.ttlSeconds;
  for (const key of source.plans.keys()) {
    const decided = source.plans.get(key)?.decided;
    counts.services++;
    ttlSeconds = Math.max(ttlSeconds, decided?.ttlSeconds ?? 0);
    const shards = decided?.shards ?? [];
    if (!shards.some(({ health }) => health.kind === 'healthy')) counts.empty++;
    for (const { cluster, health, liveness } of shards) {
      if (health.kind === 'healthy') counts.in++;
      else counts.out++;
      const isOdd = liveness.cause !== 'member fresh' || health.kind !== 'healthy';
      if (!isOdd || troubled.length >= TROUBLED_MAX) continue;
      const cause = health.kind === 'healthy' ? `kept: ${liveness.cause}` : `out: ${health.reason}`;
      troubled.push({ service: key, cluster, cause });
    }
  }
  return {
    alarms: alarms.active,
    suspectsSelf: view.suspectsSelf,
    drains: [...book.drains],
    refused: source.refused,
    ...counts,
    troubled,
    leftOut: [...source.leftOut]
      .slice(0, TROUBLED_MAX)
      .map(([object, reason]) => ({ object, reason })),
    leftOutCount: source.leftOut.size,
    detectionSeconds: detectionSeconds(members),
    ttlSeconds,
    propagation: Object.fromEntries(HOPS.map((hop) => [hop, propagation.times(hop)])),
  };
}

/** A member and its addresses die right after they were seen well. */
export function detectionSeconds(members: Config['members']): number | 'never' {
  const { deathGraceSeconds } = members;
  if (deathGraceSeconds === 'never') return 'never';
  return detectionRoundMs(members) / 1000 + deathGraceSeconds + PUBLISH_SECONDS;
}

/** In so long every member and every address has been asked often enough to be lost, ms. */
export function detectionRoundMs({ api, probe, contributors }: Config['members']): number {
  const lostMs = (one: { fall: number; periodMs: number; timeoutMs: number }) =>
    one.fall * one.periodMs + one.timeoutMs;
  const contributorMs = contributors.length === 0 ? 0 : CONTRIBUTOR_PATIENCE_MS;
  return Math.max(lostMs(api), lostMs(probe), contributorMs);
}
