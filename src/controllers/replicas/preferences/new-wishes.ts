/**
 * Preferences that a person has changed since their workloads were as they say. What such a one takes
 * away a person meant; what it takes away later a label, a dead member or a drain does.
 *
 * In memory: after a start a move that is under way is nobody's wish, and many removals of it are held.
 */

import { listAt, textAt, valueAt } from '../../../api/untyped.ts';

export class NewWishes {
  readonly #keys = new Set<string>();

  /** As it is planned: new until its status is of what it says. */
  note(key: string, preference: unknown): void {
    const ready = listAt(preference, 'status', 'conditions').find(
      (one) => textAt(one, 'type') === 'Ready',
    );
    const seen = valueAt(ready, 'observedGeneration');
    if (seen !== valueAt(preference, 'metadata', 'generation')) this.#keys.add(key);
  }

  /** Its workload is as it says, or it is gone. */
  forget(key: string): void {
    this.#keys.delete(key);
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }
}
