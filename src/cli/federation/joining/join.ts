/**
 * `fedns join NAME`: a member of the federation. In the member an account with as few rights as the
 * enabled types want; in the host its token and the KubeFedCluster.
 *
 * Source: specs of KubeFed 0.10, "join".
 */

import type { Command } from 'commander';
import { stringify } from 'yaml';
import { type ApiResource, objectPath, resourceName } from '../../../api/kubefed/api-resource.ts';
import { textAt } from '../../../api/untyped.ts';
import {
  CLUSTER_RESOURCE,
  kubefedCluster,
  tokenPatch,
  tokenSecret,
} from '../../../federation/joining/host-objects.ts';
import {
  accountName,
  clusterNameProblem,
  hostNameProblem,
  type JoinNames,
  secretName as usualSecretName,
} from '../../../federation/joining/join-names.ts';
import {
  ACCOUNT_RESOURCE,
  isMadeByJoin,
  type MadeObject,
  type MemberJoin,
  memberObjects,
  NAMESPACE_RESOURCE,
  SECRET_RESOURCE,
  withoutMark,
} from '../../../federation/joining/member-objects.ts';
import { allowedTypes } from '../../../federation/joining/member-rules.ts';
import type { ClusterCredentials } from '../../../kubernetes/cluster-access.ts';
import { requestToken } from '../../../kubernetes/credentials/token-request.ts';
import { choice } from '../../flags.ts';
import { complain, print, VerbError, withProgress } from '../../output.ts';
import { propagatedTypes, readTypeConfigs } from '../enabled-types.ts';
import {
  getOrNone,
  type HostCluster,
  type HostFlags,
  ownNamespace,
  type ReachedCluster,
  readScope,
  withCluster,
  withHost,
  withHostFlags,
} from '../host-cluster.ts';
import { ObjectWriter, refOf } from '../object-writer.ts';

export interface JoinFlags extends HostFlags {
  readonly clusterContext?: string;
  readonly hostClusterName?: string;
  readonly secretName?: string;
  readonly errorOnExisting: boolean;
  readonly allowEscalate?: boolean;
  readonly output: 'text' | 'yaml' | 'json';
}

export function addJoin(program: Command): void {
  withHostFlags(
    program
      .command('join <name>')
      .description(
        'a cluster into the federation: an account in it, its KubeFedCluster in the host',
      ),
  )
    .option('--cluster-context <context>', "the member's; NAME if not said")
    .option(
      '--host-cluster-name <name>',
      "in names of what is made; the host's context if not said",
    )
    .option('--secret-name <name>', 'of the token in the host; NAME-token if not said')
    .option('--error-on-existing', 'refuse a name that is joined already (so if not said)', true)
    .option('--no-error-on-existing', 'bring what is there up to date')
    .option('--allow-escalate', 'also the rights on roles and bindings, where these are enabled')
    .addOption(choice('-o, --output <format>', ['text', 'yaml', 'json'], 'text'))
    .action(join);
}

async function join(name: string, flags: JoinFlags): Promise<void> {
  await withHost(flags, (host) =>
    withCluster(host.kubeconfig, flags.clusterContext ?? name, async (member) => {
      const names = joinNames(name, host, flags);
      const plan = await planJoin(host, names, flags);
      if (flags.output !== 'text') return show(host, member, { plan, flags });
      if (flags.errorOnExisting) await refuseExisting(host, member, names);
      await whenNamespaceUsable(member, names.namespace);
      const inMember = new ObjectWriter(member, host.report);
      for (const object of await ownObjects(member, plan)) await inMember.ensure(object);
      await joinHost(host, member, { plan, flags });
    }),
  );
}

/** Throws for what cannot be part of a name. */
export function joinNames(
  cluster: string,
  { context, namespace }: Pick<HostCluster, 'context' | 'namespace'>,
  { hostClusterName = context }: Pick<JoinFlags, 'hostClusterName'>,
): JoinNames {
  const problem = clusterNameProblem(cluster) ?? hostNameProblem(hostClusterName);
  if (problem !== undefined) throw new VerbError(problem, 2);
  return { cluster, namespace, account: accountName(cluster, hostClusterName) };
}

