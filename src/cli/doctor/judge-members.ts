/** What members answered to us, and what the running server sees of them -> findings. Pure. */

import type { MemberCheck } from '../../members/check-member.ts';
import { whyUnwatchable } from '../running/check-text.ts';
import type { SeenMember } from '../running/members.ts';
import { type Finding, orWell } from './finding.ts';

/** Who has more days left is not told of. */
const EXPIRY_WARN_DAYS = 14;
/** Tokens and certificates are judged by clocks; answers tell whole seconds. */
const SKEW_SECONDS_MAX = 5;
const DAY_MS = 86_400_000;

export interface JudgedMember {
  readonly name: string;
  /** A person has said region and zones: nodes need not be read. */
  readonly isPlaced: boolean;
  readonly check: MemberCheck;
  /** undefined: no server runs, or it does not know this one. */
  readonly seen: SeenMember | undefined;
}

export interface MembersContext {
  readonly nowMs: number;
  /** A watch that was silent for longer shows nothing fresh, s. */
  readonly silenceSeconds: number;
  /** A server runs and tells of members. */
  readonly isServerKnown: boolean;
}

export function judgeMembers(members: readonly JudgedMember[], context: MembersContext): Finding[] {
  return members.flatMap((one) => {
    const findings = [
      ...judgeRights(one),
      ...judgeCredentials(one, context),
      ...judgeClock(one),
      ...judgeSeen(one, context),
    ].map(({ found, ...rest }) => ({ ...rest, check: 'members', found: `${one.name}: ${found}` }));
    const well = `${one.name}: ${one.check.version ?? '?'}, may read all that is needed`;
    return orWell('members', findings, well);
  });
}

type Partly = Omit<Finding, 'check'>;

function judgeRights({ check, isPlaced }: JudgedMember): Partly[] {
  const role = 'apply deploy/member/cluster-role.yaml there, and bind it to our account';
  if (check.problem !== undefined) {
    const remedy =
      'is it up, is its address and account in the kubeconfig right: what it said last stays';
    return [{ grade: 'broken', found: check.problem, remedy }];
  }
  const why = whyUnwatchable(check);
  if (why !== '') return [{ grade: 'broken', found: why, remedy: role }];
  const nodes = check.rights.find(({ resource }) => resource === 'nodes');
  if (nodes?.refused?.length === 0 || isPlaced) return [];
  const found = 'nodes may not be read, so region and zones are not known';
  return [{ grade: 'risk', found, remedy: `${role}; or say region and zones in members.list` }];
}

function judgeCredentials(
  { check: { expiresAt, renews } }: JudgedMember,
  { nowMs }: MembersContext,
): Partly[] {
  if (expiresAt === undefined || renews) return [];
  const days = (expiresAt.getTime() - nowMs) / DAY_MS;
  if (days > EXPIRY_WARN_DAYS) return [];
  const remedy = 'a new one: deploy/member/kubeconfig.sh; members.folder takes it up at once';
  const at = expiresAt.toISOString();
  if (days <= 0) return [{ grade: 'broken', found: `its credentials ended ${at}`, remedy }];
  return [{ grade: 'risk', found: `its credentials end ${at}`, remedy }];
}

function judgeClock({ check: { clockSkewSeconds } }: JudgedMember): Partly[] {
  if (clockSkewSeconds === undefined || Math.abs(clockSkewSeconds) <= SKEW_SECONDS_MAX) return [];
  const how = clockSkewSeconds > 0 ? 'ahead of' : 'behind';
  const found = `its clock is ${Math.abs(clockSkewSeconds)} s ${how} ours`;
  return [{ grade: 'risk', found, remedy: 'NTP there or here: credentials are judged by clocks' }];
}

function judgeSeen({ seen, check }: JudgedMember, context: MembersContext): Partly[] {
  const { isServerKnown, silenceSeconds } = context;
  if (!isServerKnown) return [];
  if (seen === undefined) {
    const found = 'the running server does not know it';
    return [{ grade: 'broken', found, remedy: 'systemctl reload fedns, then see its log' }];
  }
  const findings: Partly[] = [];
  if (seen.api !== 'fresh' || !seen.isSynced) {
    const state = seen.isSynced ? `lost for ${seen.apiForSeconds} s` : 'not read whole yet';
    const found = `${state} to the running server: ${seen.reason ?? 'no reason is known'}`;
    const isHereToo = check.problem !== undefined;
    const remedy = isHereToo ? 'as above' : 'it answers us from here: see the server’s own network';
    findings.push({ grade: 'broken', found, remedy });
  } else if ((seen.heardBeforeSeconds ?? 0) > silenceSeconds) {
    const found = `its watches are silent for ${seen.heardBeforeSeconds} s`;
    findings.push({
      grade: 'risk',
      found,
      remedy: 'does a proxy between buffer, or cut, streams?',
    });
  }
  if (seen.region === undefined && seen.isSynced) {
    const remedy =
      'label its nodes (topology.kubernetes.io/region and zone), or say it in members.list';
    findings.push({ grade: 'risk', found: 'no region is known: only global names', remedy });
  }
  return findings;
}
