/** What one member says of one host, as far as it is known, and may be published. */

import { type HostContext, judgeHost, readHostReport } from '../../discovery/health/host-report.ts';
import type { ShardReport } from '../../discovery/health/shard-report.ts';
import type { LadderNaming } from '../../discovery/owner-names.ts';
import type { Member } from '../../members/member.ts';
import type { HostClaim } from '../../members/objects/member-hosts.ts';

export type ReadHost =
  /** Not known now: the last word stays. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'gone'; readonly problems: readonly string[] }
  | { readonly kind: 'said'; readonly report: ShardReport; readonly problems: readonly string[] };

/** Whether an Ingress or HTTPRoute with these labels takes part. */
export type SelectHosts = (labels: ReadonlyMap<string, string>) => boolean;

export interface ReadHostOptions {
  readonly member: Member;
  readonly host: string;
  readonly naming: LadderNaming;
  readonly select: SelectHosts;
  readonly before: ShardReport | undefined;
  readonly defaultPolicy: HostContext['defaultPolicy'];
}

const KINDS = ['Ingress', 'HTTPRoute'] as const;

export function readHost(options: ReadHostOptions): ReadHost {
  const { member, host, naming, select, before } = options;
  const judged = judgeHost(host, naming);
  if (judged === 'foreign') return { kind: 'gone', problems: [] };
  const claims = member.hosts.claims(host).filter(({ route }) => select(route.labels));
  const unread = KINDS.filter((kind) => !member.isHostKindKnown(kind));
  // Who said it last cannot be heard now.
  if (before?.claim?.kinds.some((kind) => unread.some((one) => one === kind))) {
    return { kind: 'unknown' };
  }
  const [oldest, ...others] = claims;
  if (oldest === undefined) return { kind: 'gone', problems: [] };
  if (judged !== 'ours')
    return { kind: 'gone', problems: [`${ofObject(oldest)}: ${judged.problem}`] };
  return { kind: 'said', ...readHostReport([oldest, ...others], options) };
}

function ofObject({ kind, route }: HostClaim): string {
  return `${kind} in namespace ${route.namespace}`;
}
