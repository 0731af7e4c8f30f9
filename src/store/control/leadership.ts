/**
 * Leadership: of several processes that could write, one does. Who leads beats by rewriting one
 * key; a standby that has seen no beat for long enough takes the fence, and with that whatever the
 * old leader still tries is refused (it may only be asleep). No lease and no wall clock: how long
 * is long is measured by each on its own monotonic clock.
 *
 *   /fedns-leader/<name>   {"holder":"…","beat":N}
 *
 * Promised: a commit that compares the fence given to `onElected` succeeds only while nobody was
 * elected since. Not promised: that two do not believe to lead at the same moment.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { LEADER_BEAT_MS, LEADER_PATIENCE_MS } from '../limits.ts';
import type { RecordStore, StoredValue } from '../record-store.ts';
import { octetsOfText, textOfOctets } from '../skydns/entry.ts';
import { normalPrefix } from '../skydns/key.ts';
import { StoreError } from '../store-error.ts';
import { ControlKeys, type Fence, oneKey, takeFence } from './control-keys.ts';

export interface LeadershipOptions {
  readonly store: RecordStore;
  readonly controlPrefix: string;
  /** What is led: the writer. */
  readonly name: string;
  /** Who we are, for people: host and process. */
  readonly holder: string;
  readonly beatMs?: number;
  /** Without a beat for this long a leader is taken for gone. */
  readonly patienceMs?: number;
  /** We lead from now on; commits compare this fence. */
  readonly onElected: (fence: Fence) => void;
  /** We do not any more: another took the fence. */
  readonly onLost: () => void;
  /** Another leads: once each time it is another. */
  readonly onOther?: (leader: string) => void;
  readonly onTrouble?: (reason: string) => void;
}

interface Seen {
  readonly modRevision: number;
  readonly atMs: number;
}

export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #key: string;
  readonly #fenceKey: string;
  readonly #beatMs: number;
  readonly #patienceMs: number;
  readonly #ended = new AbortController();
  #running: Promise<void> | undefined;
  #fence: Fence | undefined;
  #seen: Seen | undefined;
  #beat = 0;
  #leader: string | undefined;

  constructor(options: LeadershipOptions) {
    this.#options = options;
    const keys = new ControlKeys(options.controlPrefix);
    this.#key = `${normalPrefix(options.controlPrefix).replace(/\/$/, '-leader/')}${octetsOfText(options.name)}`;
    this.#fenceKey = keys.fence(options.name);
    this.#beatMs = options.beatMs ?? LEADER_BEAT_MS;
    this.#patienceMs = options.patienceMs ?? LEADER_PATIENCE_MS;
  }

  get isLeader(): boolean {
    return this.#fence !== undefined;
  }

  /** As last read; undefined while nobody leads, or it is not known. */
  get leader(): string | undefined {
    return this.#leader;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Gives it up at once, so that a standby need not wait. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
    const fence = this.#fence;
    this.#fence = undefined;
    if (fence === undefined) return;
    const resign = { compares: [fence], puts: [], deletes: [this.#key] };
    await this.#options.store.commit(resign).catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        if (this.#fence === undefined) await this.#stand();
        else await this.#lead(this.#fence);
      } catch (error) {
        // The store is away: nobody can write, and nobody is elected. What we were we stay.
        this.#options.onTrouble?.(error instanceof Error ? error.message : String(error));
      }
      const jitter = 0.8 + 0.4 * Math.random();
      await sleep(this.#beatMs * jitter, undefined, { signal }).catch(() => undefined);
    }
  }

  async #lead(fence: Fence): Promise<void> {
    if (await this.#putBeat(fence)) return;
    this.#fence = undefined;
    this.#seen = undefined;
    this.#options.onLost();
  }

  async #stand(): Promise<void> {
    const { store, holder } = this.#options;
    const state = await store.read([oneKey(this.#key)], this.#ended.signal);
    const stored = state.values.get(this.#key);
    const before = this.#leader;
    this.#leader = stored && holderOf(stored);
    if (stored !== undefined && !this.#isOverdue(stored)) {
      if (this.#leader !== before) this.#options.onOther?.(this.#leader ?? 'unknown');
      return;
    }
    const fence = await this.#take(store, holder);
    if (fence === undefined || !(await this.#putBeat(fence))) return;
    this.#fence = fence;
    this.#leader = holder;
    // Told to stop meanwhile: whoever stops us gives it up.
    if (!this.#ended.signal.aborted) this.#options.onElected(fence);
  }

  /** undefined: another was quicker, or is at it. */
  async #take(store: RecordStore, holder: string): Promise<Fence | undefined> {
    try {
      return await takeFence(store, this.#fenceKey, holder);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'STORE_CONFLICT') return undefined;
      throw error;
    }
  }

  /** A beat is another revision of the key, whatever the clocks say. */
  #isOverdue({ modRevision }: StoredValue): boolean {
    const nowMs = performance.now();
    if (this.#seen?.modRevision !== modRevision) this.#seen = { modRevision, atMs: nowMs };
    return nowMs - this.#seen.atMs >= this.#patienceMs;
  }

  async #putBeat(fence: Fence): Promise<boolean> {
    const value = JSON.stringify({ holder: this.#options.holder, beat: ++this.#beat });
    const outcome = await this.#options.store.commit(
      { compares: [fence], puts: [{ key: this.#key, value: octetsOfText(value) }], deletes: [] },
      this.#ended.signal,
    );
    return outcome.kind === 'committed';
  }
}

function holderOf({ value }: StoredValue): string | undefined {
  try {
    const json: unknown = JSON.parse(textOfOctets(value));
    const holder = typeof json === 'object' && json !== null && 'holder' in json && json.holder;
    return typeof holder === 'string' ? holder : undefined;
  } catch {
    return undefined;
  }
}
