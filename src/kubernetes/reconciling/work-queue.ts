/**
 * WorkQueue: keys whose state somebody must look at. Level-driven: a key says only "look again",
 * whatever happened, and however often it is added it is worked on once.
 *
 * Promised: a key is never worked on twice at the same time; added while it is, it is worked on
 * again afterwards. What fails is tried again after a growing, jittered wait of its own; others do
 * not wait for it. Work that throws is a fault of ours: counted, told, and tried again like a failure.
 * Not promised: any order between keys but that the first added is the first begun.
 */

import { Fifo } from '../../runtime/tables/fifo.ts';
import { othersTurn } from '../../runtime/thread/fair-turns.ts';
import { tellReconciled } from './reconciled.ts';

export type Outcome =
  | { readonly kind: 'done' }
  /** Well, but not all is done yet. */
  | { readonly kind: 'again'; readonly afterMs: number }
  | {
      /** Backs off. */
      readonly kind: 'failed';
      /** What a server asked for. */
      readonly atLeastMs?: number | undefined;
      /** The first wait of several, where it is another than the queue's. */
      readonly fromMs?: number | undefined;
    };

export const DONE: Outcome = { kind: 'done' };
export const FAILED: Outcome = { kind: 'failed' };
/** Ours: told apart only in what is counted. */
const FAULT: Outcome = { kind: 'failed' };

export interface WorkQueueOptions {
  /** Of the loop, in metrics. */
  readonly controller: string;
  /** At most so many keys at once. */
  readonly concurrency: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  readonly work: (key: string) => Promise<Outcome> | Outcome;
  readonly onFault: (key: string, error: unknown) => void;
  /** Nothing is due and nothing is at work: what waits has a time of its own. */
  readonly onQuiet?: (() => void) | undefined;
  readonly random?: (() => number) | undefined;
}

