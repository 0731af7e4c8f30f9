/** The short form of an explanation, a line each, for `TXT _why.<name>`. */

import { explainName } from '../../discovery/explain-name.ts';
import type { DomainName } from '../../dns/name.ts';
import { ladderOf } from '../../publish/members/planned-service.ts';
import type { ServicePlans } from '../../publish/members/service-plans.ts';

/** undefined: no name of a watched service. */
export function whyLines(name: DomainName, plans: ServicePlans): readonly string[] | undefined {
  const key = plans.keyOf(name);
  const at = plans.at(key) ?? plans.now(key);
  const owners = at.planned && ladderOf(at.planned);
  if (at.planned === undefined || !owners?.has(name)) return undefined;
  const { decided, plan } = at.planned;
  const levels = explainName(name, {
    decided,
    owners,
    ttlSeconds: plan.ttlSeconds,
    versionOf: () => undefined,
    nowMs: performance.now(),
  });
  const lines = levels.flatMap(({ level, place, answer, shards }) => [
    `${level}${place === '' ? '' : ` ${place}`}: ${answer}`,
    ...shards.map(({ cluster, isIn, cause }) => `${isIn ? 'in' : 'out'} ${cluster}: ${cause}`),
  ]);
  const { sinceRevision } = at;
  return sinceRevision === undefined ? lines : [...lines, `since revision ${sinceRevision}`];
}
