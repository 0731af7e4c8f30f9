/** A contributor, and one cluster as it tells of it. */

import type { ApiSignal } from '../../discovery/health/liveness.ts';
import type { ShardReport } from '../../discovery/health/shard-report.ts';
import type { Locality } from '../../discovery/shard.ts';
import { controlNumber } from '../../store/control/control-keys.ts';
import type { StoreCompare, StoredValue } from '../../store/record-store.ts';
import type { SeenMember } from '../seen/seen-member.ts';

/** As the configuration has it. */
export interface ContributorSpec {
  readonly name: string;
  /** Of which it may speak. */
  readonly clusters: readonly string[];
  /** Networks in CIDR form that these may speak of; empty: the usual ones. */
  readonly allow: readonly string[];
}

export interface Contributor {
  readonly spec: ContributorSpec;
  /** All of it was written once. */
  isComplete: boolean;
  /** As noted in the store (contributor-absence.ts). */
  absentMs: number;
}

export interface Attendance {
  readonly name: string;
  readonly isAlive: boolean;
  readonly absentMs: number;
  /** By which this is known: another one, and it is back. */
  readonly beat: StoreCompare;
}

export interface ContributedCluster {
  readonly contributor: Contributor;
  locality: Locality | undefined;
  /** By its contributor, while that lives; undefined: nothing. */
  said: ApiSignal | undefined;
  /** Said to be fresh once: all of this cluster was written then, whatever of others was not. */
  wasFresh: boolean;
  api: ApiSignal;
  /** Monotonic, ms. */
  apiSinceMs: number;
  readonly reports: Map<string, ShardReport>;
  /** Services of which it cannot be read what is said: unknown, not absent. */
  readonly unreadable: Set<string>;
}

const NOWHERE: Locality = { region: undefined, topologyZones: [] };

export function takeNote(
  contributor: Contributor,
  kind: string,
  stored: StoredValue | undefined,
): void {
  if (kind === 'complete') contributor.isComplete = stored !== undefined;
  if (kind === 'absent') {
    contributor.absentMs = 1000 * (controlNumber(stored?.value ?? '', 'seconds') ?? 0);
  }
}

/** Nothing is stored of it (any more). */
export function isUnsaid({ locality, said, reports, unreadable }: ContributedCluster): boolean {
  return (
    locality === undefined && said === undefined && reports.size === 0 && unreadable.size === 0
  );
}

/** `isOverdue`: its contributor should have given a sign of life by now. */
export function seenCluster(
  name: string,
  { contributor, locality, api, apiSinceMs, reports, wasFresh }: ContributedCluster,
  isOverdue: boolean,
): SeenMember {
  const reason = isOverdue
    ? `contributor ${contributor.spec.name} gives no sign of life`
    : undefined;
  return {
    name,
    allow: contributor.spec.allow,
    told: { said: {}, read: locality ?? NOWHERE, problems: [] },
    status: {
      api,
      apiSinceMs,
      isInDoubt: isOverdue,
      answers: api === 'fresh' && !isOverdue,
      hasSynced: contributor.isComplete || wasFresh,
      reason,
      version: undefined,
    },
    keys: () => reports.keys(),
  };
}
