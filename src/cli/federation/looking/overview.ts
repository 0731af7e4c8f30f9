/**
 * What the host says of its federation, for `fedns get`: clusters, types, tombstones, and federated
 * objects that are not well. Needs no running server of ours.
 */

import { TOMBSTONES } from '../../../api/copy-tombstone.ts';
import { type ApiResource, collectionPath } from '../../../api/kubefed/api-resource.ts';
import type { FederatedTypeConfig } from '../../../api/kubefed/federated-type-config.ts';
import { textAt } from '../../../api/untyped.ts';
import { CLUSTER_RESOURCE } from '../../../federation/joining/host-objects.ts';
import {
  type ClusterView,
  type TombstoneView,
  type TypeView,
  troubleOf,
  viewCluster,
  viewTombstone,
  viewType,
} from '../../../federation/viewing/federation-views.ts';
import { ageOf } from '../../../federation/viewing/object-readiness.ts';
import { ApiError } from '../../../kubernetes/api-error.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { table, VerbError } from '../../output.ts';
import { propagatingConfigs, readTypeConfigs, TYPE_CONFIG_RESOURCE } from '../enabled-types.ts';
import { type HostCluster, ownNamespace } from '../host-cluster.ts';

const NOUNS = {
  clusters: ['clusters', 'kubefedclusters', 'kubefedcluster', 'kfc'],
  types: ['types', 'federatedtypeconfigs', 'federatedtypeconfig', 'ftc'],
  tombstones: ['tombstones', 'copytombstones', 'copytombstone'],
} as const;

type Noun = keyof typeof NOUNS;

/** Not of the members. */
export function isOfHost(type: string): boolean {
  return nounOf(type) !== undefined;
}

function nounOf(type: string): Noun | undefined {
  const word = type.toLowerCase();
  const nouns: readonly Noun[] = ['clusters', 'types', 'tombstones'];
  return nouns.find((noun) => NOUNS[noun].some((one) => one === word));
}

interface Overview {
  readonly clusters: readonly ClusterView[];
  readonly types: readonly TypeView[];
  readonly tombstones: readonly TombstoneView[];
  readonly objects: ObjectsView;
}

interface ObjectsView {
  readonly count: number;
  readonly unwell: readonly { readonly object: string; readonly trouble: string }[];
}

/** Without a type: all of it. Throws VerbError where something is not well. */
export async function getOverview(
  host: HostCluster,
  type: string | undefined,
  name: string | undefined,
): Promise<void> {
  const noun = type === undefined ? undefined : nounOf(type);
  await ownNamespace(host);
  const isMeant = (view: Named) => name === undefined || view.name === name;
  const read = async <T extends Named>(
    what: Noun,
    resource: ApiResource,
    view: (object: unknown) => T,
  ): Promise<readonly T[]> => {
    if (noun !== undefined && noun !== what) return [];
    const views = (await readAll(host, resource)).map(view).filter(isMeant);
    return views.sort(unwellFirst);
  };
  const overview: Overview = {
    clusters: await read('clusters', CLUSTER_RESOURCE, viewCluster),
    types: await read('types', TYPE_CONFIG_RESOURCE, viewType),
    tombstones: await read('tombstones', TOMBSTONES, viewTombstone),
    objects: noun === undefined ? await readObjects(host) : { count: 0, unwell: [] },
  };
  if (noun !== undefined && name !== undefined && overview[noun].length === 0) {
    throw new VerbError(`${host.context}: there is no ${noun.slice(0, -1)} "${name}"`, 1);
  }
  const troubles = troublesOf(overview);
  const text = noun === undefined ? describeAll(overview, troubles) : tableOf(overview, noun);
  host.report.answer(overview, text);
  if (troubles.length > 0) throw new VerbError(`${countOf(overview)} not well`, 1);
}

async function readAll(host: HostCluster, resource: ApiResource): Promise<readonly unknown[]> {
  const objects: unknown[] = [];
  try {
    const path = collectionPath(resource, host.namespace);
    for await (const page of readPagesOf(host.client, path)) objects.push(...page);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    const missing = `${resource.plural}.${resource.group} is not installed there (deploy/crds)`;
    throw new VerbError(`${host.context}: ${missing}`, 1);
  }
  return objects;
}

