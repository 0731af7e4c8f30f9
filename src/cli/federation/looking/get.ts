/**
 * `fedns get [TYPE [NAME]]`: one table over all members; of clusters, types and tombstones what the
 * host says; without a type all of it, what is not well first.
 */

import type { Command } from 'commander';
import { type ApiResource, collectionPath, objectPath } from '../../../api/kubefed/api-resource.ts';
import { isJsonObject } from '../../../api/kubefed/federated-object.ts';
import { listAt, textAt } from '../../../api/untyped.ts';
import { copyFactsOf } from '../../../federation/copies/copy-facts.ts';
import { ageOf, readinessOf } from '../../../federation/viewing/object-readiness.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { table, VerbError } from '../../output.ts';
import { findType, findTypeConfig, readTypeConfigs } from '../enabled-types.ts';
import {
  getOrNone,
  type HostCluster,
  namespaceOf,
  readFederationUid,
  withHostPlace,
  withReport,
} from '../host-cluster.ts';
import {
  type AskedMember,
  askMembers,
  MEMBER_OPTIONS,
  type MemberFlags,
} from '../reading/asked-members.ts';
import { readMembers } from '../reading/host-members.ts';
import { type ReportFormat, reportOption } from '../report.ts';
import { getOverview, isOfHost } from './overview.ts';

export interface GetFlags extends MemberFlags {
  readonly output: 'table' | Exclude<ReportFormat, 'text'>;
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
}

export function addGet(program: Command): void {
  withHostPlace(
    program
      .command('get [type] [name]')
      .description(
        'objects of a type in all members; clusters, types, tombstones; without a type all that is not well (exit 1 then)',
      ),
  )
    .option('-n, --namespace <namespace>', "the objects'; the context's own if not said")
    .option('-A, --all-namespaces', 'of every namespace')
    .option('-l, --selector <labels>', 'only objects with these labels, as kubectl takes them')
    .option(...MEMBER_OPTIONS.cluster)
    .option(...MEMBER_OPTIONS.contexts)
    .addOption(reportOption('table'))
    .action(get);
}

async function get(
  type: string | undefined,
  name: string | undefined,
  flags: GetFlags,
): Promise<void> {
  if (name !== undefined && flags.allNamespaces === true) {
    throw new VerbError('--all-namespaces: a NAME is looked for in one namespace', 2);
  }
  if (name !== undefined && flags.selector !== undefined) {
    throw new VerbError('--selector: takes no NAME', 2);
  }
  const output = flags.output === 'table' ? 'text' : flags.output;
  await withReport({ ...flags, output }, async (host) => {
    if (type === undefined || isOfHost(type)) return await getOverview(host, type, name);
    await getObjects(host, { type, name, flags });
  });
}

interface Asked {
  readonly type: string;
  readonly name: string | undefined;
  readonly flags: GetFlags;
}

interface SeenObject {
  readonly cluster: string;
  readonly object: unknown;
}

async function getObjects(host: HostCluster, { type, name, flags }: Asked): Promise<void> {
  const resource = await targetType(host, type);
  const members = await readMembers(host, flags.cluster);
  const namespace = resource.isNamespaced ? namespaceOf(host, flags.namespace) : '';
  const ask = (member: AskedMember) => readObjects(member, { resource, namespace, name, flags });
  const { found, silent } = await askMembers(host, members, { flags, ask });
  const seen: SeenObject[] = [...found].flatMap(([cluster, objects]) =>
    objects.map((object) => ({ cluster, object })),
  );
  const shown = { resource, federationUid: await readFederationUid(host) };
  host.report.answer(seen, seen.length === 0 ? '' : objectTable(seen, shown));
  const where =
    namespace === '' || flags.allNamespaces === true ? '' : ` in namespace ${namespace}`;
  const what = name === undefined ? resource.plural : `${resource.kind} ${name}`;
  if (silent.length > 0) throw new VerbError(`not heard: ${silent.join(', ')}`, 1);
  if (seen.length === 0) {
    throw new VerbError(`no ${what}${where} in any of ${members.length} members`, 1);
  }
}

/** Said as the federated type or as its target; it need not be federated. */
async function targetType(host: HostCluster, said: string): Promise<ApiResource> {
  const config = await findTypeConfig(host, said, await readTypeConfigs(host));
  return config?.target ?? (await findType(host, said));
}

interface Wanted {
  readonly resource: ApiResource;
  readonly namespace: string;
  readonly name: string | undefined;
  readonly flags: GetFlags;
}

async function readObjects(
  { client }: AskedMember,
  { resource, namespace, name, flags }: Wanted,
): Promise<readonly unknown[]> {
  const { kind } = resource;
  if (name !== undefined) {
    const object = await getOrNone(client, objectPath(resource, { namespace, name }));
    return object === undefined ? [] : [object];
  }
  const within = flags.allNamespaces === true || namespace === '' ? undefined : namespace;
  const query = flags.selector === undefined ? {} : { labelSelector: flags.selector };
  const objects: unknown[] = [];
  for await (const page of readPagesOf(client, collectionPath(resource, within), { query })) {
    // Items of a list do not say their kind.
    objects.push(...page.map((one) => ({ kind, ...(isJsonObject(one) && one) })));
  }
  return objects;
}

interface Shown {
  readonly resource: ApiResource;
  readonly federationUid: string;
}

/** The same object's copies stand together. */
function objectTable(seen: readonly SeenObject[], { resource, federationUid }: Shown): string {
  const nowMs = Date.now();
  const rows = seen.map(({ cluster, object }) => {
    const namespace = textAt(object, 'metadata', 'namespace') ?? '';
    return [
      cluster,
      ...(resource.isNamespaced ? [namespace] : []),
      textAt(object, 'metadata', 'name') ?? '',
      readinessOf(object),
      copyFactsOf(object).version,
      ownerOf(object, federationUid),
      ageOf(textAt(object, 'metadata', 'creationTimestamp'), nowMs),
    ];
  });
  const byObject = (row: readonly string[]) =>
    row.slice(1, resource.isNamespaced ? 3 : 2).join('/');
  rows.sort((left, right) => byObject(left).localeCompare(byObject(right)));
  const places = resource.isNamespaced ? ['NAMESPACE', 'NAME'] : ['NAME'];
  return table(['CLUSTER', ...places, 'STATUS', 'VERSION', 'OWNER', 'AGE'], rows);
}

/** Whose copy it is: `federation` is the one we look at; `-`: nobody's. */
function ownerOf(object: unknown, federationUid: string): string {
  const { owner, managed } = copyFactsOf(object);
  if (managed === 'false') return 'hands off';
  if (owner !== undefined) {
    return owner.startsWith(`${federationUid}/`) ? 'federation' : `other ${owner.slice(0, 8)}`;
  }
  if (managed === 'true') return 'KubeFed';
  const [first] = listAt(object, 'metadata', 'ownerReferences');
  const kind = textAt(first, 'kind');
  return kind === undefined ? '-' : `${kind} ${textAt(first, 'name') ?? ''}`;
}
