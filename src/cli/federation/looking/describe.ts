/**
 * `fedns describe TYPE NAME`: one federated object with all that the host says of it: where it is
 * placed and why, how its copies stand, what is overridden, held, paused, left behind. Reads the host
 * only.
 */

import type { Command } from 'commander';
import { apiVersionOf, keyOfObject, objectPath } from '../../../api/kubefed/api-resource.ts';
import { isWell } from '../../../api/kubefed/dns-record-objects.ts';
import {
  type FederatedObject,
  readFederatedObject,
} from '../../../api/kubefed/federated-object.ts';
import type { FederatedTypeConfig } from '../../../api/kubefed/federated-type-config.ts';
import { listAt, textAt, valueAt } from '../../../api/untyped.ts';
import { overridesFor } from '../../../federation/copies/overrides.ts';
import { renderCopies } from '../../../federation/render.ts';
import { ageOf } from '../../../federation/viewing/object-readiness.ts';
import { placementWhy } from '../../../federation/viewing/placement-why.ts';
import { table, VerbError } from '../../output.ts';
import { federatedType } from '../enabled-types.ts';
import {
  getOrNone,
  type HostCluster,
  type HostPlace,
  namespaceOf,
  withHostPlace,
  withReport,
} from '../host-cluster.ts';
import { type RegisteredMember, readMembers } from '../reading/host-members.ts';
import { hostManifest, readRendering } from '../reading/host-rendering.ts';
import { lastSeen, readSurroundings, type Surroundings } from '../reading/object-surroundings.ts';
import { describe as describeRef, type ReportFlags, reportOption } from '../report.ts';

interface DescribeFlags extends HostPlace, ReportFlags {
  readonly namespace?: string;
}

export function addDescribe(program: Command): void {
  withHostPlace(
    program
      .command('describe <type> <name>')
      .description('a federated object: placement and why, copies, overrides, what is held of it'),
  )
    .option('-n, --namespace <namespace>', "the object's; the context's own if not said")
    .addOption(reportOption())
    .action(describe);
}

async function describe(type: string, name: string, flags: DescribeFlags): Promise<void> {
  await withReport(flags, async (host) => {
    const config = await federatedType(host, type);
    const { federated: resource } = config;
    const namespace = resource.isNamespaced ? namespaceOf(host, flags.namespace) : '';
    const ref = { resource, namespace, name };
    const said = await getOrNone(host.client, objectPath(resource, ref));
    if (said === undefined) throw new VerbError(`${host.context}: no ${describeRef(ref)}`, 1);
    const object = readFederatedObject(said);
    const seen: Seen = { config, object, around: await readSurroundings(host, config, object) };
    const copies = await copiesOf(host, said, seen);
    const members = await readMembers(host);
    const parts = [
      headOf(said, seen),
      tableOf(copies),
      overridesOf(seen, members),
      preferenceOf(seen),
      heldOf(seen),
      recordOf(seen),
      eventsOf(seen),
    ];
    const text = parts.filter((part) => part !== '').join('\n\n');
    host.report.answer(documentOf(said, seen, { copies, members }), text);
  });
}

interface Beside {
  readonly copies: readonly DescribedCopy[];
  readonly members: readonly RegisteredMember[];
}

/** The object itself, and all that the text is made of. */
function documentOf(said: unknown, { object, around }: Seen, { copies, members }: Beside) {
  const { preference, hold, tombstones, dnsRecord, dnsEndpoint, events } = around;
  const overrides = members.map(({ name: cluster, labels }) => {
    const read = overridesFor(object, cluster, labels);
    return {
      cluster,
      ...(read.kind === 'bad' ? { problem: read.problem } : { value: read.value }),
    };
  });
  return {
    ...{ object: said, copies, overrides, preference: preference ?? null, hold: hold ?? null },
    ...{ tombstones, dnsRecord: dnsRecord ?? null, dnsEndpoint: dnsEndpoint ?? null, events },
  };
}

interface Seen {
  readonly config: FederatedTypeConfig;
  readonly object: FederatedObject;
  readonly around: Surroundings;
}

function headOf(said: unknown, { config, object }: Seen): string {
  const condition = listAt(object.status, 'conditions').find(
    (one) => textAt(one, 'type') === 'Propagation',
  );
  const isCurrent = valueAt(object.status, 'observedGeneration') === object.generation;
  const words = [
    textAt(condition, 'status'),
    textAt(condition, 'reason'),
    textAt(condition, 'message'),
  ];
  const propagation = words.filter((word) => word !== undefined && word !== '').join(' ');
  const { rollout, deletion } = object;
  const age = ageOf(textAt(said, 'metadata', 'creationTimestamp'), Date.now());
  const pause = rollout === undefined ? 0 : rollout.pauseMs / 1000;
  return [
    `${config.federated.kind} ${keyOfObject(object)}`,
    `Template:     ${textAt(object.template, 'apiVersion') ?? apiVersionOf(config.target)} ${config.target.kind}`,
    `Generation:   ${object.generation}${isCurrent ? '' : ', which the control plane has not seen yet'}; made ${age} ago`,
    `Propagation:  ${propagation || 'no control plane has looked at it yet'}`,
    ...(object.isPaused ? ['Paused:       nothing is written until "fedns resume"'] : []),
    ...(deletion === 'none'
      ? []
      : [`Deletion:     under way, its copies are ${deletion === 'orphan' ? 'kept' : 'deleted'}`]),
    ...(rollout === undefined
      ? []
      : [`Rollout:      ${rollout.maxClusters} clusters at once, ${pause} s between them`]),
    ...(config.isPropagating ? [] : [`Type:         ${config.name}: spec.propagation is Disabled`]),
  ].join('\n');
}

