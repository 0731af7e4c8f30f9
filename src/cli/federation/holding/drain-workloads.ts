/**
 * `fedns drain|undrain CLUSTER --workloads`: whether ReplicaSchedulingPreferences give a cluster
 * anything. The word is an annotation on its KubeFedCluster; a drain is done once nothing that they
 * schedule is there. What no preference schedules stays.
 */

import { collectionPath, keyOfObject, objectPath } from '../../../api/kubefed/api-resource.ts';
import { readFederatedObject } from '../../../api/kubefed/federated-object.ts';
import { DRAIN_WORKLOADS_ANNOTATION } from '../../../api/kubefed/kubefed-cluster.ts';
import { listAt, textAt, textMapAt } from '../../../api/untyped.ts';
import { CLUSTER_RESOURCE } from '../../../federation/joining/host-objects.ts';
import type { ClusterLabels } from '../../../federation/placement.ts';
import { heldThere, stillPlaced } from '../../../federation/replicas/scheduled-placement.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { VerbError } from '../../output.ts';
import { readTypeConfigs } from '../enabled-types.ts';
import { getOrNone, type HostCluster, type HostFlags, withReport } from '../host-cluster.ts';
import { ObjectWriter } from '../object-writer.ts';
import { readMembers } from '../reading/host-members.ts';
import { PREFERENCE_RESOURCE } from '../reading/host-resources.ts';
import type { ReportFlags } from '../report.ts';
import { readTimeout, waitUntil } from './wait-until.ts';

export interface DrainWorkloadsFlags extends HostFlags, ReportFlags {
  /** Of a drain. */
  readonly wait?: boolean;
  readonly timeout?: string;
}

export async function drainWorkloads(
  cluster: string,
  to: 'drained' | 'back',
  flags: DrainWorkloadsFlags,
): Promise<void> {
  const timeoutMs = readTimeout(flags.timeout ?? '0s');
  if (cluster.includes('/')) {
    throw new VerbError(
      `--workloads: "${cluster}" is no cluster's name: they leave a whole one`,
      2,
    );
  }
  await withReport(flags, async (host) => {
    const ref = { resource: CLUSTER_RESOURCE, namespace: host.namespace, name: cluster };
    const found = await getOrNone(host.client, objectPath(CLUSTER_RESOURCE, ref));
    if (found === undefined) {
      const what = `no KubeFedCluster ${host.namespace}/${cluster}`;
      throw new VerbError(`${host.context}: ${what}`, 1);
    }
    const writer = new ObjectWriter(host, host.report);
    const annotations = textMapAt(found, 'metadata', 'annotations');
    const isDrained = annotations.get(DRAIN_WORKLOADS_ANNOTATION) === 'true';
    const wanted = to === 'drained';
    const why = wanted ? 'preferences place nothing there' : 'preferences may place there again';
    if (isDrained === wanted) writer.say(ref, 'unchanged', why);
    else {
      const value = wanted ? 'true' : null;
      const patch = { metadata: { annotations: { [DRAIN_WORKLOADS_ANNOTATION]: value } } };
      await writer.patch(ref, patch, why);
    }
    if (wanted && flags.wait === true && !writer.isDryRun)
      await whenEmpty(host, cluster, timeoutMs);
  });
}

interface Left {
  readonly workload: string;
  readonly why: string;
  /** Too many go at once: a person's word is waited for. */
  readonly held: string | undefined;
}

/** Of them so many are named. */
const NAMED_MAX = 5;

async function whenEmpty(host: HostCluster, cluster: string, timeoutMs: number): Promise<void> {
  let last: readonly Left[] = [];
  const left = await waitUntil(async () => {
    last = await scheduledIn(host, cluster);
    if (last.length === 0) return undefined;
    const names = last.slice(0, NAMED_MAX).map(({ workload }) => workload);
    const more = last.length > NAMED_MAX ? `, ${last.length - NAMED_MAX} more` : '';
    const held = last.find((one) => one.held !== undefined)?.held;
    const hold = held === undefined ? '' : `; ${held}`;
    return `${cluster}: ${last.length} workloads are still there: ${names.join(', ')}${more}${hold}`;
  }, timeoutMs);
  if (left === undefined)
    return host.report.note(`${cluster}: no workload of a preference is there`);
  const lines = last.map(({ workload, why }) => `${workload}: ${why}`);
  const hint = `after ${timeoutMs / 1000} s; it stays drained`;
  throw new VerbError([`${left}, ${hint}`, ...lines].join('\n'), 1);
}

/** What preferences schedule and is not out of the cluster yet. */
async function scheduledIn(host: HostCluster, cluster: string): Promise<readonly Left[]> {
  const members = await readMembers(host);
  const clusters: ClusterLabels = new Map(members.map(({ name, labels }) => [name, labels]));
  const configs = await readTypeConfigs(host);
  const left: Left[] = [];
  for await (const page of readPagesOf(host.client, collectionPath(PREFERENCE_RESOURCE))) {
    for (const preference of page) {
      const kind = textAt(preference, 'spec', 'targetKind') ?? '';
      const federated = configs.find((one) => one.federated.kind === kind)?.federated;
      const namespace = textAt(preference, 'metadata', 'namespace') ?? '';
      const name = textAt(preference, 'metadata', 'name') ?? '';
      if (federated === undefined) continue;
      const found = await getOrNone(host.client, objectPath(federated, { namespace, name }));
      if (found === undefined) continue;
      const object = readFederatedObject(found);
      const why = stillPlaced(object, cluster, clusters);
      if (why === undefined) continue;
      const workload = `${kind} ${keyOfObject({ namespace, name })}`;
      const held = heldThere(object, cluster);
      left.push({ workload, why: `${why}; ${standingOf(preference)}`, held });
    }
  }
  return left;
}

/** Of the preference: why it does not go on. */
function standingOf(preference: unknown): string {
  const ready = listAt(preference, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'Ready',
  );
  if (ready === undefined) return 'its preference has no status: does the control plane run?';
  return `its preference: ${textAt(ready, 'reason')}: ${textAt(ready, 'message') ?? ''}`;
}
