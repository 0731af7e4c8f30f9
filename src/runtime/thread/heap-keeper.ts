/**
 * HeapKeeper: keeps heaps from holding much more than what lives in them.
 *
 * At work: no thread's heap grows by more than a part of what lives before V8 collects it. Left to
 * itself V8 lets it double and more, the further the faster it grows (100 members, 50,000 shards:
 * 1,100 MB resident where 380 live, 760 so), and collects in steps beside the work either way.
 *
 * At rest: V8 collects when memory is asked for; after a load nobody asks, and its garbage stays
 * resident for hours. Measured at 100,000 names from etcd: 392 -> 130 MB of heap, for several pauses
 * of 0.1 to 0.2 s on the main thread, where no answer waits for it. What changes does wait: never
 * while there is work (with 325 changes a second of 10,000 shards these pauses were a third of all
 * time).
 */

import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Of what lives: how much a heap at work may grow before it is collected, %, of all threads. A small
 * one little, for there memory is what is looked at. A larger one more: each collection takes both
 * cores for seconds (a start of 300,000 shards took 15 s of V8's helpers with 25 %, 10 with 60 or 100).
 * One of a gigabyte less again, for its peak (1,000,000 shards: 2.78 GB with 60 %).
 */
const GROWTH = [
  { fromOctets: 0, percent: 25 },
  { fromOctets: 250e6, percent: 60 },
  { fromOctets: 800e6, percent: 40 },
] as const;
/**
 * Of a large one that has been at rest, until what lives has grown: what changes, and our own looks at
 * all of the state, need not take a gigabyte's third (1,000,000 shards: 2.57 GB for 2.33).
 */
const SETTLED_PERCENT = 15;
const LARGE_OCTETS = 800e6;
/** How often the heap is looked at, ms. */
const LOOK_MS = 2000;
/** Change between two looks below which nothing happens; shrinking is work as well. */
const REST_OCTETS = 8e6;
const REST_SHARE = 0.05;
/**
 * CPU of this thread, share of one core, below which a pause delays nobody. Not how busy the loop
 * is: where others want the cores, too, a loop that does nothing is never done.
 */
const REST_CPU_SHARE = 0.1;
/** Looks in a row without work after which the heap is at rest. */
const REST_LOOKS = 3;
/** Only what is this much above the heap after the last time is worth a pause. */
const GROWTH_FACTOR = 1.3;
const GROWTH_OCTETS = 32e6;

type Collect = (how: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

let collect: Collect | undefined;

/** The calling thread's heap, at once: a pause of about 1 ms for each MB that lives. */
function giveBackHeap(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
  }
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** For a thread that may pause: looks now and then, and collects once a grown heap is at rest. */
export class HeapKeeper {
  #keptOctets = 0;
  #usedOctets = 0;
  #quietLooks = 0;
  #cpu = process.threadCpuUsage();
  #lookedMs = performance.now();
  #growthPercent = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Before any other thread is started. */
  start(lookMs = LOOK_MS): void {
    // What the launcher says of main's young generation would overrule what threads say of theirs.
    setFlagsFromString('--max-semi-space-size=0');
    this.#mayGrow(growthOf(0));
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { used_heap_size: used, total_heap_size: total } = getHeapStatistics();
    const { user, system } = process.threadCpuUsage(this.#cpu);
    const nowMs = performance.now();
    const cpuShare = (user + system) / 1000 / (nowMs - this.#lookedMs);
    this.#cpu = process.threadCpuUsage();
    this.#lookedMs = nowMs;
    const change = Math.abs(used - this.#usedOctets);
    const isQuiet = change < Math.max(REST_OCTETS, used * REST_SHARE) && cpuShare < REST_CPU_SHARE;
    this.#quietLooks = isQuiet ? this.#quietLooks + 1 : 0;
    this.#usedOctets = used;
    const isAtRest = this.#quietLooks >= REST_LOOKS;
    // What shrank begins anew: at once after a rest, and where all is read once more.
    this.#keptOctets = Math.min(this.#keptOctets, total);
    const isSettled = total < this.#keptOctets * GROWTH_FACTOR + GROWTH_OCTETS;
    this.#mayGrow(isSettled && used > LARGE_OCTETS ? SETTLED_PERCENT : growthOf(used));
    if (!isAtRest || isSettled) return;
    giveBackHeap();
    const after = getHeapStatistics();
    this.#keptOctets = after.total_heap_size;
    this.#usedOctets = after.used_heap_size;
  }

  #mayGrow(percent: number): void {
    if (percent === this.#growthPercent) return;
    this.#growthPercent = percent;
    setFlagsFromString(`--heap-growing-percent=${percent}`);
  }
}

function growthOf(octets: number): number {
  return GROWTH.findLast(({ fromOctets }) => octets >= fromOctets)?.percent ?? GROWTH[0].percent;
}