interface DescribedCopy {
  readonly cluster: string;
  readonly isPlaced: boolean;
  /** KubeFed's word; `-`: its status has none of this cluster. */
  readonly status: string;
  readonly version: string;
  readonly why: string;
}

function tableOf(copies: readonly DescribedCopy[]): string {
  const rows = copies.map(({ cluster, isPlaced, status, version, why }) => [
    ...[cluster, isPlaced ? 'yes' : 'no', status, version, why],
  ]);
  return table(['CLUSTER', 'PLACED', 'STATUS', 'VERSION', 'WHY'], rows);
}

async function copiesOf(
  host: HostCluster,
  said: unknown,
  seen: Seen,
): Promise<readonly DescribedCopy[]> {
  const { config, object, around } = seen;
  const { apiVersion, kind } = {
    apiVersion: apiVersionOf(config.federated),
    kind: config.federated.kind,
  };
  const manifest = { apiVersion, kind, ...(typeof said === 'object' && said) };
  const { inputs, members } = await readRendering(host, [hostManifest(manifest, host.context)]);
  const rendered = renderCopies(inputs).filter(
    ({ source }) => source.kind === kind && keyOfObject(source.object) === keyOfObject(object),
  );
  const statuses = new Map(
    listAt(object.status, 'clusters').map((one) => [textAt(one, 'name') ?? '', one]),
  );
  const labels = new Map(members.map((member) => [member.name, member.labels]));
  return rendered.map(({ cluster, object: copy, reason, message }) => {
    const status = statuses.get(cluster);
    const isPlaced = copy !== undefined || !NOT_PLACED.has(reason);
    const own = placementWhy(object.placement, cluster, labels.get(cluster) ?? new Map());
    const why =
      reason === 'NotPlaced' ? [own, message] : [own, [reason, message].filter(Boolean).join(': ')];
    const state = textAt(status, 'status') ?? (status === undefined ? '-' : 'OK');
    const said = textAt(status, 'message') ?? '';
    const words = [said, ...why].filter((word) => word !== '');
    const version = around.versions.get(cluster) ?? '-';
    return { cluster, isPlaced, status: state, version, why: words.join('; ') };
  });
}

const NOT_PLACED: ReadonlySet<string> = new Set([
  'NotPlaced',
  'NamespaceNotFederated',
  'InvalidName',
  'SystemNamespace',
]);

function overridesOf({ object }: Seen, members: readonly RegisteredMember[]): string {
  const lines = members.flatMap(({ name, labels }) => {
    const read = overridesFor(object, name, labels);
    if (read.kind === 'bad') return [`  ${name}: ${read.problem}`];
    return read.value.map(({ op, path, value }) => {
      const what = op === 'remove' ? '' : ` ${JSON.stringify(value ?? null)}`;
      return `  ${name}: ${op} ${path}${what}`;
    });
  });
  return section('Overrides in force', lines);
}

function preferenceOf({ around: { preference } }: Seen): string {
  if (preference === undefined) return '';
  const ready = listAt(preference, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'Ready',
  );
  const total = String(valueAt(preference, 'spec', 'totalReplicas'));
  const standing = `${textAt(ready, 'reason') ?? 'no status yet'}: ${textAt(ready, 'message') ?? ''}`;
  return section('ReplicaSchedulingPreference', [`  ${total} replicas in all`, `  ${standing}`]);
}

function heldOf({ config, around: { hold, tombstones } }: Seen): string {
  const held =
    hold === undefined
      ? []
      : [`  ${hold.count} removals of ${config.name}: ${hold.reason}: "fedns accept ${hold.id}"`];
  const left = tombstones.map(({ trouble, name }) => `  ${trouble} (CopyTombstone ${name})`);
  return [section('Held', held), section('Tombstones', left)].filter(Boolean).join('\n\n');
}

function recordOf({ around: { dnsRecord, dnsEndpoint } }: Seen): string {
  if (dnsRecord === undefined) return '';
  const kind = textAt(dnsRecord, 'kind') ?? 'DNS record';
  const lines = listAt(dnsEndpoint, 'spec', 'endpoints').map((one) => {
    const ttl = valueAt(one, 'recordTTL');
    const targets = listAt(one, 'targets').map(String).join(' ');
    return `  ${textAt(one, 'dnsName')} ${String(ttl)} ${textAt(one, 'recordType')} ${targets}`;
  });
  const conditions = listAt(dnsRecord, 'status', 'conditions')
    .filter((one) => !isWell(one))
    .map((one) => `  ${textAt(one, 'type')}: ${textAt(one, 'reason')}: ${textAt(one, 'message')}`);
  const all = [...conditions, ...lines];
  return section(kind, all.length === 0 ? ['  no names yet'] : all);
}

function eventsOf({ around: { events } }: Seen): string {
  const nowMs = Date.now();
  const lines = events.map((event) => {
    const age = ageOf(lastSeen(event), nowMs);
    return `  ${age} ago  ${textAt(event, 'reason')}: ${textAt(event, 'note')}`;
  });
  return section('Events', lines);
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`${title}:`, ...lines].join('\n');
}
