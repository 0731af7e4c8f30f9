/**
 * `fedns disable NAME`: a type is federated no more: its propagation ends, then its
 * FederatedTypeConfig goes; with --delete-crd its Federated<Kind> too. Members keep their copies.
 *
 * Source: specs of KubeFed 0.10, "disable".
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import {
  type ApiResource,
  collectionPath,
  objectPath,
  resourceName,
} from '../../../api/kubefed/api-resource.ts';
import type { FederatedTypeConfig } from '../../../api/kubefed/federated-type-config.ts';
import { listAt, textAt } from '../../../api/untyped.ts';
import {
  FEDERATED_API,
  federatedResource,
} from '../../../federation/federated-types/federated-resource.ts';
import { VerbError, withProgress } from '../../output.ts';
import {
  findType,
  findTypeConfig,
  readTypeConfigs,
  TYPE_CONFIG_RESOURCE,
} from '../enabled-types.ts';
import {
  getOrNone,
  type HostCluster,
  type HostFlags,
  withHostFlags,
  withReport,
  words,
} from '../host-cluster.ts';
import { changeMemberRoles, type MemberFlags } from '../member-roles.ts';
import { ObjectWriter } from '../object-writer.ts';
import { type ReportFlags, reportOption } from '../report.ts';
import { CRD_RESOURCE } from './enable.ts';

interface DisableFlags extends HostFlags, MemberFlags, ReportFlags {
  readonly deleteCrd?: boolean;
  readonly federatedGroup: string;
  readonly version?: string;
}

export function addDisable(program: Command): void {
  withHostFlags(
    program
      .command('disable <name>')
      .description('a type is federated no more; members keep their copies'),
  )
    .option('--delete-crd', 'its federated type too, where no object of it is left')
    .option('--federated-group <group>', 'of the federated type', FEDERATED_API.group)
    .option('--version <version>', 'of the target')
    .option(
      '--members <contexts>',
      'of members whose accounts lose the rights on it; all that the kubeconfig has if not said',
      words,
    )
    .option('--member-contexts <contexts>', 'the same', words)
    .addOption(reportOption())
    .action(disable);
}

async function disable(name: string, flags: DisableFlags): Promise<void> {
  await withReport(flags, async (host) => {
    const configs = await readTypeConfigs(host);
    const config = await findTypeConfig(host, name, configs);
    const federated = config?.federated ?? (await federatedOf(host, name, flags));
    if (flags.deleteCrd === true) await refuseUsed(host, federated, { config, configs });
    const writer = new ObjectWriter(host, host.report);
    if (config !== undefined) await endPropagation(host, writer, config);
    const removed = flags.deleteCrd === true && (await removeDefinition(writer, federated));
    if (config === undefined && !removed) {
      throw new VerbError(`${host.context}: ${name}: no FederatedTypeConfig of it is there`, 1);
    }
    if (config === undefined) return;
    const remaining = configs.filter((one) => one !== config && !one.isDeleting);
    await changeMemberRoles(host, flags, {
      ...{ target: config.target, kind: 'take' },
      remaining: remaining.map(({ target }) => target),
    });
    const dry = writer.isDryRun ? ' (dry run)' : '';
    host.report.note(`${config.name}: disabled${dry}; what is in members stays`);
  });
}

/** Its config is gone already: of a second run with --delete-crd. */
async function federatedOf(
  host: HostCluster,
  name: string,
  { federatedGroup: group, version }: DisableFlags,
): Promise<ApiResource> {
  const target = await findType(host, name, version);
  return federatedResource(target, { ...FEDERATED_API, group });
}

interface Beside {
  readonly config: FederatedTypeConfig | undefined;
  readonly configs: readonly FederatedTypeConfig[];
}

/** Before anything is changed. */
async function refuseUsed(
  host: HostCluster,
  federated: ApiResource,
  { config, configs }: Beside,
): Promise<void> {
  const name = resourceName(federated);
  const other = configs.find((one) => one !== config && resourceName(one.federated) === name);
  const refuse = (why: string) =>
    new VerbError(`${host.context}: --delete-crd: ${name} is not deleted: ${why}`, 1);
  if (other !== undefined) throw refuse(`FederatedTypeConfig ${other.name} uses it`);
  const query = { limit: '1' };
  const path = collectionPath(federated);
  const crd = await getOrNone(host.client, objectPath(CRD_RESOURCE, { namespace: '', name }));
  if (crd === undefined) return;
  const [first] = listAt(await host.client.get(path, { query }), 'items');
  if (first === undefined) return;
  const at = [textAt(first, 'metadata', 'namespace'), textAt(first, 'metadata', 'name')];
  throw refuse(`${federated.kind} ${at.filter((part) => part !== undefined).join('/')} is there`);
}

const STOP_WAIT_MS = 10_000;
const POLL_MS = 200;

async function endPropagation(
  host: HostCluster,
  writer: ObjectWriter,
  config: FederatedTypeConfig,
): Promise<void> {
  const ref = { resource: TYPE_CONFIG_RESOURCE, namespace: host.namespace, name: config.name };
  if (config.isPropagating) await writer.patch(ref, { spec: { propagation: 'Disabled' } });
  if (!writer.isDryRun) {
    const stopped = whenStopped(host, objectPath(TYPE_CONFIG_RESOURCE, ref), config.name);
    await withProgress(`${config.name}: its propagation stops`, stopped);
  }
  await writer.remove(ref);
}

async function whenStopped(host: HostCluster, path: string, name: string): Promise<void> {
  const started = performance.now();
  for (;;) {
    const state = textAt(await getOrNone(host.client, path), 'status', 'propagationController');
    // Without a status no control plane has ever looked at it.
    if (state !== 'Running') return;
    if (performance.now() - started > STOP_WAIT_MS) {
      const what = `FederatedTypeConfig ${name}: its propagation still runs after 10 s`;
      const hint = 'it is turned off and stays so: does the control plane run? then once more';
      throw new VerbError(`${host.context}: ${what}: ${hint}`, 1);
    }
    await sleep(POLL_MS);
  }
}

async function removeDefinition(writer: ObjectWriter, federated: ApiResource): Promise<boolean> {
  const ref = { resource: CRD_RESOURCE, namespace: '', name: resourceName(federated) };
  return await writer.remove(ref);
}
