/**
 * `fedns unjoin NAME`: takes back what join made, and nothing else. In the member first the rights,
 * then our marks on copies (which run on), then account and namespace; in the host the
 * KubeFedCluster, with which the member's records leave, and its Secret. Broken off anywhere, it can
 * be run again.
 *
 * Source: specs of KubeFed 0.10, "unjoin".
 */

import type { Command } from 'commander';
import type { CopyTombstone } from '../../../api/copy-tombstone.ts';
import {
  type ApiResource,
  collectionPath,
  objectPath,
  resourceName,
} from '../../../api/kubefed/api-resource.ts';
import type { FederatedTypeConfig } from '../../../api/kubefed/federated-type-config.ts';
import { nearestWord } from '../../../api/nearest-word.ts';
import { textAt } from '../../../api/untyped.ts';
import { accountOfSecret, CLUSTER_RESOURCE } from '../../../federation/joining/host-objects.ts';
import type { JoinNames } from '../../../federation/joining/join-names.ts';
import { ACCOUNT_RESOURCE, SECRET_RESOURCE } from '../../../federation/joining/member-objects.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { complain, VerbError } from '../../output.ts';
import { readTypeConfigs } from '../enabled-types.ts';
import {
  getOrNone,
  type HostCluster,
  type HostFlags,
  isSameCluster,
  readFederationUid,
  readScope,
  withCluster,
  withHostFlags,
  withReport,
} from '../host-cluster.ts';
import { ObjectWriter } from '../object-writer.ts';
import { describe, type ReportFlags, reportOption } from '../report.ts';
import { joinNames } from './join.ts';
import { deleteLate, forgetTombstones, readTombstones } from './late-deletions.ts';
import { releaseCopies } from './release-copies.ts';
import { leftBehind, takeBackAccount, takeBackRights } from './take-back.ts';

interface UnjoinFlags extends HostFlags, ReportFlags {
  readonly clusterContext?: string;
  readonly hostClusterName?: string;
  readonly force?: boolean;
  readonly cascade?: boolean;
}

export function addUnjoin(program: Command): void {
  withHostFlags(
    program
      .command('unjoin <name>')
      .description('a cluster out of the federation: takes back what join made, workloads stay'),
  )
    .option('--cluster-context <context>', "the member's; NAME if not said")
    .option('--host-cluster-name <name>', 'as it was said to join')
    .option('--force', 'also when the member is dead: what stays behind there is told')
    .option('--cascade', 'delete what was propagated into the member')
    .addOption(reportOption())
    .action(unjoin);
}

/** What the host knows of the member. */
interface Known {
  readonly names: JoinNames;
  readonly isRegistered: boolean;
  /** undefined: none, or of another KubeFedCluster too. */
  readonly secretName: string | undefined;
  readonly configs: readonly FederatedTypeConfig[];
  /** Of this member. */
  readonly tombstones: readonly CopyTombstone[];
}

async function unjoin(name: string, flags: UnjoinFlags): Promise<void> {
  await withReport(flags, async (host) => {
    const known = await readKnown(host, name, flags);
    let problem: string | undefined;
    try {
      await unjoinMember(host, known, flags);
    } catch (error) {
      if (!(error instanceof VerbError) || flags.force !== true) throw withHint(error, known);
      problem = error.message;
    }
    await unjoinHost(host, known, flags);
    if (problem !== undefined) {
      complain(problem);
      for (const line of leftBehind(known.names, known.configs)) complain(line);
    }
    host.report.note(`${name}: unjoined${host.report.isDryRun ? ' (dry run)' : ''}`);
  });
}

function withHint(error: unknown, { names, isRegistered }: Known): unknown {
  if (!(error instanceof VerbError) || !isRegistered) return error;
  const hint = `${names.cluster} stays joined; --force takes it out of the host all the same`;
  return new VerbError(`${error.message} (${hint})`, error.exitCode);
}