/** Every federated object of the types that are propagated. */
async function readObjects(host: HostCluster): Promise<ObjectsView> {
  let count = 0;
  const unwell: { object: string; trouble: string }[] = [];
  for (const { federated } of propagatingConfigs(await readTypeConfigs(host))) {
    for (const { name, trouble } of await readType(host, federated)) {
      count++;
      if (trouble !== '') unwell.push({ object: `${federated.kind} ${name}`, trouble });
    }
  }
  return { count, unwell };
}

async function readType(
  host: HostCluster,
  federated: FederatedTypeConfig['federated'],
): Promise<readonly { readonly name: string; readonly trouble: string }[]> {
  const found: { name: string; trouble: string }[] = [];
  try {
    for await (const page of readPagesOf(host.client, collectionPath(federated))) {
      for (const object of page) {
        const namespace = textAt(object, 'metadata', 'namespace');
        const name = textAt(object, 'metadata', 'name') ?? '';
        const key = namespace === undefined ? name : `${namespace}/${name}`;
        found.push({ name: key, trouble: troubleOf(object) });
      }
    }
  } catch (error) {
    // Its definition is gone: the type itself says so.
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
  return found;
}

interface Named {
  readonly name: string;
  readonly trouble: string;
}

function unwellFirst(left: Named, right: Named): number {
  const turn = Number(left.trouble === '') - Number(right.trouble === '');
  return turn === 0 ? left.name.localeCompare(right.name) : turn;
}

/** Of objects so many are named. */
const OBJECTS_SHOWN_MAX = 20;

function troublesOf({ clusters, types, tombstones, objects }: Overview): readonly string[] {
  const wrong = <T extends { readonly trouble: string }>(views: readonly T[]) =>
    views.filter(({ trouble }) => trouble !== '');
  const shown = objects.unwell.slice(0, OBJECTS_SHOWN_MAX);
  const more = objects.unwell.length - shown.length;
  return [
    ...wrong(clusters).map(({ name, trouble }) => `CLUSTER    ${name}: ${trouble}`),
    ...wrong(types).map(({ name, trouble }) => `TYPE       ${name}: ${trouble}`),
    ...wrong(tombstones).map(
      ({ type, object, trouble }) => `TOMBSTONE  ${type} ${object}: ${trouble}`,
    ),
    ...shown.map(({ object, trouble }) => `OBJECT     ${object}: ${trouble}`),
    ...(more > 0 ? [`OBJECT     ${more} more`] : []),
  ];
}

function countOf({ clusters, types, tombstones, objects }: Overview): string {
  const count = (views: readonly { readonly trouble: string }[]) =>
    views.filter(({ trouble }) => trouble !== '').length;
  const counts = [
    [count(clusters), 'clusters'],
    [count(types), 'types'],
    [count(tombstones), 'tombstones'],
    [objects.unwell.length, 'objects'],
  ] as const;
  return counts.flatMap(([many, what]) => (many === 0 ? [] : [`${many} ${what}`])).join(', ');
}

function describeAll(overview: Overview, troubles: readonly string[]): string {
  const { objects, tombstones } = overview;
  const well = `${objects.count - objects.unwell.length} of ${objects.count} federated objects are as they are wanted`;
  return [
    ...(troubles.length > 0 ? troubles : ['all is well']),
    '',
    well,
    '',
    tableOf(overview, 'clusters'),
    '',
    tableOf(overview, 'types'),
    ...(tombstones.length === 0 ? [] : ['', tableOf(overview, 'tombstones')]),
  ].join('\n');
}

function tableOf({ clusters, types, tombstones }: Overview, noun: Noun): string {
  const nowMs = Date.now();
  switch (noun) {
    case 'clusters':
      return table(
        ['CLUSTER', 'READY', 'VERSION', 'REGION', 'ZONES', 'AGE', 'WORKLOADS', 'WHY'],
        clusters.map((one) => [
          ...[one.name, one.ready, one.version, one.region, one.zones, ageOf(one.since, nowMs)],
          ...[one.isDrained ? 'drained' : 'taken', one.trouble],
        ]),
      );
    case 'types':
      return table(
        ['TYPE', 'FEDERATED', 'STATE', 'WHY'],
        types.map(({ name, federated, state, trouble }) => [name, federated, state, trouble]),
      );
    case 'tombstones':
      return table(
        ['CLUSTER', 'TYPE', 'OBJECT', 'ACTION', 'AGE', 'TOMBSTONE'],
        tombstones.map((one) => [
          ...[one.cluster, one.type, one.object, one.action, ageOf(one.since, nowMs), one.name],
        ]),
      );
    default:
      return noun satisfies never;
  }
}
