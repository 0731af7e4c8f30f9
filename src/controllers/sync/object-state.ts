/**
 * What is known of one federated object's copies: what we wrote, how each stands, what is under way.
 * In memory; what must outlive us is in its PropagatedVersion and its status.
 */

import { textMapAt } from '../../api/untyped.ts';
import { canonicalJson } from '../../federation/canonical-json.ts';
import { givenHashOf, hashOfLabels } from '../../federation/copies/copy-facts.ts';
import {
  type ContentFacts,
  type CopyInputs,
  type CopyPlan,
  NONE_RUN,
  type RecordedCopy,
} from '../../federation/copies/copy-plan.ts';
import type { Undone } from '../../federation/copies/drift-patience.ts';
import {
  type CopyMold,
  isLeaving,
  MANAGED_LABEL,
  memberObject,
  runsNone,
} from '../../federation/copies/member-object.ts';
import { overridesFor } from '../../federation/copies/overrides.ts';
import type { RollingCluster } from '../../federation/copies/rollout.ts';
import {
  type CopyResult,
  type PropagationInputs,
  saidCopies,
} from '../../federation/propagation-status.ts';
import type { DeletionCause } from './deletion-cause.ts';
import { md5, type RecordedObject, type SaidHashes, saidHashes } from './propagated-versions.ts';

export type CopyOperation = Exclude<CopyPlan['kind'], 'nothing'>;

export interface PendingCopy {
  readonly operation: CopyOperation;
  /** What is there is only being read: it takes as long as it takes, and fails by itself. */
  readonly isReading: boolean;
  /** Monotonic, ms. */
  readonly sinceMs: number;
}

export class ObjectState {
  /** By cluster: what we wrote last. */
  readonly recorded: Map<string, RecordedCopy>;
  readonly results = new Map<string, CopyResult>();
  readonly pending = new Map<string, PendingCopy>();
  /** By cluster: what was tried last and did not come out yet. */
  readonly tried = new Map<string, string>();
  /** By cluster: writes that met another's, in a row. */
  readonly conflicts = new Map<string, number>();
  /** By cluster: how often others' changes of the copy were undone lately. */
  readonly undone = new Map<string, Undone>();
  /** Where it cannot be said where it is wanted. */
  failed: PropagationInputs['failed'];
  /** Something was written into a member since the status was. */
  hasChanged = false;
  /** As it was planned last. */
  mold: CopyMold;
  deletion: CopyInputs['deletion'] = 'none';
  /** Of a deletion; undefined: not known yet. */
  cause: DeletionCause | undefined;
  /** What is planned follows from an edit of the object that its status does not know yet. */
  isEdited = false;
  placed: ReadonlySet<string> = new Set();
  limitedOut: readonly string[] = [];
  /** By cluster: why a namespace that is wanted no more stays there. Its status outlives us. */
  readonly kept: Map<string, string>;
  /** Clusters of KubeFed's record that says nothing any more of what is right there. */
  readonly #voided: ReadonlySet<string>;
  /** Older than it was, or another of its name: the host was restored, or a read was stale. */
  #isOlder = false;
  /** Of a deletion: members out of reach for too long, of whose copies nothing is known. */
  readonly #leftBehind = new Set<string>();
  #hashes: SaidHashes | undefined;
  /** By cluster: when its copy was changed in the rollout under way; undefined: it is its turn. */
  readonly #rolled = new Map<string, number | undefined>();
  readonly #contents = new Map<string, ContentFacts>();

  constructor(mold: CopyMold, recorded: RecordedObject | undefined) {
    this.mold = mold;
    const hashes = this.hashes;
    const isLegacyRight =
      recorded?.templateVersion === hashes.templateVersion &&
      recorded.overridesVersion === hashes.overridesVersion;
    // Of KubeFed's own record every copy is void once template or overrides are others.
    this.kept = new Map(
      [...saidCopies(mold.object)].flatMap(([name, { status, message }]) =>
        status === 'NamespaceKept' ? [[name, message] as const] : [],
      ),
    );
    const isGood = ({ contentHash }: RecordedCopy) => contentHash !== undefined || isLegacyRight;
    const clusters = [...(recorded?.clusters ?? [])];
    this.recorded = new Map(clusters.filter(([, copy]) => isGood(copy)));
    this.#voided = new Set(clusters.flatMap(([name, copy]) => (isGood(copy) ? [] : [name])));
  }

  /** As the object stands now. */
  take(mold: CopyMold): void {
    const isSame =
      this.mold.object === mold.object &&
      this.mold.takesAnnotations === mold.takesAnnotations &&
      this.mold.clusterLabels === mold.clusterLabels &&
      this.mold.isAutoscaled === mold.isAutoscaled &&
      namesOf(this.mold.leaving) === namesOf(mold.leaving) &&
      this.mold.owner === mold.owner;
    if (isSame) return;
    const { uid, generation } = this.mold.object;
    const isOther = uid !== mold.object.uid;
    this.mold = mold;
    this.#hashes = undefined;
    this.#contents.clear();
    // Another change is another rollout; a status that was written is none.
    if (isOther || generation !== mold.object.generation) this.#rolled.clear();
    if (isOther || generation > mold.object.generation) this.#isOlder = true;
    if (!isOther) return;
    // Of the object before, which bore the same name.
    this.cause = undefined;
    this.tried.clear();
    this.#leftBehind.clear();
  }

