/**
 * Planned commits of many owner names -> as few commits as hold them. A ladder of a service, or a
 * thousand services at a start, are written together; each name is still whole in one commit.
 */

import type { RRsetChange } from '../../dns/rrset-change.ts';
import { COMMIT_OCTETS_MAX, COMMIT_OPERATIONS_MAX } from '../limits.ts';
import { type PlannedCommit, RESERVED_OCTETS, RESERVED_OPERATIONS } from './record-plan.ts';

export interface PlannedChange {
  readonly change: RRsetChange;
  /** None: nothing is to be done. */
  readonly parts: readonly PlannedCommit[];
}

export interface CommitBundle {
  readonly changes: readonly PlannedChange[];
  /** undefined: one name that needs several commits by itself. */
  readonly joined: PlannedCommit | undefined;
}

/** In the order given; what needs nothing is left out. */
export function bundleCommits(planned: readonly PlannedChange[]): CommitBundle[] {
  const bundles: CommitBundle[] = [];
  let open: PlannedChange[] = [];
  let operations = 0;
  let octets = 0;
  const close = () => {
    if (open.length > 0) bundles.push({ changes: open, joined: joinedOf(open) });
    [open, operations, octets] = [[], 0, 0];
  };
  for (const each of planned) {
    const [only, ...more] = each.parts;
    if (only === undefined) continue;
    if (more.length > 0) {
      close();
      bundles.push({ changes: [each], joined: undefined });
      continue;
    }
    const cost = only.puts.length + only.deletes.length + only.compares.length;
    const size = octetsOf(only);
    const isFull =
      operations + cost > COMMIT_OPERATIONS_MAX - RESERVED_OPERATIONS ||
      octets + size > COMMIT_OCTETS_MAX - RESERVED_OCTETS;
    if (isFull) close();
    open.push(each);
    operations += cost;
    octets += size;
  }
  close();
  return bundles;
}

function joinedOf(planned: readonly PlannedChange[]): PlannedCommit {
  const parts = planned.flatMap((each) => each.parts);
  return {
    puts: parts.flatMap(({ puts }) => puts),
    deletes: parts.flatMap(({ deletes }) => deletes),
    compares: parts.flatMap(({ compares }) => compares),
    replaced: parts.flatMap(({ replaced }) => replaced),
    removedNameCount: parts.reduce((sum, part) => sum + part.removedNameCount, 0),
  };
}

function octetsOf({ puts, deletes, compares }: PlannedCommit): number {
  const written = puts.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  const removed = deletes.reduce((sum, key) => sum + key.length, 0);
  return written + removed + compares.reduce((sum, { key }) => sum + key.length, 0);
}
