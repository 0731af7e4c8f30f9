/**
 * `fedns accept [ID...]`: what removals of copies are held, or lets just those of these ids go (a deleted
 * namespace has one for each type; all are held, or nothing is accepted). The word is
 * an annotation on the FederatedTypeConfig, which the control plane takes away once it has read it.
 */

import type { Command } from 'commander';
import { collectionPath, objectPath } from '../../../api/kubefed/api-resource.ts';
import {
  ACCEPT_ANNOTATION,
  acceptedId,
  readTypeHold,
  type TypeHold,
} from '../../../api/kubefed/federated-type-config.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { table, VerbError } from '../../output.ts';
import { TYPE_CONFIG_RESOURCE } from '../enabled-types.ts';
import {
  getOrNone,
  type HostCluster,
  type HostFlags,
  withHostFlags,
  withReport,
} from '../host-cluster.ts';
import { ObjectWriter } from '../object-writer.ts';
import { type ReportFlags, reportOption } from '../report.ts';
import { readTimeout, waitUntil } from './wait-until.ts';

interface AcceptFlags extends HostFlags, ReportFlags {
  readonly timeout: string;
}

export function addAccept(program: Command): void {
  withHostFlags(
    program
      .command('accept [ids...]')
      .description(
        'lets held removals of copies go; without an id lists them (exit 1 where there are some)',
      ),
  )
    .option('--timeout <duration>', 'for the control plane to take it', '30s')
    .addOption(reportOption())
    .action(accept);
}

async function accept(ids: readonly string[], flags: AcceptFlags): Promise<void> {
  const timeoutMs = readTimeout(flags.timeout);
  await withReport(flags, async (host) => {
    const holds = await readTypeHolds(host);
    if (ids.length === 0) return list(host, holds);
    const accepted = ids.map((id) => {
      const hold = holds.find((one) => one.id === id);
      if (hold === undefined) throw new VerbError(`${host.context}: ${notHeld(id, holds)}`, 1);
      return hold;
    });
    const writer = new ObjectWriter(host, host.report);
    for (const { type, count, id } of accepted) {
      const ref = { resource: TYPE_CONFIG_RESOURCE, namespace: host.namespace, name: type };
      const why = `${count} removals of ${type} may go`;
      await writer.patch(ref, { metadata: { annotations: { [ACCEPT_ANNOTATION]: id } } }, why);
    }
    if (writer.isDryRun) return;
    for (const hold of accepted) await whenTaken(host, hold, timeoutMs);
  });
}

/** Of all types, by name. Throws ApiError. */
async function readTypeHolds(host: HostCluster): Promise<readonly TypeHold[]> {
  const holds: TypeHold[] = [];
  const path = collectionPath(TYPE_CONFIG_RESOURCE, host.namespace);
  for await (const page of readPagesOf(host.client, path)) {
    holds.push(...page.flatMap((one) => readTypeHold(one) ?? []));
  }
  return holds.sort((left, right) => (left.type < right.type ? -1 : 1));
}

function list({ context, report }: HostCluster, holds: readonly TypeHold[]): void {
  const rows = holds.map(({ type, count, reason, id }) => [type, String(count), id, reason]);
  const held = table(['TYPE', 'REMOVALS', 'ID', 'WHY'], rows);
  report.answer(holds, rows.length === 0 ? `${context}: nothing is held` : held);
  if (holds.length === 0) return;
  const total = holds.reduce((sum, { count }) => sum + count, 0);
  throw new VerbError(`${total} removals are held: "fedns accept ID..." lets those of an id go`, 1);
}

/** One line: what is held instead. */
function notHeld(id: string, holds: readonly TypeHold[]): string {
  const held = holds.map((one) => `${one.count} of ${one.type} as ${one.id} (${one.reason})`);
  const what = held.length === 0 ? 'nothing is held' : `held are ${held.join(', ')}`;
  return `no removals are held as "${id}": ${what}`;
}

async function whenTaken(host: HostCluster, hold: TypeHold, timeoutMs: number): Promise<void> {
  const { type, id } = hold;
  const ref = { namespace: host.namespace, name: type };
  const path = objectPath(TYPE_CONFIG_RESOURCE, ref);
  let instead: TypeHold | undefined;
  const left = await waitUntil(async () => {
    const config = await getOrNone(host.client, path);
    instead = readTypeHold(config);
    // Read, and then told in the status, which is written after it.
    if (acceptedId(config) === id) return `${type}: the control plane has not read it yet`;
    return instead?.id === id ? `${type}: its removals are still held` : undefined;
  }, timeoutMs);
  if (left !== undefined) {
    const hint = 'it stays accepted: does the control plane run?';
    throw new VerbError(`${host.context}: ${left}, after ${timeoutMs / 1000} s; ${hint}`, 1);
  }
  if (instead === undefined) return host.report.note(`${type}: let go`);
  // Something came or went between our look and theirs: then nothing has gone.
  throw new VerbError(`${host.context}: ${type}: ${notHeld(id, [instead])}`, 1);
}