  /** Where it is wanted, and where only a limit of its namespace keeps it out. */
  place(clusters: ReadonlySet<string>, limitedOut: readonly string[]): void {
    this.placed = clusters;
    this.limitedOut = limitedOut;
    if (!this.#isOlder) return;
    // That it is not wanted there nobody has said since: what we know is of another time.
    for (const cluster of [...this.recorded.keys()]) {
      if (!clusters.has(cluster)) this.recorded.delete(cluster);
    }
    this.#isOlder = false;
  }

  /** Nothing says that we have ever written into this cluster. */
  isUnrecorded(cluster: string): boolean {
    return !this.recorded.has(cluster) && !this.#voided.has(cluster);
  }

  /** Of a cluster without a copy: what there is to say all the same. */
  keptIn(cluster: string): CopyResult | undefined {
    const message = this.kept.get(cluster);
    const isSaid = message !== undefined && this.deletion === 'none' && !this.isPlaced(cluster);
    return isSaid ? { status: 'NamespaceKept', message } : undefined;
  }

  isPlaced(cluster: string): boolean {
    return this.placed.has(cluster) && !this.#leftBehind.has(cluster);
  }

  /** Its deletion waits for this cluster no longer. */
  leaveBehind(cluster: string): void {
    this.forget(cluster);
    this.#leftBehind.add(cluster);
  }

  rolling(): ReadonlyMap<string, RollingCluster> {
    return new Map(
      [...this.#rolled].map(([cluster, changedAtMs]) => {
        const status = this.results.get(cluster)?.status ?? '';
        const isWell = changedAtMs === undefined || status === '';
        return [cluster, { changedAtMs, isWell }];
      }),
    );
  }

  rolls(cluster: string): void {
    if (!this.#rolled.has(cluster)) this.#rolled.set(cluster, undefined);
  }

  /** Its copy is changed; gives whether others may wait for that. */
  rolled(cluster: string): boolean {
    if (!this.#rolled.has(cluster)) return false;
    this.#rolled.set(cluster, performance.now());
    return true;
  }

  get hashes(): SaidHashes {
    this.#hashes ??= saidHashes(this.mold.object);
    return this.#hashes;
  }

  /** What the copy in this cluster is to be made of; clusters without overrides share it. */
  content(cluster: string): ContentFacts {
    const key = this.#contentKey(cluster, isLeaving(this.mold, cluster));
    const known = this.#contents.get(key);
    if (known !== undefined) return known;
    const contentHash = this.#contentHash(cluster, key);
    const content = { contentHash, ...metadataHashes(this.mold, cluster) };
    this.#contents.set(key, content);
    return content;
  }

  /** Nothing is another than what was written there but whether its shard leaves. */
  isMarkAlone(cluster: string): boolean {
    const key = this.#contentKey(cluster, !isLeaving(this.mold, cluster));
    return this.recorded.get(cluster)?.contentHash === this.#contentHash(cluster, key);
  }

  #contentKey(cluster: string, leaves: boolean): string {
    const { object, clusterLabels } = this.mold;
    const read = overridesFor(object, cluster, clusterLabels.get(cluster) ?? new Map());
    const own = read.kind === 'good' ? read.value : [];
    return `${own.length === 0 ? '' : canonicalJson(own)}${leaves ? ' leaving' : ''}`;
  }

  #contentHash(cluster: string, key: string): string {
    const { object, takesAnnotations, isAutoscaled } = this.mold;
    const flags = `${takesAnnotations} ${object.retainsReplicas}${isAutoscaled ? ' autoscaled' : ''}`;
    const hash = md5(`${this.hashes.templateVersion} ${flags} ${key}`);
    return runsNone(this.mold, cluster) ? `${hash}${NONE_RUN}` : hash;
  }

  get isSettled(): boolean {
    return this.pending.size === 0;
  }

  /** Every copy is gone, and known to be. */
  get isEmpty(): boolean {
    return this.recorded.size === 0 && this.pending.size === 0 && this.results.size === 0;
  }

  pend(cluster: string, operation: CopyOperation, isReading = false): void {
    const before = this.pending.get(cluster);
    if (before?.operation === operation && before.isReading === isReading) return;
    this.pending.set(cluster, { operation, isReading, sinceMs: performance.now() });
  }

  settle(cluster: string, result: CopyResult | undefined): void {
    this.pending.delete(cluster);
    if (result === undefined) this.results.delete(cluster);
    else this.results.set(cluster, result);
  }

  /** It is no member any more. */
  forget(cluster: string): void {
    this.recorded.delete(cluster);
    this.kept.delete(cluster);
    this.results.delete(cluster);
    this.pending.delete(cluster);
    this.tried.delete(cluster);
    this.conflicts.delete(cluster);
    this.undone.delete(cluster);
  }
}

function namesOf(clusters: ReadonlySet<string> | undefined): string {
  return clusters === undefined ? '' : [...clusters].sort().join();
}

function metadataHashes(mold: CopyMold, cluster: string): Omit<ContentFacts, 'contentHash'> {
  const wanted = memberObject(mold, cluster, undefined);
  if (wanted.kind === 'good') {
    const labelsHash = hashOfLabels(textMapAt(wanted.value, 'metadata', 'labels'));
    const givenHash = givenHashOf(textMapAt(wanted.value, 'metadata', 'annotations'));
    return { labelsHash, ...(givenHash !== undefined && { givenHash }) };
  }
  // Overrides that only fit what is there: labels as the template has them.
  const labels = textMapAt(mold.object.template, 'metadata', 'labels');
  return { labelsHash: hashOfLabels(labels.set(MANAGED_LABEL, 'true')) };
}
