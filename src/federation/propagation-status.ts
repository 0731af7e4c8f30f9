/**
 * The status of a federated object, folded from how its copies stand. Pure.
 *
 * Source: specs of KubeFed 0.10, "Sync controller", Status; sorted by name, where KubeFed's order is
 * that of a map; `message` is ours.
 */

import type { FederatedObject } from '../api/kubefed/federated-object.ts';
import { listAt, textAt, valueAt } from '../api/untyped.ts';
import { canonicalJson } from './canonical-json.ts';
import type { CopyStatus } from './copies/copy-plan.ts';

/** How one copy stands. */
export interface CopyResult {
  readonly status: CopyStatus;
  /** Why, for people; empty where the word says all. */
  readonly message: string;
  /** The member's own `.status`, where it is collected. */
  readonly remoteStatus?: unknown;
  /** It is collected, and the member has not said any yet: no copy is well before that. */
  readonly isStatusAwaited?: boolean;
}

export type PropagationReason =
  /** All is well. */
  | ''
  | 'CheckClusters'
  | 'ClusterRetrievalFailed'
  | 'ComputePlacementFailed'
  | 'InvalidName'
  | 'NamespaceNotFederated'
  | 'SystemNamespace';

export interface PropagationInputs {
  readonly generation: number;
  /** By cluster; those without anything to say are not in it. */
  readonly copies: ReadonlyMap<string, CopyResult>;
  /** Where no copy was looked at, and why. */
  readonly failed?: { readonly reason: PropagationReason; readonly message: string } | undefined;
  /** Where it would be, were its namespace not limited (`clusterLimit`). */
  readonly limitedOut?: readonly string[] | undefined;
  /** The status as it is in the API. */
  readonly before: unknown;
  /** Something was written into a member since. */
  readonly hasChanged: boolean;
  /** RFC 3339, whole seconds. */
  readonly now: string;
}

/** A namespace that is wanted no more, and stays, is no copy any more. */
const WELL: ReadonlySet<CopyStatus> = new Set(['', 'NamespaceKept']);

/** undefined: what stands there is right. */
export function foldStatus(inputs: PropagationInputs): object | undefined {
  const { before, copies, failed, now, generation } = inputs;
  const clusters = [...copies]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, { status, message, remoteStatus }]) => ({
      name,
      ...(status !== '' && { status }),
      ...(message !== '' && { message }),
      ...(remoteStatus !== undefined && { remoteStatus }),
    }));
  const isWell = [...copies.values()].every(
    ({ status, isStatusAwaited }) => WELL.has(status) && isStatusAwaited !== true,
  );
  const reason: PropagationReason = failed?.reason ?? (isWell ? '' : 'CheckClusters');
  const status = reason === '' ? 'True' : 'False';
  const message = failed?.message ?? limitText(inputs.limitedOut ?? []);
  const said = conditionOf(before);
  const hasTurned = textAt(said, 'status') !== status;
  const isSame =
    !inputs.hasChanged &&
    !hasTurned &&
    (textAt(said, 'reason') ?? '') === reason &&
    (textAt(said, 'message') ?? '') === message &&
    valueAt(before, 'observedGeneration') === generation &&
    canonicalJson(listAt(before, 'clusters')) === canonicalJson(clusters);
  if (isSame) return undefined;
  const condition = {
    type: 'Propagation',
    status,
    ...(reason !== '' && { reason }),
    ...(message !== '' && { message }),
    lastUpdateTime: inputs.hasChanged || hasTurned ? now : (textAt(said, 'lastUpdateTime') ?? now),
    lastTransitionTime: hasTurned ? now : (textAt(said, 'lastTransitionTime') ?? now),
  };
  const others = listAt(before, 'conditions').filter((one) => one !== said);
  return { observedGeneration: generation, conditions: [condition, ...others], clusters };
}

function limitText(clusters: readonly string[]): string {
  if (clusters.length === 0) return '';
  return `clusterLimit of its namespace leaves out ${clusters.join(', ')}`;
}

/** As a status says that they stand. */
export function saidCopies({ status }: FederatedObject): ReadonlyMap<string, CopyResult> {
  const said = listAt(status, 'clusters').map((one): [string, CopyResult] => {
    const word = (textAt(one, 'status') ?? '') as CopyStatus;
    const result = { status: word, message: textAt(one, 'message') ?? '' };
    const remoteStatus = valueAt(one, 'remoteStatus');
    return [
      textAt(one, 'name') ?? '',
      { ...result, ...(remoteStatus !== undefined && { remoteStatus }) },
    ];
  });
  return new Map(said);
}

function conditionOf(status: unknown): unknown {
  return listAt(status, 'conditions').find((one) => textAt(one, 'type') === 'Propagation');
}
