/**
 * Clusters, types, tombstones and federated objects as a person looks at them: a line each, and what
 * is not well with it. Out of the objects of the host alone; pure.
 */

import { readCopyTombstone } from '../../api/copy-tombstone.ts';
import { resourceName } from '../../api/kubefed/api-resource.ts';
import { PAUSED_ANNOTATION } from '../../api/kubefed/federated-object.ts';
import { readTypeHold } from '../../api/kubefed/federated-type-config.ts';
import { DRAIN_WORKLOADS_ANNOTATION } from '../../api/kubefed/kubefed-cluster.ts';
import { listAt, textAt, textMapAt, valueAt } from '../../api/untyped.ts';

interface View {
  readonly name: string;
  /** One line; empty: it is well. */
  readonly trouble: string;
}

export interface ClusterView extends View {
  readonly ready: string;
  readonly version: string;
  readonly region: string;
  readonly zones: string;
  /** RFC 3339. */
  readonly since: string | undefined;
  readonly isDrained: boolean;
}

export function viewCluster(object: unknown): ClusterView {
  const conditions = listAt(object, 'status', 'conditions');
  const ready = conditions.find((one) => textAt(one, 'type') === 'Ready');
  const isReady = textAt(ready, 'status') === 'True';
  const wrong = conditions.find(
    (one) => textAt(one, 'type') !== 'Ready' && textAt(one, 'status') === 'True',
  );
  const cause = wrong !== undefined && isWrong(wrong) ? wrong : ready;
  const annotations = textMapAt(object, 'metadata', 'annotations');
  return {
    name: textAt(object, 'metadata', 'name') ?? '',
    trouble: isReady ? '' : wordsOf(cause, 'no control plane has asked it yet'),
    ready: textAt(ready, 'status') ?? (isWrong(wrong) ? 'False' : 'Unknown'),
    version: textAt(object, 'status', 'kubernetesVersion') ?? '-',
    region: textAt(object, 'status', 'region') ?? '-',
    zones: listAt(object, 'status', 'zones').map(String).join(',') || '-',
    since: textAt(object, 'metadata', 'creationTimestamp'),
    isDrained: annotations.get(DRAIN_WORKLOADS_ANNOTATION) === 'true',
  };
}

/** KubeFed's conditions that say what is wrong by being true. */
function isWrong(condition: unknown): boolean {
  return ['Offline', 'ConfigMalformed'].includes(textAt(condition, 'type') ?? '');
}

export interface TypeView extends View {
  /** `federateddeployments.types.kubefed.io`. */
  readonly federated: string;
  readonly state: string;
}

export function viewType(object: unknown): TypeView {
  const isPropagating = textAt(object, 'spec', 'propagation') === 'Enabled';
  const ready = listAt(object, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'Ready',
  );
  const plural = textAt(object, 'spec', 'federatedType', 'pluralName') ?? '';
  const group = textAt(object, 'spec', 'federatedType', 'group') ?? '';
  const isWell = !isPropagating || textAt(ready, 'status') === 'True';
  const hold = readTypeHold(object);
  const held = `${hold?.count} removals held: ${hold?.reason}: "fedns accept ${hold?.id}"`;
  const trouble = wordsOf(ready, 'no control plane has looked at it yet');
  return {
    name: textAt(object, 'metadata', 'name') ?? '',
    trouble: isWell ? '' : hold === undefined ? trouble : held,
    federated: plural === '' ? '-' : resourceName({ group, plural }),
    state: isPropagating ? (textAt(ready, 'reason') ?? 'Unknown') : 'Disabled',
  };
}

export interface TombstoneView extends View {
  readonly cluster: string;
  readonly type: string;
  /** `shop/web`. */
  readonly object: string;
  readonly action: string;
  readonly since: string | undefined;
}

export function viewTombstone(object: unknown): TombstoneView {
  const read = readCopyTombstone(object);
  const since = textAt(object, 'metadata', 'creationTimestamp');
  const name = textAt(object, 'metadata', 'name') ?? '';
  if (read.kind === 'bad') {
    const nothing = { cluster: '-', type: '-', object: '-', action: '-' };
    return { name, trouble: read.problem, since, ...nothing };
  }
  const { cluster, target, namespace, objectName, action } = read.value;
  const done = action === 'Delete' ? 'deleted' : 'let go of';
  const trouble = `a copy is left in ${cluster}: ${done} once the member is back`;
  const key = namespace === '' ? objectName : `${namespace}/${objectName}`;
  return { name, trouble, cluster, type: resourceName(target), object: key, action, since };
}

/** What is not well with a federated object, as its status says; empty: nothing. */
export function troubleOf(object: unknown): string {
  const isPaused = textMapAt(object, 'metadata', 'annotations').get(PAUSED_ANNOTATION) === 'true';
  const condition = listAt(object, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'Propagation',
  );
  if (textAt(object, 'metadata', 'deletionTimestamp') !== undefined) {
    return ['is being deleted', ...clustersOf(object)].join('; ');
  }
  const isPropagated = textAt(condition, 'status') === 'True';
  const isOf = valueAt(object, 'status', 'observedGeneration');
  const isCurrent = isOf === valueAt(object, 'metadata', 'generation');
  if (isPropagated && isCurrent) return isPaused ? 'paused: "fedns resume" lets it go on' : '';
  const why = isPropagated ? 'was changed, and not looked at since' : wordsOf(condition, NOT_SEEN);
  return [...(isPaused ? ['paused'] : []), why, ...clustersOf(object)].join('; ');
}

const NOT_SEEN = 'no control plane has looked at it yet';

/** `east: WaitingForRemoval`. */
function clustersOf(object: unknown): string[] {
  return listAt(object, 'status', 'clusters').flatMap((one) => {
    const status = textAt(one, 'status') ?? '';
    return status === '' ? [] : [`${textAt(one, 'name')}: ${status}`];
  });
}

/** `ClusterNotReachable: connect ECONNREFUSED`. */
function wordsOf(condition: unknown, absent: string): string {
  if (condition === undefined) return absent;
  const words = [textAt(condition, 'reason'), textAt(condition, 'message')];
  const said = words.filter((word) => word !== undefined && word !== '');
  return said.length === 0 ? `${textAt(condition, 'type')} is not True` : said.join(': ');
}