async function planJoin(
  host: HostCluster,
  names: JoinNames,
  { allowEscalate: allowsEscalation = false }: JoinFlags,
): Promise<MemberJoin> {
  // Before anything is made in the member that its host could not hold.
  await ownNamespace(host);
  const [scope, configs] = await Promise.all([readScope(host), readTypeConfigs(host)]);
  const isNamespaced = scope === 'Namespaced';
  const types = propagatedTypes(configs);
  const { allowed, withheld } = allowedTypes(types, { isNamespaced, allowsEscalation });
  if (withheld.length > 0) complain(describeWithheld(withheld));
  return { names, scope, types: allowed };
}

function describeWithheld(types: readonly ApiResource[]): string {
  const listed = types.map(resourceName).join(', ');
  return `no rights on ${listed}, so none are propagated there: --allow-escalate gives them`;
}

async function refuseExisting(
  host: HostCluster,
  member: ReachedCluster,
  { cluster, namespace, account }: JoinNames,
): Promise<void> {
  const hint = '(--error-on-existing=false brings everything up to date)';
  const path = objectPath(CLUSTER_RESOURCE, { namespace, name: cluster });
  if ((await getOrNone(host.client, path)) !== undefined) {
    const what = `KubeFedCluster ${namespace}/${cluster}`;
    throw new VerbError(`${host.context}: ${what} is there already ${hint}`, 1);
  }
  const accountPath = objectPath(ACCOUNT_RESOURCE, { namespace, name: account });
  const found = await getOrNone(member.client, accountPath);
  // One of ours is what a join that broke off has left: it is gone on with.
  if (found === undefined || isMadeByJoin(found)) return;
  const what = `ServiceAccount ${namespace}/${account}`;
  throw new VerbError(`${member.context}: ${what} is there already ${hint}`, 1);
}

/** As long as an unjoin's deletion may take. */
const NAMESPACE_WAIT_MS = 60_000;
const POLL_MS = 500;

