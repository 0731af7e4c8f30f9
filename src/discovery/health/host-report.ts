/**
 * What a member says of one host, without judgement: Ingresses and HTTPRoutes that claim it ->
 * report, in the same form as of a Service. Which hosts may be published at all.
 */

import type { LoadBalancerTarget } from '../../api/core.ts';
import type { SlimHostRoute } from '../../api/ingress.ts';
import { InputError } from '../../dns/errors.ts';
import { isAtOrBelow, labelsOf, parseName } from '../../dns/name.ts';
import { checkedLabel, type LadderNaming } from '../owner-names.ts';
import type { WhenUnreachable } from './liveness.ts';
import { type ReadReport, type ShardReport, takeTargets } from './shard-report.ts';
import { readWishes } from './shard-wishes.ts';

/** One object that claims the host; as a member has it. */
export interface ClaimedHost {
  readonly kind: string;
  readonly route: SlimHostRoute;
  readonly targets: readonly LoadBalancerTarget[];
  readonly tcpPort: number | undefined;
  readonly hasEndpoint: boolean;
}

export interface HostContext {
  /** The last report: a frozen one keeps its state, but not its wishes. */
  readonly before: ShardReport | undefined;
  /** Of a namespace, where its owner says none. */
  readonly defaultPolicy: (namespace: string) => WhenUnreachable;
}

/**
 * `claims`: the oldest first, at least one. Its namespace has the host; other objects of that
 * namespace (paths of one host are often spread over several) add their addresses.
 */
export function readHostReport(
  claims: readonly [ClaimedHost, ...ClaimedHost[]],
  { before, defaultPolicy }: HostContext,
): ReadReport {
  const [oldest] = claims;
  const { namespace, createdAt } = oldest.route;
  const own = claims.filter(({ route }) => route.namespace === namespace);
  const others = claims.filter(({ route }) => route.namespace !== namespace);
  const { wishes, problems: slips } = readWishes(oldest.route.wishes);
  const problems = [...slips];
  if (others.length > 0) {
    const names = [...new Set(others.map(({ route }) => route.namespace))].sort().join(', ');
    problems.push(`claimed by namespace ${namespace} first, not by ${names}`);
  }
  const kinds = [...new Set(own.map(({ kind }) => kind))].sort();
  const claim = { namespace, since: createdAt, kinds };
  if ((wishes.whenUnreachable ?? defaultPolicy(namespace)) === 'freeze' && before !== undefined) {
    return { report: { ...before, wishes }, problems };
  }
  const { targets, problem } = takeTargets(own.flatMap((one) => one.targets));
  if (problem !== undefined) problems.push(problem);
  const { tcpPort } = oldest;
  const report = {
    targets,
    hasEndpoint: own.some(({ hasEndpoint }) => hasEndpoint),
    ...(tcpPort !== undefined && { tcpPort }),
    wishes,
    claim,
  };
  return { report, problems };
}

/**
 * Why this host is not published: a reason; `ours`: it may be; `foreign`: below no domain of ours,
 * and none of our business.
 */
export function judgeHost(
  host: string,
  { domain, federation }: LadderNaming,
): 'ours' | 'foreign' | { readonly problem: string } {
  try {
    const name = parseName(host);
    if (!isAtOrBelow(name, domain)) return 'foreign';
    const labels = labelsOf(name).slice(0, -labelsOf(domain).length);
    if (labels.length === 0) return { problem: 'the domain itself is no name for a host' };
    // Our choice: it would answer for names that nobody asked us to publish.
    if (labels.includes('*')) return { problem: 'wildcard hosts are not published' };
    for (const label of labels) checkedLabel(label, 'label');
    const at = labels.indexOf(federation);
    if (at >= 0 && labels[at + 1] === 'svc') {
      return { problem: `names below ${federation}.svc are those of Services` };
    }
    return 'ours';
  } catch (error) {
    if (error instanceof InputError) return { problem: error.message };
    throw error;
  }
}
