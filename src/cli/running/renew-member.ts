/**
 * `fedns members renew NAME`: a new token for a member whose old one has ended, or is of KubeFed's
 * older form that never ends. No answer changes: what the member said last stays meanwhile.
 *
 * Source: Kubernetes authentication.k8s.io/v1, TokenRequest.
 */

import type { Command } from 'commander';
import { objectPath } from '../../api/kubefed/api-resource.ts';
import { textAt } from '../../api/untyped.ts';
import {
  accountOfSecret,
  CLUSTER_RESOURCE,
  tokenPatch,
} from '../../federation/joining/host-objects.ts';
import { SECRET_RESOURCE } from '../../federation/joining/member-objects.ts';
import { requestToken } from '../../kubernetes/credentials/token-request.ts';
import {
  getOrNone,
  type HostCluster,
  type HostFlags,
  withCluster,
  withHostFlags,
  withReport,
} from '../federation/host-cluster.ts';
import { joinNames } from '../federation/joining/join.ts';
import { ObjectWriter } from '../federation/object-writer.ts';
import { type ReportFlags, reportOption } from '../federation/report.ts';
import { VerbError } from '../output.ts';

interface RenewFlags extends HostFlags, ReportFlags {
  readonly clusterContext?: string;
  readonly hostClusterName?: string;
}

export function addMemberRenewal(members: Command): void {
  withHostFlags(
    members
      .command('renew <name>')
      .description('a new token for a joined member, with your own rights in it'),
  )
    .option('--cluster-context <context>', "the member's; NAME if not said")
    .option('--host-cluster-name <name>', 'as it was said to join')
    .addOption(reportOption())
    .action(renew);
}

async function renew(name: string, flags: RenewFlags): Promise<void> {
  await withReport(flags, async (host) => {
    const { secretName, account } = await readAccount(host, name, flags);
    await withCluster(host.kubeconfig, flags.clusterContext ?? name, async (member) => {
      const { report } = host;
      if (report.isDryRun) {
        return report.note(`${name}: a token of ${account.name} would be asked for`);
      }
      const token = await requestToken(member.client, account);
      const ref = { resource: SECRET_RESOURCE, namespace: host.namespace, name: secretName };
      await new ObjectWriter(host, report).patch(ref, tokenPatch(account, token));
      report.note(`${name}: renewed; its token ends ${token.expiresAt.toISOString()}`);
    });
  });
}

async function readAccount(host: HostCluster, name: string, flags: RenewFlags) {
  const { client, context, namespace } = host;
  const cluster = await getOrNone(client, objectPath(CLUSTER_RESOURCE, { namespace, name }));
  if (cluster === undefined) {
    throw new VerbError(`${context}: no KubeFedCluster ${namespace}/${name}: is it joined?`, 1);
  }
  const secretName = textAt(cluster, 'spec', 'secretRef', 'name') ?? '';
  const path = objectPath(SECRET_RESOURCE, { namespace, name: secretName });
  const secret = secretName === '' ? undefined : await getOrNone(client, path);
  if (secret === undefined) {
    const hint = `fedns join ${name} --error-on-existing=false makes it`;
    throw new VerbError(`${context}: no Secret ${namespace}/${secretName}: ${hint}`, 1);
  }
  const known = flags.hostClusterName === undefined ? accountOfSecret(secret) : undefined;
  const account = known ?? { namespace, name: joinNames(name, host, flags).account };
  return { secretName, account };
}
