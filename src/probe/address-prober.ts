/**
 * Probes addresses from here, each once however many want it, and tells when one turns up or down.
 * Takes the targets wanted, gives a verdict for each (verdict.ts) and calls when one changes.
 *
 * - A target is asked every `periodMs`, or once in the round that all need at PROBES_PER_SECOND, if
 *   that is longer (`counts().roundMs`); one in doubt is asked again after `periodMs` even then.
 * - No target waits for another's answer, only for the rate and for `atOnceMax` sockets. Who never
 *   answers holds one for `timeoutMs`: keep `atOnceMax` above what is started within that time.
 * - Only monotonic time. While our own loop stands still no target's time runs.
 * - What failed on our side is no sample. "No route" is ours when nothing of that address family has
 *   answered since this target was last asked, else the target's.
 *
 * An address that is let go is forgotten; wanted again it begins as unknown.
 */

import { type AskAddress, askAddress, type Finding } from './asking/ask-address.ts';
import { type Flight, Followed, type TargetKey } from './followed-target.ts';
import {
  DOWN_WINDOW_MS,
  PROBE_JITTER,
  PROBE_STALL_MS,
  PROBE_TICK_MS,
  PROBES_PER_SECOND,
} from './limits.ts';
import { ProbeSchedule } from './probe-schedule.ts';
import type { ProbeSettings } from './probe-settings.ts';
import { type ProbeCounts, ProbeTally } from './probe-tally.ts';
import { type ProbeTarget, probeKey } from './probe-target.ts';
import { applySample, isSameState, type Judged, neverJudged, type ProbeState } from './verdict.ts';

export { PROBE_DEFAULTS, type ProbeSettings } from './probe-settings.ts';
export type { ProbeCounts } from './probe-tally.ts';
export { type ProbeCheck, type ProbeTarget, probeKey } from './probe-target.ts';
export type { ProbeState, ProbeVerdict } from './verdict.ts';

export interface AddressProberOptions {
  readonly settings: ProbeSettings;
  /** The verdict is not what it was. May call back into the prober. */
  readonly onVerdict?: (key: TargetKey, state: ProbeState) => void;
  /** Verdict, doubt or reason is not what it was; before `onVerdict`. Must not call back. */
  readonly onState?: (key: TargetKey, state: ProbeState) => void;
  readonly connect?: AskAddress;
  readonly random?: () => number;
}

/** Multiples of it, less their whole part, lie evenly apart however many there are. */
const GOLDEN_RATIO = 0.618_033_988_749_895;

export class AddressProber {
  readonly #options: AddressProberOptions;
  readonly #connect: AskAddress;
  readonly #random: () => number;
  readonly #followed = new Map<TargetKey, Followed>();
  /** Oldest first, so by deadline. */
  readonly #flights = new Set<Flight>();
  readonly #tally = new ProbeTally();
  #schedule: ProbeSchedule<Followed> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #phase: number;
  #weightSum = 0;
  #followIndex = 0;
  #wantedCount = 0;
  #tickMs = 0;
  #patientMs = 0;
  #sentCount = 0;
  #lateCount = 0;

  constructor(options: AddressProberOptions) {
    this.#options = options;
    this.#connect = options.connect ?? askAddress;
    this.#random = options.random ?? Math.random;
    this.#phase = this.#random();
  }

