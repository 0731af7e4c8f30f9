/**
 * Kinds that clusters share where an annotation of their federated object asks for it: which of their
 * fields, and what is so while no share is planned yet. Pure.
 *
 * Source: specs of Federation v1, 1.7, Job and HPA. It shared every one of them; our choice: only
 * where that is asked for, as KubeFed copies them whole.
 */

import type { FederatedObject } from '../../api/kubefed/federated-object.ts';
import { askedShares, type Share, type SharedFields } from './scheduled-object.ts';

export interface SharedKind extends SharedFields {
  /** Name of its type config. */
  readonly type: string;
  /** Every share says it. */
  readonly leadPath: string;
  readonly isAsked: (object: FederatedObject) => boolean;
}

export const PARALLELISM_PATH = '/spec/parallelism';
export const COMPLETIONS_PATH = '/spec/completions';
export const MIN_REPLICAS_PATH = '/spec/minReplicas';
export const MAX_REPLICAS_PATH = '/spec/maxReplicas';

export const SHARED_JOBS: SharedKind = {
  type: 'jobs.batch',
  paths: [PARALLELISM_PATH, COMPLETIONS_PATH],
  op: 'add',
  leadPath: PARALLELISM_PATH,
  isAsked: ({ jobPreferences }) => jobPreferences !== undefined,
};

export const SHARED_AUTOSCALERS: SharedKind = {
  type: 'horizontalpodautoscalers.autoscaling',
  paths: [MIN_REPLICAS_PATH, MAX_REPLICAS_PATH],
  op: 'add',
  leadPath: MAX_REPLICAS_PATH,
  isAsked: ({ sharesLimits }) => sharesLimits,
};

const KINDS: ReadonlyMap<string, SharedKind> = new Map(
  [SHARED_JOBS, SHARED_AUTOSCALERS].map((kind) => [kind.type, kind]),
);

/**
 * It is to be shared, and this cluster's share is not planned: written there now it would be the whole,
 * and the completions of a Job that was made cannot be taken back.
 */
export function awaitsShare(object: FederatedObject, type: string, cluster: string): boolean {
  const kind = KINDS.get(type);
  if (kind?.isAsked(object) !== true) return false;
  return !askedShares(object, [kind.leadPath]).has(cluster);
}

export type PlannedShares =
  /** `reason` is one word for machines. */
  | { readonly kind: 'none'; readonly reason: 'Invalid' | 'NoClusters'; readonly message: string }
  | {
      readonly kind: 'shared';
      /** By cluster; without those that get none. */
      readonly shares: ReadonlyMap<string, Share>;
      /** Who gets how much, for people. */
      readonly message: string;
      /** It may be another by time alone; ms from now. */
      readonly lookAgainMs: number | undefined;
    };
