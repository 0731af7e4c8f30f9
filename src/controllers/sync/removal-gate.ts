/**
 * RemovalGate of one type: copies that nobody asked to delete, and those that would be scaled to zero,
 * go only together, after a moment in which everything that goes for the same reason has come, and
 * only if they are few. Many are held until a person accepts just these, or they are wanted again.
 *
 * In memory: a new leader plans the same removals, and holds them anew.
 */

import { createHash } from 'node:crypto';
import { reasonToHold } from '../../federation/copies/removal-limits.ts';
import { REMOVAL_SETTLE_MAX_MS, REMOVAL_SETTLE_MS, REMOVAL_WINDOW_MS } from '../limits.ts';

export interface Removal {
  readonly cluster: string;
  readonly key: string;
  /** It stays, and is scaled to zero. */
  readonly isEmptied: boolean;
  /** Its object was edited so. */
  readonly isByEdit: boolean;
  /** What was lost, and takes it along: held however few they are. */
  readonly loss: Loss | undefined;
}

/** Its object, that goes with its namespace or its type; the host's record of having placed it there. */
export type Loss = 'object' | 'record';

const LOST: Readonly<Record<Loss, string>> = {
  object: 'their objects go with their namespace or their type',
  record: 'the host does not know to have placed them there: its data are older than they are',
};

/** It may go now; a person must say so; it is not known yet. */
export type Asked = 'go' | 'held' | 'wait';

export interface HeldRemovals {
  readonly count: number;
  /** Of just these: what a person accepts. */
  readonly id: string;
  readonly reason: string;
}

export interface RemovalGateOptions {
  /** False: some members are still being read, and what goes there is not known yet. */
  readonly isComplete: () => boolean;
  /** Our copies of the type in every member now. */
  readonly copiesByMember: () => ReadonlyMap<string, number>;
  /** Some were let go, or are held from now on: these objects are to be planned again. */
  readonly onDecided: (keys: ReadonlySet<string>) => void;
  readonly onHeld: (held: HeldRemovals | undefined) => void;
}

