/**
 * A change that goes to a few clusters at a time: the next one waits until those before it are well,
 * and have been for a while. One that goes wrong stops the change where it is. Pure.
 *
 * Source: our choice; KubeFed changes all clusters at once.
 */

import type { Rollout } from '../../api/kubefed/federated-object.ts';

export interface RollingCluster {
  /** Its copy was changed then, monotonic ms; undefined: not done yet. */
  readonly changedAtMs: number | undefined;
  readonly isWell: boolean;
}

/** How long this cluster must wait, ms; 0: it may be changed now; Infinity: until another turns. */
export function waitForTurn(
  cluster: string,
  rolling: ReadonlyMap<string, RollingCluster>,
  { maxClusters, pauseMs }: Rollout,
  nowMs: number,
): number {
  if (rolling.has(cluster)) return 0;
  const open: number[] = [];
  for (const { changedAtMs, isWell } of rolling.values()) {
    const leftMs = changedAtMs === undefined ? Infinity : changedAtMs + pauseMs - nowMs;
    if (!isWell) open.push(Infinity);
    else if (leftMs > 0) open.push(leftMs);
  }
  if (open.length < maxClusters) return 0;
  // As many must end as stand in the way.
  return open.sort((left, right) => left - right)[open.length - maxClusters] ?? 0;
}
