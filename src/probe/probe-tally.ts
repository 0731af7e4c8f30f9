/**
 * What all probes together say: how many stand where, whether a failure is ours, how many fell
 * together. O(1) a sample; knows addresses only by identity.
 */

import type { Finding } from './asking/ask-address.ts';
import type { Judged } from './verdict.ts';

export interface ProbeCounts {
  readonly up: number;
  readonly down: number;
  readonly unknown: number;
  /** Up, but the last sample was against it. */
  readonly inDoubt: number;
  readonly probesSent: number;
  /** Of these: started later than they were due by over half the time between two. */
  readonly lateCount: number;
  /** Of these: failed on our side, so no sample. */
  readonly localCount: number;
  /** Answered as wanted; otherwise, or not in time. */
  readonly goodCount: number;
  readonly badCount: number;
  readonly atOnce: number;
  /** Time in which each target is asked once. */
  readonly roundMs: number;
  /** Over half of what the last whole round found was about us, not about the targets. */
  readonly selfTrouble: boolean;
}

export interface Tallied {
  readonly isIPv6: boolean;
  judged: Judged;
  /** When the last finding came in, whatever it was. */
  heardMs: number;
}

export class ProbeTally {
  readonly verdicts = { up: 0, down: 0, unknown: 0 };
  inDoubtCount = 0;
  localCount = 0;
  goodCount = 0;
  badCount = 0;
  /** Over half of what the last whole round found was about us. */
  isInTrouble = false;
  #round = { beganMs: 0, count: 0, localCount: 0 };
  /** Who turned down, oldest first, and still is. */
  readonly #fallen = new Set<Tallied>();
  /** When anything of the address family last answered. */
  #answeredMs = { ipv4: Number.NEGATIVE_INFINITY, ipv6: Number.NEGATIVE_INFINITY };

  enter({ judged }: Tallied): void {
    this.verdicts[judged.verdict]++;
  }

  leave(tallied: Tallied): void {
    this.verdicts[tallied.judged.verdict]--;
    this.inDoubtCount -= Number(tallied.judged.isInDoubt);
    this.#fallen.delete(tallied);
  }

  /** Replaces its judgement. */
  rejudge(tallied: Tallied, after: Judged): void {
    const before = tallied.judged;
    tallied.judged = after;
    this.inDoubtCount += Number(after.isInDoubt) - Number(before.isInDoubt);
    if (after.verdict === before.verdict) return;
    this.verdicts[before.verdict]--;
    this.verdicts[after.verdict]++;
    if (after.verdict === 'down') this.#fallen.add(tallied);
    else this.#fallen.delete(tallied);
  }

  /**
   * Does this finding say something about us only? "No route" does when nothing of the family has
   * answered since this one was last heard of. Counts it.
   */
  isOurs(tallied: Tallied, { kind }: Finding): boolean {
    const family = tallied.isIPv6 ? 'ipv6' : 'ipv4';
    const isAlone = this.#answeredMs[family] <= tallied.heardMs;
    const isOurs = kind === 'local' || (kind === 'no-route' && isAlone);
    if (isOurs) this.localCount++;
    else if (kind === 'good') this.goodCount++;
    else this.badCount++;
    // A family that never worked from here is no trouble of ours, or it would be one for ever.
    if (kind === 'no-route' && !tallied.judged.everUp) return isOurs;
    this.#round.count++;
    if (isOurs) this.#round.localCount++;
    return isOurs;
  }

  answered({ isIPv6 }: Tallied, nowMs: number): void {
    this.#answeredMs[isIPv6 ? 'ipv6' : 'ipv4'] = nowMs;
  }

  beginRound(nowMs: number): void {
    this.#round = { beganMs: nowMs, count: 0, localCount: 0 };
  }

  /** Closes the round once it is that old. */
  closeRound(nowMs: number, roundMs: number): void {
    const { beganMs, count, localCount } = this.#round;
    if (nowMs - beganMs < roundMs) return;
    this.isInTrouble = localCount * 2 > count;
    this.beginRound(nowMs);
  }

  /** Of those ever up: who turned down after `fromMs` and still is. Forgets the older falls. */
  downShare(fromMs: number): number {
    for (const fallen of this.#fallen) {
      if (fallen.judged.sinceMs >= fromMs) break;
      this.#fallen.delete(fallen);
    }
    const everUpCount = this.verdicts.up + this.verdicts.down;
    return everUpCount === 0 ? 0 : this.#fallen.size / everUpCount;
  }
}
