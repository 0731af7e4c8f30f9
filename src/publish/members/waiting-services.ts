/**
 * Services that must be decided anew, each once, with the members whose word on them is to be read.
 * Members take turns: one that changes a hundred thousand services delays its own, not the others'.
 */

/** What is nobody's in particular (a grace, a probe, a host name) has a turn like a member. */
const NOBODY = '';

export class WaitingServices {
  /** Service key -> members to be read, and since when. */
  readonly #waiting = new Map<string, Waiting>();
  /** Who asked -> keys in order; some may have been taken since in another's turn. */
  readonly #queues = new Map<string, Queue>();

  get size(): number {
    return this.#waiting.size;
  }

  has(key: string): boolean {
    return this.#waiting.has(key);
  }

  add(key: string, cluster?: string): void {
    const waiting = this.#waiting.get(key) ?? { clusters: new Set(), sinceMs: performance.now() };
    if (cluster !== undefined) waiting.clusters.add(cluster);
    this.#waiting.set(key, waiting);
    const queue = this.#queues.get(cluster ?? NOBODY);
    if (queue === undefined) this.#queues.set(cluster ?? NOBODY, queueOf(key));
    else queue.keys.add(key);
  }

  clear(): void {
    this.#waiting.clear();
    this.#queues.clear();
  }

  /** At most so many, one of each asker in turn. They wait no more. */
  take(countMax: number): (readonly [key: string, waiting: Waiting])[] {
    const taken: (readonly [string, Waiting])[] = [];
    while (taken.length < countMax && this.#waiting.size > 0) {
      for (const asker of [...this.#queues.keys()]) {
        const next = this.#next(asker);
        if (next !== undefined) taken.push(next);
        if (taken.length === countMax) break;
      }
    }
    if (this.#waiting.size === 0) this.#queues.clear();
    return taken;
  }

  #next(asker: string): readonly [string, Waiting] | undefined {
    const queue = this.#queues.get(asker);
    if (queue === undefined) return undefined;
    for (let at = queue.order.next(); !at.done; at = queue.order.next()) {
      const key = at.value;
      queue.keys.delete(key);
      const waiting = this.#waiting.get(key);
      if (waiting === undefined) continue;
      this.#waiting.delete(key);
      this.#rotate(asker, queue);
      return [key, waiting];
    }
    this.#queues.delete(asker);
    return undefined;
  }

  /** Whose turn it was comes last: also where a take ends in the middle of a round. */
  #rotate(asker: string, queue: Queue): void {
    this.#queues.delete(asker);
    if (queue.keys.size > 0) this.#queues.set(asker, queue);
  }
}

export interface Waiting {
  readonly clusters: Set<string>;
  /** Monotonic, ms. */
  readonly sinceMs: number;
}

interface Queue {
  readonly keys: Set<string>;
  /**
   * Goes on where it was, and comes to what is added meanwhile. Begun anew for each key it would
   * step over the places of all that were taken: quadratic.
   */
  readonly order: SetIterator<string>;
}

function queueOf(key: string): Queue {
  const keys = new Set([key]);
  return { keys, order: keys.values() };
}
