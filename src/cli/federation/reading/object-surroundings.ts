/** What a host has about one federated object: its preference, records, Events, what is held of it. */

import { readCopyTombstone, TOMBSTONES } from '../../../api/copy-tombstone.ts';
import {
  type ApiResource,
  collectionPath,
  objectPath,
  resourceName,
} from '../../../api/kubefed/api-resource.ts';
import type { FederatedObject } from '../../../api/kubefed/federated-object.ts';
import type { FederatedTypeConfig } from '../../../api/kubefed/federated-type-config.ts';
import { readTypeHold, type TypeHold } from '../../../api/kubefed/federated-type-config.ts';
import { listAt, textAt } from '../../../api/untyped.ts';
import { isNamespace } from '../../../federation/copies/member-object.ts';
import { type TombstoneView, viewTombstone } from '../../../federation/viewing/federation-views.ts';
import { ApiError } from '../../../kubernetes/api-error.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { TYPE_CONFIG_RESOURCE } from '../enabled-types.ts';
import { getOrNone, type HostCluster } from '../host-cluster.ts';
import {
  DNS_ENDPOINT_RESOURCE,
  DNS_RECORD_RESOURCES,
  EVENT_RESOURCE,
  PREFERENCE_RESOURCE,
} from './host-resources.ts';

export interface Surroundings {
  /** What schedules its replicas; undefined: nothing does. */
  readonly preference: unknown;
  /** `status.clusterVersions` of its PropagatedVersion. */
  readonly versions: ReadonlyMap<string, string>;
  readonly hold: TypeHold | undefined;
  readonly tombstones: readonly TombstoneView[];
  readonly dnsRecord: unknown;
  readonly dnsEndpoint: unknown;
  /** Of it and of its preference and record; the oldest first. */
  readonly events: readonly unknown[];
}

export async function readSurroundings(
  host: HostCluster,
  config: FederatedTypeConfig,
  object: FederatedObject,
): Promise<Surroundings> {
  const { target, federated } = config;
  const { namespace, name } = object;
  const read = (resource: ApiResource | undefined, named = name) =>
    resource === undefined
      ? Promise.resolve(undefined)
      : orNothing(() => getOrNone(host.client, objectPath(resource, { namespace, name: named })));
  const recordResource =
    target.group === '' || target.kind === 'Ingress'
      ? DNS_RECORD_RESOURCES[target.kind]
      : undefined;
  const preference = await read(namespace === '' ? undefined : PREFERENCE_RESOURCE);
  const isItsOwn = textAt(preference, 'spec', 'targetKind') === federated.kind;
  const version = await read(versionResource(federated), `${target.kind.toLowerCase()}-${name}`);
  const dnsRecord = await read(recordResource);
  const endpoint = `${target.kind.toLowerCase()}-${name}`;
  const path = objectPath(TYPE_CONFIG_RESOURCE, { namespace: host.namespace, name: config.name });
  return {
    preference: isItsOwn ? preference : undefined,
    versions: new Map(
      listAt(version, 'status', 'clusterVersions').map((one) => [
        textAt(one, 'clusterName') ?? '',
        textAt(one, 'version') ?? '',
      ]),
    ),
    hold: readTypeHold(await getOrNone(host.client, path)),
    tombstones: await readTombstones(host, config, object),
    dnsRecord,
    dnsEndpoint: dnsRecord === undefined ? undefined : await read(DNS_ENDPOINT_RESOURCE, endpoint),
    events: await readEvents(host, object, [
      federated.kind,
      'ReplicaSchedulingPreference',
      recordResource?.kind,
    ]),
  };
}

/** Where a kind is not installed, there is none of it. */
async function orNothing(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function versionResource({ isNamespaced }: ApiResource): ApiResource {
  const api = { group: 'core.kubefed.io', version: 'v1alpha1', isNamespaced };
  return isNamespaced
    ? { ...api, kind: 'PropagatedVersion', plural: 'propagatedversions' }
    : { ...api, kind: 'ClusterPropagatedVersion', plural: 'clusterpropagatedversions' };
}

async function readTombstones(
  { client, namespace }: HostCluster,
  { target }: FederatedTypeConfig,
  object: FederatedObject,
): Promise<readonly TombstoneView[]> {
  const found: TombstoneView[] = [];
  const within = isNamespace(target) ? '' : object.namespace;
  await orNothing(async () => {
    for await (const page of readPagesOf(client, collectionPath(TOMBSTONES, namespace))) {
      for (const one of page) {
        const read = readCopyTombstone(one);
        if (read.kind === 'bad') continue;
        const { objectName, namespace: of } = read.value;
        const isSameType = resourceName(read.value.target) === resourceName(target);
        if (isSameType && objectName === object.name && of === within)
          found.push(viewTombstone(one));
      }
    }
  });
  return found;
}

/** Of a busy object the last ones are what is asked for. */
const EVENTS_MAX = 20;

async function readEvents(
  { client }: HostCluster,
  { namespace, name }: FederatedObject,
  kinds: readonly (string | undefined)[],
): Promise<readonly unknown[]> {
  const events: unknown[] = [];
  const path = collectionPath(EVENT_RESOURCE, namespace === '' ? 'default' : namespace);
  const query = { fieldSelector: `regarding.name=${name}` };
  for await (const page of readPagesOf(client, path, { query })) {
    events.push(...page.filter((one) => kinds.includes(textAt(one, 'regarding', 'kind') ?? '-')));
  }
  const timeOf = (event: unknown) => lastSeen(event) ?? '';
  return events.sort((left, right) => (timeOf(left) < timeOf(right) ? -1 : 1)).slice(-EVENTS_MAX);
}

/** RFC 3339. */
export function lastSeen(event: unknown): string | undefined {
  return (
    textAt(event, 'series', 'lastObservedTime') ??
    textAt(event, 'deprecatedLastTimestamp') ??
    textAt(event, 'eventTime') ??
    textAt(event, 'metadata', 'creationTimestamp')
  );
}