/** Waits are counted in steps of this, ms: half a million waiting keys share their timers. */
const STEP_MS = 250;

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #random: () => number;
  readonly #due = new Fifo<string>();
  readonly #isDue = new Set<string>();
  readonly #working = new Set<string>();
  readonly #addedMeanwhile = new Set<string>();
  /** Key -> failures in a row. */
  readonly #failures = new Map<string, number>();
  /** Key -> step in which it is due. */
  readonly #waiting = new Map<string, number>();
  readonly #steps = new Map<number, Set<string>>();
  readonly #ended = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #isPumping = false;
  faultCount = 0;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Keys that are due, at work, or waiting. */
  get size(): number {
    return this.#isDue.size + this.#working.size + this.#waiting.size;
  }

  /** Due or at work now. */
  get busyCount(): number {
    return this.#isDue.size + this.#working.size;
  }

  isAtWork(key: string): boolean {
    return this.#working.has(key);
  }

  start(): void {
    this.#isRunning = true;
    this.#pump();
  }

  /** Resolves once nothing is at work any more; what is due stays, for the next start. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#working.size === 0) return;
    await new Promise<void>((resolve) => this.#ended.add(resolve));
  }

  /** Look at it; one that waits after a failure goes on waiting. */
  add(key: string): void {
    if (this.#failures.has(key) && this.#waiting.has(key)) return;
    this.#unwait(key);
    this.#makeDue(key);
  }

  /** It is news: its failures are forgotten, and it is looked at now. */
  hurry(key: string): void {
    this.#failures.delete(key);
    this.#unwait(key);
    this.#makeDue(key);
  }

  addAfter(key: string, afterMs: number): void {
    if (this.#isDue.has(key)) return;
    const step = Math.ceil((performance.now() + afterMs) / STEP_MS);
    const before = this.#waiting.get(key);
    if (before !== undefined && before <= step) return;
    this.#unwait(key);
    this.#waiting.set(key, step);
    const at = this.#steps.get(step);
    if (at === undefined) this.#steps.set(step, new Set([key]));
    else at.add(key);
    this.#wind();
  }

  /** Nobody is interested any more. */
  forget(key: string): void {
    this.#failures.delete(key);
    this.#unwait(key);
    this.#isDue.delete(key);
    this.#addedMeanwhile.delete(key);
  }

  #makeDue(key: string): void {
    if (this.#working.has(key)) {
      this.#addedMeanwhile.add(key);
      return;
    }
    if (this.#isDue.has(key)) return;
    this.#isDue.add(key);
    this.#due.put(key);
    this.#pump();
  }

  #unwait(key: string): void {
    const step = this.#waiting.get(key);
    if (step === undefined) return;
    this.#waiting.delete(key);
    const at = this.#steps.get(step);
    at?.delete(key);
    if (at?.size === 0) this.#steps.delete(step);
  }

  /** Begins as soon as the caller is done: many keys added together are one burst. */
  #pump(): void {
    if (this.#isPumping || !this.#isRunning) return;
    this.#isPumping = true;
    setImmediate(this.#pumped);
  }

  readonly #pumped = (): void => {
    this.#isPumping = false;
    this.#begin();
  };

  #begin(): void {
    while (this.#isRunning && this.#working.size < this.#options.concurrency) {
      if (this.#due.size === 0) break;
      // A hundred queues begin their work in one round of the event loop, and it must end.
      const turn = othersTurn();
      if (turn !== undefined) {
        this.#isPumping = true;
        void turn.then(this.#pumped);
        return;
      }
      const key = this.#due.take();
      // Forgotten meanwhile.
      if (key === undefined || !this.#isDue.delete(key)) continue;
      this.#working.add(key);
      this.#work(key);
    }
    if (this.#isRunning && this.busyCount === 0) this.#options.onQuiet?.();
  }

  #work(key: string): void {
    const begunMs = performance.now();
    let outcome: Promise<Outcome> | Outcome;
    try {
      outcome = this.#options.work(key);
    } catch (error) {
      outcome = this.#fault(key, error);
    }
    if (!(outcome instanceof Promise)) {
      this.#tell(outcome, begunMs);
      this.#settle(key, outcome);
      return;
    }
    void outcome
      .catch((error: unknown) => this.#fault(key, error))
      .then((settled) => {
        this.#tell(settled, begunMs);
        this.#settle(key, settled);
        this.#pump();
      });
  }

  #fault(key: string, error: unknown): Outcome {
    this.faultCount++;
    this.#options.onFault(key, error);
    return FAULT;
  }

  #tell(outcome: Outcome, begunMs: number): void {
    const result = outcome === FAULT ? 'fault' : outcome.kind;
    tellReconciled(this.#options.controller, result, begunMs);
  }

  #settle(key: string, outcome: Outcome): void {
    this.#working.delete(key);
    if (outcome.kind === 'failed') this.#backOff(key, outcome);
    else this.#failures.delete(key);
    if (outcome.kind === 'again') this.addAfter(key, outcome.afterMs);
    if (this.#addedMeanwhile.delete(key)) this.add(key);
    if (this.#working.size > 0) return;
    for (const resolve of this.#ended) resolve();
    this.#ended.clear();
  }

  #backOff(key: string, { atLeastMs = 0, fromMs }: Extract<Outcome, { kind: 'failed' }>): void {
    const { backoffMinMs, backoffMaxMs } = this.#options;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const firstMs = fromMs ?? backoffMinMs;
    const stepMs = Math.min(firstMs * 2 ** Math.min(failures, 20), backoffMaxMs);
    this.addAfter(key, Math.max((stepMs * (1 + this.#random())) / 2, atLeastMs));
  }

  #wind(): void {
    if (this.#timer !== undefined || !this.#isRunning || this.#steps.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const now = Math.floor(performance.now() / STEP_MS);
      for (const [step, keys] of this.#steps) {
        if (step > now) continue;
        for (const key of [...keys]) {
          this.#unwait(key);
          this.#makeDue(key);
        }
      }
      this.#wind();
    }, STEP_MS);
  }
}
