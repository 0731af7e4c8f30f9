/**
 * Rights of members on a type that is enabled or disabled: through contexts of the members that the
 * person names, else through those that the kubeconfig has of them, so that the type works as soon as
 * it is enabled, as it did with KubeFed, whose accounts had every right. For the others as YAML, for
 * whoever may.
 */

import { stringify } from 'yaml';
import { type ApiResource, collectionPath, objectPath } from '../../api/kubefed/api-resource.ts';
import { isJsonObject } from '../../api/kubefed/federated-object.ts';
import { readKubeFedCluster } from '../../api/kubefed/kubefed-cluster.ts';
import type { KubeFedSettings } from '../../api/kubefed/kubefed-config.ts';
import { listAt, textAt } from '../../api/untyped.ts';
import { canonicalJson } from '../../federation/canonical-json.ts';
import { accountOfSecret, CLUSTER_RESOURCE } from '../../federation/joining/host-objects.ts';
import { accountName } from '../../federation/joining/join-names.ts';
import { SECRET_RESOURCE, typesRole } from '../../federation/joining/member-objects.ts';
import { typeRules, withoutType, withRules } from '../../federation/joining/member-rules.ts';
import { KubeconfigError } from '../../kubernetes/kubeconfig.ts';
import { readPagesOf } from '../../kubernetes/object-pages.ts';
import { complain, VerbError } from '../output.ts';
import {
  getOrNone,
  type HostCluster,
  type ReachedCluster,
  readScope,
  withCluster,
} from './host-cluster.ts';
import { ObjectWriter } from './object-writer.ts';
import { describe } from './report.ts';

export type RoleChange = {
  readonly target: ApiResource;
} & (
  | { readonly kind: 'give' }
  /** `remaining`: types that are enabled still, whose rights stay. */
  | { readonly kind: 'take'; readonly remaining: readonly ApiResource[] }
);

export interface MemberFlags {
  readonly members?: readonly string[];
  readonly memberContexts?: readonly string[];
}

export interface JoinedMember {
  readonly name: string;
  /** `https://host:port`; undefined: its object is wrong. */
  readonly server: string | undefined;
  readonly secretName: string;
  /** Of its account in the member. */
  readonly account: string;
}

async function readJoinedMembers(
  host: HostCluster,
  hostName = host.context,
): Promise<readonly JoinedMember[]> {
  const { client, namespace } = host;
  const joined: JoinedMember[] = [];
  for await (const page of readPagesOf(client, collectionPath(CLUSTER_RESOURCE, namespace))) {
    const read = page.map(async (object): Promise<JoinedMember> => {
      const name = textAt(object, 'metadata', 'name') ?? '';
      const cluster = readKubeFedCluster(object);
      const secretName = textAt(object, 'spec', 'secretRef', 'name') ?? '';
      const path = objectPath(SECRET_RESOURCE, { namespace, name: secretName });
      const secret = secretName === '' ? undefined : await getOrNone(client, path);
      const account = accountOfSecret(secret)?.name ?? accountName(name, hostName);
      const server = cluster.kind === 'good' ? cluster.value.server : undefined;
      return { name, server, secretName, account };
    });
    joined.push(...(await Promise.all(read)));
  }
  return joined;
}

/**
 * Those that cannot be reached are told; where they were named it throws. Gives who prints the rules that members
 * lack, for they come last of what a verb says.
 */
export async function changeMemberRoles(
  host: HostCluster,
  flags: MemberFlags,
  change: RoleChange,
): Promise<() => void> {
  const scope = await readScope(host);
  if (scope === 'Namespaced' && !change.target.isNamespaced) return () => undefined;
  const members = await readJoinedMembers(host);
  const said = saidContexts(flags);
  const reached = new Set<string>();
  const failed: string[] = [];
  for (const context of said ?? knownContexts(host, members)) {
    try {
      const name = await withCluster(host.kubeconfig, context, async (cluster) => {
        const member = memberAt(cluster, members);
        await changeRole({ host, cluster, scope }, member, change);
        return member.name;
      });
      reached.add(name);
    } catch (error) {
      if (!(error instanceof VerbError)) throw error;
      complain(error.message);
      failed.push(context);
    }
  }
  const others = members.filter(({ name }) => !reached.has(name));
  const tellLacking = () => {
    if (change.kind === 'give' && others.length > 0) tellRules(host, others, { change, scope });
  };
  if (said !== undefined && failed.length > 0) {
    tellLacking();
    throw new VerbError(`rights not changed in: ${failed.join(', ')}`, 1);
  }
  return tellLacking;
}