  /**
   * Just these from now on, beside what `add` holds; the keys are believed to be `probeKey` of their
   * targets. O(targets): a look-up each, some 10 ms for 30,000.
   */
  follow(targets: ReadonlyMap<string, ProbeTarget>): void {
    const before = this.#followIndex++;
    const fresh: Followed[] = [];
    let keptCount = 0;
    for (const [key, target] of targets) {
      let followed = this.#followed.get(key);
      if (followed === undefined) fresh.push((followed = this.#enter(key, target)));
      if (followed.followIndex > 0) keptCount++;
      followed.followIndex = this.#followIndex;
    }
    if (keptCount < this.#wantedCount) this.#unfollow(before);
    this.#wantedCount = targets.size;
    // When all are in and out: the round they are spread over is as long as they make it.
    for (const followed of fresh) this.#spread(followed);
  }

  /** As often as `remove` is to be called for it; goes on from `judged`, if that is given. O(1). */
  add(target: ProbeTarget, judged?: Judged, key: TargetKey = probeKey(target)): void {
    let followed = this.#followed.get(key);
    if (followed === undefined) this.#spread((followed = this.#enter(key, target, judged)));
    followed.addCount++;
  }

  remove(key: TargetKey): void {
    const followed = this.#followed.get(key);
    if (followed === undefined || followed.addCount === 0) return;
    followed.addCount--;
    this.#letGo(followed);
  }

  state(key: TargetKey): ProbeState | undefined {
    return this.#followed.get(key)?.judged;
  }

  counts(): ProbeCounts {
    const { verdicts, inDoubtCount, localCount, goodCount, badCount, isInTrouble } = this.#tally;
    return {
      ...verdicts,
      inDoubt: inDoubtCount,
      probesSent: this.#sentCount,
      lateCount: this.#lateCount,
      localCount,
      goodCount,
      badCount,
      atOnce: this.#flights.size,
      roundMs: this.#roundMs(),
      selfTrouble: isInTrouble,
    };
  }

  /**
   * Share of those ever up that turned down within DOWN_WINDOW_MS (two rounds, if longer) and still
   * are: high means that many went together, so perhaps it is us. 0 when none was ever up.
   */
  downShare(): number {
    const windowMs = Math.max(DOWN_WINDOW_MS, 2 * this.#roundMs());
    return this.#tally.downShare(wholeMs() - windowMs);
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#tickMs = performance.now();
    this.#tally.beginRound(this.#tickMs);
    this.#schedule = new ProbeSchedule(this.#tickMs);
    for (const followed of this.#followed.values()) this.#spread(followed);
    this.#timer = setInterval(() => this.#look(), PROBE_TICK_MS);
  }

  /** Gives up what is under way: no call comes after it. Verdicts stay readable. */
  stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#schedule = undefined;
    for (const flight of this.#flights) this.#end(flight);
    return Promise.resolve();
  }

  #enter(key: TargetKey, target: ProbeTarget, judged = neverJudged(wholeMs())): Followed {
    const followed = new Followed(key, target, judged);
    this.#followed.set(key, followed);
    this.#weightSum += followed.weight;
    this.#tally.enter(followed);
    return followed;
  }

  #unfollow(followIndex: number): void {
    for (const followed of this.#followed.values()) {
      if (followed.followIndex !== followIndex) continue;
      followed.followIndex = 0;
      this.#letGo(followed);
    }
  }

  #letGo(followed: Followed): void {
    if (followed.followIndex > 0 || followed.addCount > 0) return;
    followed.isGone = true;
    this.#followed.delete(followed.key);
    this.#weightSum -= followed.weight;
    this.#tally.leave(followed);
    if (followed.flight !== undefined) this.#end(followed.flight);
  }

  #roundMs(): number {
    const shortestMs = (this.#weightSum * 1000) / PROBES_PER_SECOND;
    return Math.max(this.#options.settings.periodMs, shortestMs);
  }

  /** Somewhere in the round that begins now, as far as can be from those before it. */
  #spread(followed: Followed): void {
    if (this.#schedule === undefined) return;
    this.#phase = (this.#phase + GOLDEN_RATIO) % 1;
    followed.dueMs = Math.ceil(performance.now() + this.#phase * this.#roundMs());
    this.#schedule.plan(followed);
  }

  #look(): void {
    const nowMs = performance.now();
    this.#patientMs += Math.min(nowMs - this.#tickMs, PROBE_STALL_MS);
    this.#tickMs = nowMs;
    this.#giveUpOverdue();
    this.#tally.closeRound(nowMs, this.#roundMs());
    this.#schedule?.advance(nowMs);
    while (this.#flights.size < this.#options.settings.atOnceMax) {
      const followed = this.#schedule?.take();
      if (followed === undefined) return;
      this.#ask(followed, nowMs);
    }
  }

  #giveUpOverdue(): void {
    for (const flight of this.#flights) {
      if (flight.deadlineMs > this.#patientMs) return;
      this.#end(flight);
      this.#judge(flight.followed, { kind: 'bad', reason: 'timed out' });
    }
  }

  #ask(followed: Followed, nowMs: number): void {
    const { timeoutMs } = this.#options.settings;
    this.#sentCount++;
    if (nowMs - followed.dueMs > this.#waitMs(followed) / 2) this.#lateCount++;
    followed.startedMs = Math.floor(nowMs);
    const deadlineMs = this.#patientMs + timeoutMs;
    const flight: Flight = { followed, deadlineMs, giveUp: () => {} };
    followed.flight = flight;
    this.#flights.add(flight);
    flight.giveUp = this.#connect(followed.target, (finding) => {
      if (!this.#flights.has(flight)) return;
      this.#forget(flight);
      const isAnswer = finding.kind === 'good' || finding.kind === 'bad';
      if (isAnswer) this.#tally.answered(followed, wholeMs());
      this.#judge(followed, finding);
    });
  }

  #end(flight: Flight): void {
    this.#forget(flight);
    flight.giveUp();
  }

  #forget(flight: Flight): void {
    this.#flights.delete(flight);
    flight.followed.flight = undefined;
  }

  /** Judges one finding and plans the next probe; calls out last, for anything may happen there. */
  #judge(followed: Followed, finding: Finding): void {
    const { settings, onVerdict, onState } = this.#options;
    const { key, judged: before } = followed;
    const { kind, reason } = finding;
    const atMs = wholeMs();
    if (this.#tally.isOurs(followed, finding)) {
      if (before.verdict === 'unknown') followed.judged = { ...before, reason };
    } else {
      const sample = { isGood: kind === 'good', reason, atMs };
      this.#tally.rejudge(followed, applySample(before, sample, settings));
    }
    followed.heardMs = atMs;
    this.#planNext(followed);
    const { judged } = followed;
    if (!isSameState(judged, before)) onState?.(key, judged);
    if (judged.verdict !== before.verdict) onVerdict?.(key, judged);
  }

  /** From one probe to the next. */
  #waitMs({ isUrgent }: Followed): number {
    return isUrgent ? this.#options.settings.periodMs : this.#roundMs();
  }

  /** Keeps the phase; after a stall the next probe still keeps half of the usual distance. */
  #planNext(followed: Followed): void {
    const waitMs = this.#waitMs(followed);
    const jitter = 1 + PROBE_JITTER * (2 * this.#random() - 1);
    const dueMs = Math.max(followed.dueMs + waitMs * jitter, followed.startedMs + waitMs / 2);
    followed.dueMs = Math.ceil(dueMs);
    this.#schedule?.plan(followed);
  }
}

/** What is kept of each target is whole: V8 keeps a fraction in a box of its own, 16 octets each. */
function wholeMs(): number {
  return Math.floor(performance.now());
}