/** Nothing can be made in a namespace that is on its way out. */
async function whenNamespaceUsable(member: ReachedCluster, namespace: string): Promise<void> {
  const path = objectPath(NAMESPACE_RESOURCE, { namespace: '', name: namespace });
  const isLeaving = async () => {
    const found = await getOrNone(member.client, path);
    return textAt(found, 'metadata', 'deletionTimestamp') !== undefined;
  };
  const wait = async () => {
    const started = performance.now();
    while (await isLeaving()) {
      if (performance.now() - started > NAMESPACE_WAIT_MS) {
        throw new VerbError(`${member.context}: namespace ${namespace} is still being deleted`, 1);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };
  await withProgress(`${member.context}: namespace ${namespace} is being deleted`, wait());
}

/**
 * A namespace that is there is somebody else's, and so is an account (KubeFed's): they do not get our
 * mark, by which unjoin knows what is ours.
 */
async function ownObjects(
  { client }: ReachedCluster,
  plan: MemberJoin,
): Promise<readonly MadeObject[]> {
  const objects = memberObjects(plan).map(async (made) => {
    const { resource } = made;
    if (resource !== NAMESPACE_RESOURCE && resource !== ACCOUNT_RESOURCE) return [made];
    const live = await getOrNone(client, objectPath(resource, refOf(made)));
    if (live === undefined) return [made];
    if (resource === NAMESPACE_RESOURCE) return [];
    return [isMadeByJoin(live) ? made : withoutMark(made)];
  });
  return (await Promise.all(objects)).flat();
}

interface Joining {
  readonly plan: MemberJoin;
  readonly flags: JoinFlags;
}

async function joinHost(
  host: HostCluster,
  member: ReachedCluster,
  { plan: { names }, flags }: Joining,
): Promise<void> {
  const { cluster, namespace } = names;
  const { isDryRun } = host.report;
  const inHost = new ObjectWriter(host, host.report);
  const found = await getOrNone(
    host.client,
    objectPath(CLUSTER_RESOURCE, { namespace, name: cluster }),
  );
  const known = textAt(found, 'spec', 'secretRef', 'name');
  const secretName = flags.secretName ?? known ?? usualSecretName(cluster);
  const account = { namespace, name: names.account };
  const token = isDryRun ? undefined : await requestToken(member.client, account);
  const secret = tokenSecret({ namespace, name: secretName, account, token });
  const ref = refOf(secret);
  const isThere = (await getOrNone(host.client, objectPath(SECRET_RESOURCE, ref))) !== undefined;
  if (isThere && known === undefined) await refuseForeignSecret(host, secretName);
  if (!isThere) await inHost.ensure(secret);
  else if (token !== undefined) await inHost.patch(ref, tokenPatch(account, token));
  await inHost.ensure(clusterObject(member, { names, secretName }, await credentialsOf(member)));
  if (known !== undefined && known !== secretName) await removeOldSecret(host, inHost, known);
  const until = token === undefined ? '' : `; its token ends ${token.expiresAt.toISOString()}`;
  host.report.note(`${cluster}: joined${isDryRun ? ' (dry run)' : until}`);
}

/** Of a name that is no longer said; one that a person made stays. */
async function removeOldSecret(
  { client, namespace }: HostCluster,
  inHost: ObjectWriter,
  name: string,
): Promise<void> {
  const ref = { resource: SECRET_RESOURCE, namespace, name };
  if (isMadeByJoin(await getOrNone(client, objectPath(SECRET_RESOURCE, ref)))) {
    await inHost.remove(ref);
  }
}

/** A Secret that nobody made for this must not be written over. */
async function refuseForeignSecret(host: HostCluster, name: string): Promise<void> {
  const { client, context, namespace } = host;
  const secret = await getOrNone(client, objectPath(SECRET_RESOURCE, { namespace, name }));
  if (secret === undefined || isMadeByJoin(secret)) return;
  const what = `Secret ${namespace}/${name}`;
  throw new VerbError(`${context}: ${what} is there already, not made by join: --secret-name`, 1);
}

async function credentialsOf(member: ReachedCluster): Promise<ClusterCredentials> {
  const credentials = await member.access.credentials();
  const { servername } = credentials.tls;
  if (servername !== undefined) {
    const what = `tls-server-name ${servername} cannot be said in a KubeFedCluster`;
    complain(`${member.context}: ${what}: its certificate must bear the name it is reached by`);
  }
  return credentials;
}

function clusterObject(
  { access }: ReachedCluster,
  { names, secretName }: { readonly names: JoinNames; readonly secretName: string },
  { tls, proxyUrl }: ClusterCredentials,
) {
  return kubefedCluster({
    name: names.cluster,
    namespace: names.namespace,
    apiEndpoint: access.server,
    ca: tls.ca,
    isUnchecked: tls.rejectUnauthorized === false,
    proxyUrl,
    secretName,
  });
}

/** Everything that would be made, without the token. */
async function show(
  host: HostCluster,
  member: ReachedCluster,
  { plan, flags }: Joining,
): Promise<void> {
  const { names } = plan;
  const { cluster, namespace } = names;
  const secretName = flags.secretName ?? usualSecretName(cluster);
  const account = { namespace, name: names.account };
  const secret = tokenSecret({ namespace, name: secretName, account, token: undefined });
  const kubefed = clusterObject(member, { names, secretName }, await credentialsOf(member));
  const parts = [
    { cluster: member.context, objects: memberObjects(plan).map(({ object }) => object) },
    { cluster: host.context, objects: [secret.object, kubefed.object] },
  ];
  if (flags.output === 'json') return print(JSON.stringify(parts, null, 2));
  const documents = parts.flatMap((part) =>
    part.objects.map((object) => `# in ${part.cluster}\n${stringify(object)}`),
  );
  print(documents.join('---\n'));
}
