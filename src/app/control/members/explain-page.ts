/** `GET /explain?name=NAME[&at=REVISION]`: why a name answers so, or did. */

import type { AnswerPage, Page } from '../../../admin/http-server.ts';
import { resourceVersionOf } from '../../../api/object-version.ts';
import { printInputs } from '../../../discovery/decision-inputs.ts';
import { explainName } from '../../../discovery/explain-name.ts';
import { type DomainName, formatName, parseName } from '../../../dns/name.ts';
import type { MemberRegistry } from '../../../members/registry.ts';
import type { MembersSource } from '../../../publish/members/members-source.ts';
import { ladderOf } from '../../../publish/members/planned-service.ts';
import { jsonPage } from '../json-page.ts';
import { refused } from './member-pages.ts';

export interface ExplainPageOptions {
  readonly registry: MemberRegistry;
  readonly source: MembersSource;
  /** Until a member that is dead is taken out of the answers, s. */
  readonly detectionSeconds: number | 'never';
}

export function explainPage(options: ExplainPageOptions): [string, AnswerPage] {
  return [
    'GET /explain',
    (query) => {
      const text = query.get('name') ?? '';
      const revision = query.get('at') === null ? undefined : Number(query.get('at'));
      if (Number.isNaN(revision)) return refused(400, `at=${query.get('at')}: no revision`);
      return explained(parseName(text), revision, options);
    },
  ];
}

async function explained(
  owner: DomainName,
  revision: number | undefined,
  { registry, source, detectionSeconds }: ExplainPageOptions,
): Promise<Page> {
  const { plans, writer } = source;
  const key = plans.keyOf(owner);
  const oldest = plans.oldestRevision;
  const at = plans.at(key, revision) ?? (revision === undefined ? plans.now(key) : undefined);
  if (at === undefined) {
    const known = oldest === undefined ? 'none is known yet' : `the oldest known is ${oldest}`;
    return refused(404, `revision ${revision}: ${known}`);
  }
  const { planned, sinceRevision } = at;
  const owners = planned && ladderOf(planned);
  if (planned === undefined || !owners?.has(owner)) {
    return refused(404, `${formatName(owner)}: no name of a watched service`);
  }
  const isNow = revision === undefined;
  const levels = explainName(owner, {
    decided: planned.decided,
    owners,
    ttlSeconds: planned.plan.ttlSeconds,
    // As last read: of the past it is not known.
    versionOf: (cluster) => (isNow ? versionIn(registry, cluster, key) : undefined),
    ...(isNow && { probeReasonOf: (cluster: string) => source.probeReason(key, cluster) }),
    nowMs: isNow ? performance.now() : planned.decided.basis.nowMs,
  });
  return jsonPage({
    levels,
    sinceRevision,
    writer,
    foreign: isNow ? await source.foreignAt(owner) : undefined,
    detectionSeconds,
    inputs: printInputs(planned.decided, planned.plan),
  });
}

function versionIn(registry: MemberRegistry, cluster: string, key: string): string | undefined {
  const service = registry.get(cluster)?.member.objects.get(key)?.service;
  return service && resourceVersionOf(service.version);
}
