/** What a record's status says of names that it wants and an older record has. Pure. */

import type { SaidCondition } from '../../api/conditions.ts';
import { type DomainName, formatName } from '../../dns/name.ts';
import { describeRecord, type LostNames, type RecordId } from './name-claims.ts';
import { shortened } from './shortened.ts';

export interface RecordConflict {
  readonly lost: LostNames;
  /** Not one name is left to it. */
  readonly keepsNone: boolean;
}

export const NO_CONFLICT: RecordConflict = { lost: new Map(), keepsNone: false };

/** True where a name is of another; it is never left out, so that nobody has to ask what that means. */
export function conflictCondition({ lost }: RecordConflict): SaidCondition & { type: 'Conflict' } {
  const type = 'Conflict';
  if (lost.size === 0) {
    const message = 'no older record has one of its names';
    return { type, status: 'False', reason: 'NoConflict', message };
  }
  return { type, status: 'True', reason: 'HostClaimed', message: describeLost(lost) };
}

/** `ready`: as it would be if all names were its own. What is not well for another reason stays so. */
export function readyWithConflict<T extends SaidCondition>(
  ready: T,
  { lost, keepsNone }: RecordConflict,
): T {
  if (ready.status !== 'True' || lost.size === 0) return ready;
  if (keepsNone) {
    return { ...ready, status: 'False', reason: 'HostClaimed', message: describeLost(lost) };
  }
  const message = `${ready.message}; ${describeLost(lost)}`;
  return { ...ready, reason: 'PartlyPublished', message };
}

/** `www.example.com is of IngressDNSRecord shop/web; …`. */
export function describeLost(lost: LostNames): string {
  return shortened([...lost].map(([name, holder]) => isOf(name, holder)));
}

/** `www.example.com is of IngressDNSRecord shop/web`. */
export function isOf(name: DomainName, holder: RecordId): string {
  return `${formatName(name).replace(/\.$/, '')} is of ${describeRecord(holder)}`;
}
