/**
 * Probes addresses in a thread of its own (probing-thread.ts); keeps what it found here, for
 * whoever decides. Takes targets, gives states and counts, calls when verdicts change.
 *
 * - What one message of the thread tells is taken in whole before anybody is called: counts never
 *   lag a verdict, so that we can suspect ourselves before anything is taken out.
 * - A thread that dies is replaced, after a while that doubles. Until then states stay as they were,
 *   and its replacement goes on from them: not asked is not silent.
 */

import { setImmediate } from 'node:timers';
import { Worker } from 'node:worker_threads';
import type { Alarms } from '../runtime/alarms.ts';
import { toCommonMs, toOwnMs } from '../runtime/common-clock.ts';
import type { Logger } from '../runtime/logger.ts';
import {
  PROBE_ORDERS_MAX,
  PROBE_PULSE_MS,
  PROBE_RESTART_MAX_MS,
  PROBE_RESTART_MS,
  PROBE_SILENT_LOOKS_MAX,
  PROBE_YOUNG_GENERATION_MB,
} from './limits.ts';
import { MirroredTargets } from './mirrored-targets.ts';
import type { ProbeSettings } from './probe-settings.ts';
import type { ProbeCounts } from './probe-tally.ts';
import { type ProbeTarget, probeKey } from './probe-target.ts';
import { ProbeTrouble } from './probe-trouble.ts';
import type { AddedTarget, ProbeNews, ProbeOrder, ProbingStart } from './probing-thread.ts';
import { neverJudged, type ProbeState } from './verdict.ts';

export interface ThreadedProberOptions {
  readonly settings: ProbeSettings;
  /** Their verdicts are not what they were, and all that was found with them is known here. */
  readonly onVerdicts: (keys: readonly string[]) => void;
  readonly alarms: Alarms;
  readonly logger: Logger;
}

/** Beyond what the states themselves tell. */
type ThreadCounts = Omit<ProbeCounts, 'up' | 'down' | 'unknown' | 'inDoubt'>;

const NOTHING_SENT: ThreadCounts = {
  probesSent: 0,
  lateCount: 0,
  localCount: 0,
  goodCount: 0,
  badCount: 0,
  atOnce: 0,
  roundMs: 0,
  selfTrouble: false,
};

