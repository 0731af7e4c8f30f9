/** Pages of a process that watches members: what it sees of each, and why a name answers so. */

import { z } from 'zod';
import type { AnswerPage, Page } from '../../../admin/http-server.ts';
import { parseChangedFile } from '../../../discovery/changed-file.ts';
import { describeContent } from '../../../discovery/explain.ts';
import { InputError, problemOf } from '../../../dns/errors.ts';
import { formatName } from '../../../dns/name.ts';
import type { JoinedMember, MemberRegistry } from '../../../members/registry.ts';
import type { MembersSource } from '../../../publish/members/members-source.ts';
import type { ScenarioPlace } from '../../../publish/members/simulate.ts';
import type { FederationView } from '../../../publish/seen/federation-view.ts';
import { jsonPage } from '../json-page.ts';

export interface MemberPagesOptions {
  readonly registry: MemberRegistry;
  readonly view: FederationView;
  readonly source: MembersSource;
}

export function memberPages(options: MemberPagesOptions): [string, AnswerPage][] {
  return [
    ['GET /members', () => jsonPage(membersSeen(options))],
    ['POST /simulate', (query, body) => simulated(query, body, options)],
    ['POST /drain', (query) => drained(query, options)],
  ];
}

/** `cluster=a,zone=b`. Throws InputError for what is no place, or nobody's. */
function placesOf(text: string, { view }: MemberPagesOptions): ScenarioPlace[] {
  const members = [...view.members.values()];
  return text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [kind = '', name = ''] = part.split('=');
      if (kind !== 'cluster' && kind !== 'zone' && kind !== 'region') {
        throw new InputError('SCENARIO', `"${part}": cluster=, zone= or region= is meant`);
      }
      const isKnown = members.some(({ name: cluster, locality }) => {
        const { region, topologyZones } = locality;
        if (kind === 'cluster') return cluster === name;
        if (kind === 'region') return region === name;
        return topologyZones.some((zone) => zone === name || `${zone}.${region}` === name);
      });
      if (!isKnown) throw new InputError('SCENARIO', `no member is in ${kind} "${name}"`);
      return { kind, name };
    });
}

/** Files that say what is to be changed, as they were read: the body of `POST /simulate`. */
const CHANGED_FILES = z.array(
  z.object({ path: z.string(), cluster: z.string().optional(), text: z.string() }),
);

async function simulated(
  query: URLSearchParams,
  body: string,
  options: MemberPagesOptions,
): Promise<Page> {
  const given = CHANGED_FILES.parse(body === '' ? [] : JSON.parse(body));
  const files = given.map(({ path, cluster, text }) => {
    return { file: parseChangedFile(text, path), cluster };
  });
  const down = placesOf(query.get('down') ?? '', options);
  const up = placesOf(query.get('up') ?? '', options);
  const { changes, load, ...rest } = await options.source.simulate({ down, up, files });
  return jsonPage({
    ...rest,
    load: Object.fromEntries(load),
    changes: changes.map(({ owner, before, after, ...change }) => ({
      name: formatName(owner),
      before: describeContent(before),
      after: describeContent(after),
      ...change,
    })),
  });
}

/** A person's word: the leader takes it, for it is who writes. Answered once it is written. */
async function drained(
  query: URLSearchParams,
  { source, view }: MemberPagesOptions,
): Promise<Page> {
  const subject = query.get('subject') ?? '';
  const isDrained = query.get('to') === 'drained';
  if (!source.canBeTold) {
    return refused(409, 'this process publishes nothing (yet): ask again, or the one that leads');
  }
  const [cluster = '', ...rest] = subject.split('/');
  if (!view.members.has(cluster) || (rest.length !== 0 && rest.length !== 2)) {
    return refused(400, `"${subject}": a member, or member/namespace/service, is meant`);
  }
  const services = await source.setDrain(subject, isDrained).catch(problemOf);
  if (typeof services === 'string') {
    return refused(503, `not written, tried again until this process ends: ${services}`);
  }
  const ttls = services.map((key) => source.plans.get(key)?.decided.ttlSeconds);
  const ttlSeconds = Math.max(0, ...ttls.map((ttl) => ttl ?? view.plan.ttlSeconds));
  return jsonPage({ services: services.length, ttlSeconds });
}

export function refused(status: number, body: string): Page {
  return { status, type: 'text/plain', body: `${body}\n` };
}

export function membersSeen({
  registry,
  view,
}: Pick<MemberPagesOptions, 'registry' | 'view'>): object[] {
  const nowMs = performance.now();
  return [...view.members.values()].map(({ name, locality, api, apiSinceMs }) => {
    const joined = registry.get(name);
    const { watches, objects, hosts, unread } = joined?.member ?? {};
    const status = view.seen.get(name)?.status;
    const contributor = view.seen.contributorOf(name);
    const heardAt = Math.min(
      ...[watches?.services.heardAtMs, watches?.slices.heardAtMs].map((at) => at ?? Number.NaN),
    );
    return {
      name,
      server: joined?.spec.access.server,
      contributor,
      region: locality.region,
      zones: locality.topologyZones,
      placeFrom: placeFrom(joined, contributor),
      api,
      apiForSeconds: Math.round((nowMs - apiSinceMs) / 1000),
      isSynced: status?.hasSynced ?? false,
      version: status?.version,
      reason: status === undefined ? 'remembered: no access to it is known' : status.reason,
      heardBeforeSeconds: Number.isNaN(heardAt) ? undefined : Math.round((nowMs - heardAt) / 1000),
      objects: objects && { ...objects.counts, hosts: hosts?.count ?? 0 },
      unread,
      receivedOctets:
        (watches?.services.receivedOctets ?? 0) + (watches?.slices.receivedOctets ?? 0),
    };
  });
}

function placeFrom(joined: JoinedMember | undefined, contributor: string | undefined): string {
  if (contributor !== undefined) return `contributor ${contributor}`;
  return joined?.spec.region === undefined ? 'nodes' : 'configuration';
}
