/**
 * Services that must be decided anew, each once, with the members whose word on them is to be read.
 * Members take turns: one that changes a hundred thousand services delays its own, not the others'.
 */

/** What is nobody's in particular (a grace, a probe, a host name) has a turn like a member. */
const NOBODY = '';

export class WaitingServices {
  /** Service key -> members to be read. */
  readonly #clusters = new Map<string, Set<string>>();
  /** Who asked -> keys in order; some may have been taken since in another's turn. */
  readonly #queues = new Map<string, Queue>();

  get size(): number {
    return this.#clusters.size;
  }

  add(key: string, cluster?: string): void {
    const clusters = this.#clusters.get(key) ?? new Set();
    if (cluster !== undefined) clusters.add(cluster);
    this.#clusters.set(key, clusters);
    const queue = this.#queues.get(cluster ?? NOBODY);
    if (queue === undefined) this.#queues.set(cluster ?? NOBODY, queueOf(key));
    else queue.keys.add(key);
  }

  /** At most so many, one of each asker in turn. They wait no more. */
  take(countMax: number): (readonly [key: string, clusters: ReadonlySet<string>])[] {
    const taken: (readonly [string, ReadonlySet<string>])[] = [];
    while (taken.length < countMax && this.#clusters.size > 0) {
      for (const asker of [...this.#queues.keys()]) {
        const next = this.#next(asker);
        if (next !== undefined) taken.push(next);
        if (taken.length === countMax) break;
      }
    }
    if (this.#clusters.size === 0) this.#queues.clear();
    return taken;
  }

  #next(asker: string): readonly [string, ReadonlySet<string>] | undefined {
    const queue = this.#queues.get(asker);
    if (queue === undefined) return undefined;
    for (let at = queue.order.next(); !at.done; at = queue.order.next()) {
      const key = at.value;
      queue.keys.delete(key);
      const clusters = this.#clusters.get(key);
      if (clusters === undefined) continue;
      this.#clusters.delete(key);
      this.#rotate(asker, queue);
      return [key, clusters];
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