export class RemovalGate {
  readonly #options: RemovalGateOptions;
  readonly #asked = new Map<string, Removal>();
  /** What may go: few as they were, or accepted by a person. */
  readonly #allowed = new Map<string, 'few' | 'accepted'>();
  /** Members that were let go empty, by no edit; of what is asked now, and lately. */
  #emptying: readonly EmptiedMember[] = [];
  #emptied: readonly EmptiedMember[] = [];
  /** Those that were let go, monotonic ms. */
  #recent: { readonly atMs: number; readonly isEmptied: boolean }[] = [];
  #held: HeldRemovals | undefined;
  /** What was shown under its id. */
  #shown: ReadonlySet<string> = new Set();
  #acceptedId: string | undefined;
  #firstAskedMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RemovalGateOptions) {
    this.#options = options;
  }

  get held(): HeldRemovals | undefined {
    return this.#held;
  }

  ask(removal: Removal): Asked {
    const id = idOf(removal);
    // To stay and run nothing is another question than to go.
    this.#forget(idOf({ ...removal, isEmptied: !removal.isEmptied }));
    const allowed = this.#allowed.get(id);
    // Few enough to go, it is lost since: that is another question.
    if (allowed === 'accepted' || (allowed === 'few' && removal.loss === undefined)) return 'go';
    this.#allowed.delete(id);
    const before = this.#asked.get(id);
    if (before === undefined) {
      if (this.#asked.size === 0) this.#firstAskedMs = performance.now();
      this.#wind();
    }
    // As it was when it was first asked: an edit is none any more once the status has seen it.
    const isByEdit = before?.isByEdit ?? removal.isByEdit;
    const loss = removal.loss ?? before?.loss;
    this.#asked.set(id, { ...removal, isByEdit, loss });
    return this.#held === undefined || this.#timer !== undefined ? 'wait' : 'held';
  }

  /** It is gone, or is wanted again. */
  forget(cluster: string, key: string): void {
    // Nearly always: every copy that is planned comes by here.
    if (this.#allowed.size === 0 && this.#asked.size === 0) return;
    for (const isEmptied of [false, true]) this.#forget(idOf({ cluster, key, isEmptied }));
  }

  #forget(id: string): void {
    this.#allowed.delete(id);
    if (this.#asked.delete(id) && this.#held !== undefined) this.#wind();
  }

  /** Of what is held: exactly what was shown under this id. Gives whether it is that. */
  accept(id: string): boolean {
    if (this.#held?.id !== id || this.#acceptedId === id) return this.#acceptedId === id;
    this.#acceptedId = id;
    this.#letGo();
    return true;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wind(): void {
    const sinceFirstMs = performance.now() - this.#firstAskedMs;
    if (this.#timer !== undefined && sinceFirstMs > REMOVAL_SETTLE_MAX_MS) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#decide();
    }, REMOVAL_SETTLE_MS);
  }

  #decide(): void {
    if (this.#asked.size === 0) {
      this.#tell(undefined);
      return;
    }
    // All that goes is judged together, or one member after the other would go.
    if (!this.#options.isComplete()) {
      this.#wind();
      return;
    }
    const reason = this.#reasonToHold();
    // What is held stays held when some of it is wanted again: the rest was still too much.
    if (reason === undefined && this.#held === undefined) {
      this.#letGo();
      return;
    }
    const why = reason ?? this.#held?.reason ?? '';
    const text = [...this.#asked.keys()].sort().join('\n');
    const id = createHash('sha256').update(text).digest('hex').slice(0, 12);
    this.#shown = new Set(this.#asked.keys());
    this.#tell({ count: this.#asked.size, id, reason: why });
    this.#options.onDecided(new Set([...this.#asked.values()].map(({ key }) => key)));
  }

  #reasonToHold(): string | undefined {
    const removals = [...this.#asked.values()];
    const loss = removals.find((one) => one.loss !== undefined)?.loss;
    if (loss !== undefined) return LOST[loss];
    const nowMs = performance.now();
    const isRecent = ({ atMs }: { readonly atMs: number }) => nowMs - atMs < REMOVAL_WINDOW_MS;
    this.#recent = this.#recent.filter(isRecent);
    const copies = this.#options.copiesByMember();
    this.#emptying = emptiedBy(removals, copies, nowMs);
    const names = new Set(this.#emptying.map(({ cluster }) => cluster));
    // One that has copies again is not empty.
    this.#emptied = this.#emptied.filter(
      (one) =>
        isRecent(one) && !names.has(one.cluster) && (copies.get(one.cluster) ?? 0) <= one.left,
    );
    const total = [...copies.values()].reduce((sum, count) => sum + count, 0);
    return reasonToHold({
      copies: total + this.#recent.filter(({ isEmptied }) => !isEmptied).length,
      removals: removals.length + this.#recent.length,
      emptied: removals.filter(({ isEmptied }) => isEmptied).length,
      emptiedMembers: this.#emptying.length + this.#emptied.length,
    });
  }

  #letGo(): void {
    const nowMs = performance.now();
    const keys = new Set<string>();
    const isAccepted = this.#acceptedId !== undefined;
    for (const [id, { key, isEmptied }] of [...this.#asked]) {
      // What came after it was shown was not accepted.
      if (isAccepted && !this.#shown.has(id)) continue;
      this.#asked.delete(id);
      this.#allowed.set(id, isAccepted ? 'accepted' : 'few');
      keys.add(key);
      // What a person accepted is no reason to hold what comes next.
      if (!isAccepted) this.#recent.push({ atMs: nowMs, isEmptied });
    }
    if (!isAccepted) this.#emptied = [...this.#emptied, ...this.#emptying];
    this.#acceptedId = undefined;
    if (this.#asked.size > 0) this.#wind();
    this.#tell(undefined);
    this.#options.onDecided(keys);
  }

  #tell(held: HeldRemovals | undefined): void {
    if (this.#held?.id === held?.id) return;
    this.#held = held;
    this.#options.onHeld(held);
  }
}

function idOf({ cluster, key, isEmptied }: Pick<Removal, 'cluster' | 'key' | 'isEmptied'>): string {
  return `${cluster} ${key}${isEmptied ? ' to zero' : ''}`;
}

interface EmptiedMember {
  readonly cluster: string;
  readonly atMs: number;
  /** Copies that stay there, and run nothing. */
  readonly left: number;
}

/** Members of which every copy goes, or is scaled to zero, and not all of it by edits. */
function emptiedBy(
  removals: readonly Removal[],
  copies: ReadonlyMap<string, number>,
  atMs: number,
): readonly EmptiedMember[] {
  const byMember = Map.groupBy(removals, ({ cluster }) => cluster);
  return [...byMember].flatMap(([cluster, lost]) => {
    const isLost = lost.length >= (copies.get(cluster) ?? 0);
    if (!isLost || lost.every(({ isByEdit }) => isByEdit)) return [];
    return [{ cluster, atMs, left: lost.filter(({ isEmptied }) => isEmptied).length }];
  });
}
