/**
 * The next step from the replicas that are asked for to those that are planned: make before break.
 * What grows grows at once; what shrinks gives up only as many as others have ready in their place.
 * Pure.
 *
 * Source: our choice; KubeFed changes both at once, and is short of replicas meanwhile.
 */

export interface MoveInputs {
  /** By cluster: what the object asks for now. */
  readonly asked: ReadonlyMap<string, number>;
  /** By cluster: what is to be; the overflow in it. */
  readonly wanted: ReadonlyMap<string, number>;
  /** Of the wanted ones: as many are looked for before others go; the overflow is not in it. */
  readonly planned: ReadonlyMap<string, number>;
  /** By cluster: ready now. */
  readonly ready: ReadonlyMap<string, number>;
  /** Clusters that are lost: nothing of theirs is kept, for nothing of it runs. */
  readonly lost: ReadonlySet<string>;
}

export interface MoveStep {
  readonly counts: ReadonlyMap<string, number>;
  /** Clusters whose replicas are to be ready before others go; empty: all is as it is to be. */
  readonly awaited: readonly string[];
}

export function nextMove({ asked, wanted, planned, ready, lost }: MoveInputs): MoveStep {
  const short = [...planned]
    .map(([cluster, count]) => [cluster, count - (ready.get(cluster) ?? 0)] as const)
    .filter(([, missing]) => missing > 0);
  let missing = short.reduce((sum, [, count]) => sum + count, 0);
  const counts = new Map(wanted);
  let isKept = false;
  const shrinking = [...asked]
    .filter(([cluster, count]) => !lost.has(cluster) && count > (wanted.get(cluster) ?? 0))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  for (const [cluster, count] of shrinking) {
    const surplus = count - (wanted.get(cluster) ?? 0);
    const kept = Math.min(surplus, missing);
    if (kept === 0) continue;
    missing -= kept;
    isKept = true;
    counts.set(cluster, (wanted.get(cluster) ?? 0) + kept);
  }
  return { counts, awaited: isKept ? short.map(([cluster]) => cluster).sort() : [] };
}