async function readKnown(host: HostCluster, name: string, flags: UnjoinFlags): Promise<Known> {
  const { client, namespace } = host;
  const clusterRef = { resource: CLUSTER_RESOURCE, namespace, name };
  const object = await getOrNone(client, objectPath(CLUSTER_RESOURCE, clusterRef));
  const said = textAt(object, 'spec', 'secretRef', 'name');
  const secretPath = objectPath(SECRET_RESOURCE, { namespace, name: said ?? '' });
  const secret = said === undefined ? undefined : await getOrNone(client, secretPath);
  const account = flags.hostClusterName === undefined ? accountOfSecret(secret) : undefined;
  const names =
    account === undefined
      ? joinNames(name, host, flags)
      : { cluster: name, namespace: account.namespace, account: account.name };
  const isShared = said !== undefined && (await othersUse(host, name, said));
  return {
    names,
    isRegistered: object !== undefined,
    secretName: secret === undefined || isShared ? undefined : said,
    configs: await readTypeConfigs(host),
    tombstones: await readTombstones(host, name),
  };
}

async function othersUse(host: HostCluster, name: string, secretName: string): Promise<boolean> {
  const path = collectionPath(CLUSTER_RESOURCE, host.namespace);
  for await (const page of readPagesOf(host.client, path)) {
    const other = page.find(
      (object) =>
        textAt(object, 'metadata', 'name') !== name &&
        textAt(object, 'spec', 'secretRef', 'name') === secretName,
    );
    if (other !== undefined) return true;
  }
  return false;
}

async function unjoinMember(host: HostCluster, known: Known, flags: UnjoinFlags): Promise<void> {
  const { names, tombstones, isRegistered } = known;
  const { clusterContext = names.cluster, cascade: isCascading = false } = flags;
  const { report } = host;
  await withCluster(host.kubeconfig, clusterContext, async (member) => {
    const accountPath = objectPath(ACCOUNT_RESOURCE, { ...names, name: names.account });
    const account = await getOrNone(member.client, accountPath);
    if (!isRegistered && account === undefined) throw await notJoined(host, names.cluster);
    const writer = new ObjectWriter(member, report);
    const isHost = await isSameCluster(host, member);
    const federationUid = await readFederationUid(host);
    const onlyNamespace = (await readScope(host)) === 'Namespaced' ? host.namespace : undefined;
    const rights = await takeBackRights(writer, names);
    const deletedBefore = await deleteLate(member, tombstones, report);
    const copies = await releaseCopies(member, {
      ...{ types: typesOf(known), federationUid, onlyNamespace },
      ...{ isHost, isCascading, report, deletedBefore },
    });
    await takeBackAccount(member, writer, { names, isHost, gone: [...rights, ...copies] });
  });
}

/** Also those that are enabled no more, but of which something is still to go. */
function typesOf({ configs, tombstones }: Known): readonly ApiResource[] {
  const targets = [...tombstones, ...configs].map(({ target }) => target);
  return [...new Map(targets.map((target) => [resourceName(target), target])).values()];
}

async function notJoined(host: HostCluster, name: string): Promise<VerbError> {
  const known: string[] = [];
  for await (const page of readPagesOf(
    host.client,
    collectionPath(CLUSTER_RESOURCE, host.namespace),
  )) {
    known.push(...page.flatMap((object) => textAt(object, 'metadata', 'name') ?? []));
  }
  const near = nearestWord(name, known);
  const hint = near === undefined ? '' : `, did you mean "${near}"?`;
  const what = `no KubeFedCluster ${host.namespace}/${name}, and no account of it in the member`;
  return new VerbError(`${host.context}: ${what}${hint}`, 1);
}

/** The KubeFedCluster before its Secret: without one the control plane would complain of it. */
async function unjoinHost(host: HostCluster, known: Known, flags: UnjoinFlags): Promise<void> {
  const { names, secretName, tombstones } = known;
  const { namespace } = host;
  const writer = new ObjectWriter(host, host.report);
  const cluster = { resource: CLUSTER_RESOURCE, namespace, name: names.cluster };
  const wasThere = await writer.remove(cluster);
  if (!wasThere && flags.force === true) complain(`${host.context}: no ${describe(cluster)}`);
  if (!writer.isDryRun) await forgetTombstones(host, tombstones);
  if (secretName === undefined) return;
  await writer.remove({ resource: SECRET_RESOURCE, namespace, name: secretName });
}
