/**
 * What a record's status says of names that it wants and may not have: an older record has them, or
 * the Domain above them does not allow its namespace. Pure.
 */

import type { SaidCondition } from '../../api/conditions.ts';
import type { DomainObject } from '../../api/kubefed/dns-record-objects.ts';
import { type DomainName, formatName } from '../../dns/name.ts';
import type { DeniedNames } from './domain-tenancy.ts';
import { describeRecord, type LostNames, type RecordId } from './name-claims.ts';
import { shortened } from './shortened.ts';

export interface RecordConflict {
  /** An older record has them. */
  readonly lost: LostNames;
  readonly denied: DeniedNames;
  /** Not one name is left to it. */
  readonly keepsNone: boolean;
}

export const NO_CONFLICT: RecordConflict = { lost: new Map(), denied: new Map(), keepsNone: false };

export interface NamesTrouble {
  readonly reason: 'NamespaceNotAllowed' | 'HostClaimed';
  readonly message: string;
}

/** Nothing, or one for each cause. */
export function namesTroubles({ lost, denied }: RecordConflict): NamesTrouble[] {
  const troubles: NamesTrouble[] = [];
  if (denied.size > 0) {
    const message = shortened([...denied].map(([name, domain]) => isDenied(name, domain)));
    troubles.push({ reason: 'NamespaceNotAllowed', message });
  }
  if (lost.size > 0) troubles.push({ reason: 'HostClaimed', message: describeLost(lost) });
  return troubles;
}

/** One line for each name. */
export function leftOutRemarks({ lost, denied }: RecordConflict): string[] {
  const texts = [
    ...[...denied].map(([name, domain]) => isDenied(name, domain)),
    ...[...lost].map(([name, holder]) => isOf(name, holder)),
  ];
  return texts.map((text) => `${text}, left out`);
}

export function foreignNames({ lost, denied }: RecordConflict): ReadonlySet<DomainName> {
  return new Set([...lost.keys(), ...denied.keys()]);
}

interface ConflictCondition extends SaidCondition {
  readonly type: 'Conflict';
  readonly reason: 'NoConflict' | 'HostClaimed';
}

/** True where a name is of another; it is never left out, so that nobody has to ask what that means. */
export function conflictCondition({ lost }: RecordConflict): ConflictCondition {
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
  conflict: RecordConflict,
): T | (T & { readonly reason: NamesTrouble['reason'] | 'PartlyPublished' }) {
  const troubles = namesTroubles(conflict);
  const [first] = troubles;
  if (ready.status !== 'True' || first === undefined) return ready;
  const why = troubles.map(({ message }) => message).join('; ');
  if (conflict.keepsNone) {
    return { ...ready, status: 'False', reason: first.reason, message: why };
  }
  return { ...ready, reason: 'PartlyPublished', message: `${ready.message}; ${why}` };
}

function describeLost(lost: LostNames): string {
  return shortened([...lost].map(([name, holder]) => isOf(name, holder)));
}

/** `www.example.com is of IngressDNSRecord shop/web`. */
function isOf(name: DomainName, holder: RecordId): string {
  return `${hostText(name)} is of ${describeRecord(holder)}`;
}

function isDenied(name: DomainName, { name: domain }: DomainObject): string {
  return `${hostText(name)} is below Domain "${domain}", whose allowedNamespaces does not name this namespace`;
}

function hostText(name: DomainName): string {
  return formatName(name).replace(/\.$/, '');
}
