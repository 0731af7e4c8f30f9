/**
 * What the prober's loop keeps of one target, and of one probe under way. There are as many as
 * addresses: what many have in common is one object for all (461 octets a target without).
 */

import { Recent } from '../runtime/tables/recent.ts';
import { PROBE_WEIGHTS } from './limits.ts';
import type { Scheduled } from './probe-schedule.ts';
import type { Tallied } from './probe-tally.ts';
import type { ProbeCheck, ProbeTarget } from './probe-target.ts';
import type { Judged } from './verdict.ts';

/** What a target is known by: `probeKey`, or a number of the caller's. */
export type TargetKey = string | number;

export class Followed implements Scheduled, Tallied {
  readonly key: TargetKey;
  readonly #address: string;
  readonly #port: number;
  readonly #check: ProbeCheck;
  #standing: Standing;
  #sinceMs: number;
  #lastMs: number | undefined;
  /** `add` less `remove`. */
  addCount = 0;
  /** The last `follow` it was in; 0: none, or one that did not keep it. */
  followIndex = 0;
  dueMs = 0;
  heardMs = NEVER;
  startedMs = NEVER;
  isGone = false;
  flight: Flight | undefined;

  constructor(key: TargetKey, { address, port, check }: ProbeTarget, judged: Judged) {
    this.key = key;
    this.#address = address;
    this.#port = port;
    this.#check = check.kind === 'tcp' ? TCP : check;
    this.#standing = shared(judged);
    this.#sinceMs = judged.sinceMs;
    this.#lastMs = judged.lastMs;
  }

  get target(): ProbeTarget {
    return { address: this.#address, port: this.#port, check: this.#check };
  }

  get weight(): number {
    return PROBE_WEIGHTS[this.#check.kind];
  }

  get isIPv6(): boolean {
    return this.#address.includes(':');
  }

  /** The last sample was against its verdict. */
  get isUrgent(): boolean {
    return this.#standing.againstCount > 0;
  }

  get judged(): Judged {
    return { ...this.#standing, sinceMs: this.#sinceMs, lastMs: this.#lastMs };
  }

  set judged(judged: Judged) {
    this.#standing = shared(judged);
    this.#sinceMs = judged.sinceMs;
    this.#lastMs = judged.lastMs;
  }
}

export interface Flight {
  readonly followed: Followed;
  /** In the time that leaves out our stalls. */
  readonly deadlineMs: number;
  giveUp: () => void;
}

/** Before all monotonic times, and whole. */
const NEVER = -1;

const TCP: ProbeCheck = { kind: 'tcp' };

/** A judgement without its times. */
type Standing = Omit<Judged, 'sinceMs' | 'lastMs'>;

/** There are few; an error of a kind that we do not know may hold anything. */
const STANDINGS_MAX = 1000;

const standings = new Recent<Standing>(STANDINGS_MAX);

function shared({ verdict, reason, everUp, isInDoubt, againstCount }: Judged): Standing {
  const id = `${verdict} ${everUp} ${isInDoubt} ${againstCount} ${reason}`;
  return standings.of(id, () => ({ verdict, reason, everUp, isInDoubt, againstCount }));
}