/** The entry beside this file, whichever form this file runs in. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './probing-thread.ts' : './probing-thread.js',
  import.meta.url,
);

export class ThreadedProber {
  readonly #options: ThreadedProberOptions;
  readonly #targets = new MirroredTargets();
  readonly #verdicts = { up: 0, down: 0, unknown: 0 };
  readonly #trouble = new ProbeTrouble();
  #inDoubtCount = 0;
  /** Of the thread that runs, and the sums of those before it. */
  #thread: ThreadCounts = NOTHING_SENT;
  #former: ThreadCounts = NOTHING_SENT;
  #worker: Worker | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #isFlushPlanned = false;
  /** Ids. */
  #toAdd: number[] = [];
  #toRemove: number[] = [];
  #startedMs = 0;
  #restartMs = PROBE_RESTART_MS;
  #silentLooks = 0;
  #replacedCount = 0;

  constructor(options: ThreadedProberOptions) {
    this.#options = options;
  }

  /** As often as `remove` is to be called for it. `everUp`: it answered before, as is remembered. */
  add(target: ProbeTarget, everUp = false, key = probeKey(target)): void {
    let row = this.#targets.rowOf(key);
    if (row === undefined) {
      row = this.#targets.enter(key, target, neverJudged(Math.floor(performance.now()), everUp));
      this.#verdicts.unknown++;
      this.#toAdd.push(this.#targets.idAt(row));
      this.#planFlush();
    }
    this.#targets.want(row, 1);
  }

  remove(key: string): void {
    const row = this.#targets.rowOf(key);
    if (row === undefined || this.#targets.want(row, -1) > 0) return;
    this.#count(this.#targets.stateAt(row), -1);
    if (this.#targets.isOrdered(row)) {
      this.#toRemove.push(this.#targets.idAt(row));
      this.#planFlush();
    }
    this.#targets.leave(row);
  }

  state(key: string): ProbeState | undefined {
    const row = this.#targets.rowOf(key);
    return row === undefined ? undefined : this.#targets.stateAt(row);
  }

  counts(): ProbeCounts {
    const { probesSent, lateCount, localCount, goodCount, badCount } = this.#former;
    return {
      ...this.#verdicts,
      inDoubt: this.#inDoubtCount,
      ...this.#thread,
      probesSent: probesSent + this.#thread.probesSent,
      lateCount: lateCount + this.#thread.lateCount,
      localCount: localCount + this.#thread.localCount,
      goodCount: goodCount + this.#thread.goodCount,
      badCount: badCount + this.#thread.badCount,
    };
  }

  get replacedCount(): number {
    return this.#replacedCount;
  }

  start(): void {
    if (this.#lookTimer !== undefined) return;
    this.#spawn();
    this.#lookTimer = setInterval(() => this.#look(), PROBE_PULSE_MS);
  }

  /** Ends the thread: no call comes after it. States stay readable. */
  async stop(): Promise<void> {
    clearInterval(this.#lookTimer);
    clearTimeout(this.#restartTimer);
    this.#lookTimer = undefined;
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  /** Test hook: the thread throws and is replaced. */
  throwInThread(): void {
    this.#order({ kind: 'throw' });
  }

  #spawn(): void {
    const { settings, logger } = this.#options;
    const worker = new Worker(ENTRY, {
      workerData: { settings } satisfies ProbingStart,
      name: 'probing',
      resourceLimits: { maxYoungGenerationSizeMb: PROBE_YOUNG_GENERATION_MB },
    });
    this.#worker = worker;
    this.#startedMs = performance.now();
    this.#silentLooks = 0;
    worker.on('message', (news: ProbeNews) => {
      if (worker === this.#worker) this.#hear(news);
    });
    worker.on('error', (error) => logger.error('probing thread failed', { error: textOf(error) }));
    worker.on('exit', () => {
      if (worker === this.#worker) this.#replaceLater();
    });
    this.#toAdd = [];
    for (const row of this.#targets.rows()) {
      this.#targets.setOrdered(row, false);
      this.#toAdd.push(this.#targets.idAt(row));
    }
    this.#toRemove = [];
    this.#planFlush();
  }

  #replaceLater(): void {
    const nowMs = performance.now();
    this.#worker = undefined;
    this.#former = this.counts();
    this.#thread = { ...NOTHING_SENT, roundMs: this.#thread.roundMs };
    this.#trouble.died(nowMs);
    this.#judgeTrouble(nowMs);
    if (nowMs - this.#startedMs > PROBE_RESTART_MAX_MS) this.#restartMs = PROBE_RESTART_MS;
    this.#restartTimer = setTimeout(() => {
      this.#replacedCount++;
      this.#spawn();
      this.#options.logger.warn('probing thread replaced', { count: this.#targets.size });
    }, this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, PROBE_RESTART_MAX_MS);
  }

  /** Together: all that one turn of the loop wants, a bounded part at a time. */
  #planFlush(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    setImmediate(() => {
      this.#isFlushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#worker === undefined) return;
    const removed = this.#toRemove.splice(0);
    const added: AddedTarget[] = [];
    for (const id of this.#toAdd.splice(0, PROBE_ORDERS_MAX)) {
      const row = this.#targets.rowOfId(id);
      if (row === undefined) continue;
      this.#targets.setOrdered(row, true);
      const state = this.#targets.stateAt(row);
      const told = { ...state, sinceMs: toCommonMs(state.sinceMs) };
      added.push({ id, target: this.#targets.targetAt(row), state: told });
    }
    if (removed.length + added.length > 0) this.#order({ kind: 'targets', removed, added });
    if (this.#toAdd.length > 0) this.#planFlush();
  }

  #order(order: ProbeOrder): void {
    this.#worker?.postMessage(order);
  }

  #hear({ found, counts }: ProbeNews): void {
    this.#silentLooks = 0;
    const { up: _up, down: _down, unknown: _unknown, inDoubt: _doubt, ...thread } = counts;
    this.#thread = thread;
    const turned: string[] = [];
    for (const [id, told] of found) {
      const row = this.#targets.rowOfId(id);
      if (row === undefined) continue;
      const before = this.#targets.stateAt(row);
      this.#count(before, -1);
      this.#targets.setState(row, { ...told, sinceMs: Math.floor(toOwnMs(told.sinceMs)) });
      this.#count(told, 1);
      if (told.verdict !== before.verdict) turned.push(this.#targets.keyAt(row));
    }
    if (turned.length > 0) this.#options.onVerdicts(turned);
  }

  #count({ verdict, isInDoubt }: ProbeState, by: 1 | -1): void {
    this.#verdicts[verdict] += by;
    if (isInDoubt) this.#inDoubtCount += by;
  }

  #look(): void {
    const nowMs = performance.now();
    this.#judgeTrouble(nowMs);
    if (this.#worker === undefined || ++this.#silentLooks < PROBE_SILENT_LOOKS_MAX) return;
    this.#silentLooks = 0;
    this.#options.logger.error('probing thread hangs', {});
    void this.#worker.terminate();
  }

  #judgeTrouble(nowMs: number): void {
    const { alarms } = this.#options;
    const reason = this.#trouble.look(this.counts(), nowMs);
    if (reason === undefined) alarms.clear('probes-in-trouble', 'probes keep their rounds again');
    else alarms.raise('probes-in-trouble', 'probes are in trouble: states stay', { reason });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
