/** What asking a member found, for people. */

import type { MemberCheck } from '../../members/check-member.ts';

/** Away, or without a right that it cannot be watched without. */
export function isUnwatchable({ problem, rights }: MemberCheck): boolean {
  return problem !== undefined || rights.some((one) => one.isNeeded && one.refused?.length !== 0);
}

/** `services: refused list, watch`; the problem where it is away. */
export function whyUnwatchable({ problem, rights }: MemberCheck): string {
  if (problem !== undefined) return problem;
  const lacking = rights.filter((one) => one.isNeeded && one.refused?.length !== 0);
  return lacking
    .map(({ resource, refused }) => {
      return `${resource}: ${refused === undefined ? 'could not be asked' : `refused ${refused.join(', ')}`}`;
    })
    .join('; ');
}

export function describeCheck(name: string, check: MemberCheck): string {
  const head = `${name}  ${check.server}`;
  if (check.problem !== undefined) return `${head}\n  not reachable: ${check.problem}`;
  const until = check.expiresAt?.toISOString() ?? 'no end is known';
  const rights = check.rights.map(({ resource, verbs, refused, isNeeded }) => {
    const need = isNeeded ? 'needed' : 'optional';
    if (refused === undefined) return `  ${resource}: could not be asked (${need})`;
    if (refused.length === 0) return `  ${resource}: ${verbs.join(', ')}`;
    return `  ${resource}: refused ${refused.join(', ')} (${need})`;
  });
  return [`${head}  ${check.version ?? ''}`, `  credentials: ${until}`, ...rights].join('\n');
}
