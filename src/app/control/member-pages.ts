/** Pages of a process that watches members: what it sees of each, and why a name answers so. */

import type { AnswerPage, Page } from '../../admin/http-server.ts';
import { explainName } from '../../discovery/explain-name.ts';
import { type DomainName, labelsOf, parseName } from '../../dns/name.ts';
import type { MemberRegistry } from '../../members/registry.ts';
import type { FederationView } from '../../publish/federation-view.ts';
import type { ServicePlans } from '../../publish/service-plans.ts';

export interface MemberPagesOptions {
  readonly registry: MemberRegistry;
  readonly view: FederationView;
  readonly plans: ServicePlans;
}

export function memberPages(options: MemberPagesOptions): [string, AnswerPage][] {
  return [
    ['GET /members', () => json(membersSeen(options))],
    [
      'GET /explain',
      (query) => {
        const text = query.get('name') ?? '';
        const levels = explained(parseName(text), options);
        if (levels !== undefined) return json({ levels });
        return { status: 404, type: 'text/plain', body: `${text}: no name of a watched service\n` };
      },
    ],
  ];
}

function membersSeen({ registry, view }: MemberPagesOptions): object[] {
  const nowMs = performance.now();
  return [...view.members.values()].map(({ name, locality, api, apiSinceMs }) => {
    const joined = registry.get(name);
    const { status, watches, objects } = joined?.member ?? {};
    const heardAt = Math.min(
      ...[watches?.services.heardAtMs, watches?.slices.heardAtMs].map((at) => at ?? Number.NaN),
    );
    return {
      name,
      server: joined?.spec.access.server,
      region: locality.region,
      zones: locality.topologyZones,
      placeFrom: joined?.spec.region === undefined ? 'nodes' : 'configuration',
      api,
      apiForSeconds: Math.round((nowMs - apiSinceMs) / 1000),
      isSynced: status?.hasSynced ?? false,
      version: status?.version,
      reason: status?.reason,
      heardBeforeSeconds: Number.isNaN(heardAt) ? undefined : Math.round((nowMs - heardAt) / 1000),
      objects: objects?.counts,
      receivedOctets:
        (watches?.services.receivedOctets ?? 0) + (watches?.slices.receivedOctets ?? 0),
    };
  });
}

function explained(owner: DomainName, { registry, view, plans }: MemberPagesOptions) {
  const [objectName = '', namespace = ''] = labelsOf(owner);
  const key = `${namespace}/${objectName}`;
  const planned = plans.get(key);
  if (planned === undefined || !planned.owners.has(owner)) return undefined;
  return explainName(owner, {
    ...planned,
    members: view.members,
    ttlSeconds: view.plan.ttlSeconds,
    versionOf: (cluster) => registry.get(cluster)?.member.objects.get(key)?.service.resourceVersion,
    nowMs: performance.now(),
  });
}

function json(value: unknown): Page {
  return { status: 200, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}
