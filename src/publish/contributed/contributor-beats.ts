/**
 * Signs of life of contributors: each rewrites its key, and how long ago is measured here, on our
 * own monotonic clock. While the store is away nobody can beat, and nobody is lost by that.
 */

import type { StoredValue } from '../../store/record-store.ts';

export class ContributorBeats {
  readonly #patienceMs: number;
  readonly #beats = new Map<string, { revision: number; atMs: number }>();
  #isInContact = false;
  #lostAtMs = Number.NEGATIVE_INFINITY;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  get isInContact(): boolean {
    return this.#isInContact;
  }

  isAlive(name: string, patienceMs = this.#patienceMs): boolean {
    const beat = this.#beats.get(name);
    return beat !== undefined && performance.now() - beat.atMs < patienceMs;
  }

  /** Of the last beat, as the store has it; 0: none is there. */
  revisionOf(name: string): number {
    return this.#beats.get(name)?.revision ?? 0;
  }

  take(name: string, stored: StoredValue | undefined): void {
    const before = this.#beats.get(name);
    // One that resigned has beaten a moment ago.
    if (stored === undefined && before !== undefined) before.revision = 0;
    if (stored === undefined || before?.revision === stored.modRevision) return;
    // The first that is read may be days old; only another one shows that somebody beats.
    const atMs = before === undefined ? Number.NEGATIVE_INFINITY : performance.now();
    this.#beats.set(name, { revision: stored.modRevision, atMs });
  }

  lost(): void {
    if (this.#isInContact) this.#lostAtMs = performance.now();
    this.#isInContact = false;
  }

  /** The store speaks: who was alive when it fell silent has its time to beat again. */
  heard(): void {
    if (this.#isInContact) return;
    this.#isInContact = true;
    for (const beat of this.#beats.values()) {
      if (this.#lostAtMs - beat.atMs < this.#patienceMs) beat.atMs = performance.now();
    }
  }

  clear(): void {
    this.#beats.clear();
    this.#isInContact = false;
  }
}