/** undefined: the person left it to us; none: nobody's are to be changed. */
function saidContexts({ members, memberContexts }: MemberFlags): readonly string[] | undefined {
  if (members === undefined && memberContexts === undefined) return undefined;
  return [...(members ?? []), ...(memberContexts ?? [])];
}

/** Of each member one that leads to its API: the one of its name before all others. */
function knownContexts(
  { kubeconfig }: HostCluster,
  members: readonly JoinedMember[],
): readonly string[] {
  const serverOf = (context: string) => {
    try {
      return kubeconfig.access(context).server;
    } catch (error) {
      if (error instanceof KubeconfigError) return undefined;
      throw error;
    }
  };
  const servers = new Map(kubeconfig.contexts.map((context) => [context, serverOf(context)]));
  return members.flatMap(({ name, server }) => {
    if (server === undefined) return [];
    const contexts = [name, ...servers.keys()];
    return contexts.find((context) => servers.get(context) === server) ?? [];
  });
}

/** By the address of its API, else by its name. */
function memberAt(cluster: ReachedCluster, members: readonly JoinedMember[]): JoinedMember {
  const { context, access } = cluster;
  const found =
    members.find(({ name, server }) => name === context && server === access.server) ??
    members.find(({ server }) => server === access.server) ??
    members.find(({ name }) => name === context);
  if (found !== undefined) return found;
  throw new VerbError(`--members: ${context}: no KubeFedCluster has this name or its server`, 2);
}

interface RolePlace {
  readonly host: HostCluster;
  readonly cluster: ReachedCluster;
  readonly scope: KubeFedSettings['scope'];
}

async function changeRole(
  { host, cluster, scope }: RolePlace,
  { name, account }: JoinedMember,
  change: RoleChange,
): Promise<void> {
  const ref = typesRole({ cluster: name, namespace: host.namespace, account }, scope);
  const path = objectPath(ref.resource, ref);
  const live = await getOrNone(cluster.client, path);
  if (!isJsonObject(live)) {
    const hint = `fedns join ${name} --error-on-existing=false makes it`;
    throw new VerbError(`${cluster.context}: there is no ${describe(ref)}: ${hint}`, 1);
  }
  const before = listAt(live, 'rules');
  const rules = changedRules(before, change);
  const writer = new ObjectWriter(cluster, host.report);
  if (canonicalJson(rules) === canonicalJson(before)) return writer.say(ref, 'unchanged');
  if (!writer.isDryRun) await cluster.client.put(path, { ...live, rules });
  writer.say(ref, 'updated');
}

function changedRules(before: readonly unknown[], change: RoleChange): readonly unknown[] {
  const { target } = change;
  return change.kind === 'give'
    ? withRules(before, typeRules(target))
    : withoutType(before, target, change.remaining);
}

function tellRules(
  host: HostCluster,
  members: readonly JoinedMember[],
  { change, scope }: { readonly change: RoleChange; readonly scope: KubeFedSettings['scope'] },
): void {
  const roles = members.map(({ name, account }) => {
    const ref = typesRole({ cluster: name, namespace: host.namespace, account }, scope);
    return `#   ${name}: ${describe(ref)}`;
  });
  host.report.note(
    [
      '# These members may not have the rights yet: until they do, theirs say Forbidden.',
      '# --members CONTEXT,... gives them; or add to the rules of, there:',
      ...roles,
      stringify(typeRules(change.target)),
    ].join('\n'),
  );
}
