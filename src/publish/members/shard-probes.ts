/**
 * Which addresses are probed for which shard, and what the probes of a shard's addresses say
 * together. One address is probed once, however many shards name it.
 */

import type { ProbedSignal } from '../../discovery/health/decided-shard.ts';
import { PROBE_STATUSES } from '../../discovery/health/probe-wish.ts';
import type { ShardReport } from '../../discovery/health/shard-report.ts';
import type { ShardAddresses } from '../../discovery/shard.ts';
import { type ProbeCheck, type ProbeTarget, probeKey } from '../../probe/probe-target.ts';
import type { ThreadedProber } from '../../probe/threaded-prober.ts';
import { PROBES_COUNTED_MS } from '../limits.ts';

/** Of those that have ever answered. */
export interface ProbedAddresses {
  readonly up: number;
  readonly down: number;
  /** Up, but the last answer was none. */
  readonly inDoubt: number;
}

/**
 * Cluster and keys of its probes in turn: flat, for there are as many pairs as shards. One key stands
 * by itself, as nearly all have one.
 */
type ProbedShards = readonly (string | readonly string[])[];

function* probedShards(
  shards: ProbedShards = [],
): Generator<readonly [cluster: string, probes: readonly string[]], void, undefined> {
  for (let index = 0; index < shards.length; index += 2) {
    yield [String(shards[index]), listOf(shards[index + 1])];
  }
}

/** Addresses of one shard that are told with their reasons. */
const REASONS_TOLD_MAX = 3;

const ALL_WELL: ReadonlyMap<string, ProbedAddresses> = new Map();

export class ShardProbes {
  readonly #prober: ThreadedProber;
  /** By service key. */
  readonly #probes = new Map<string, ProbedShards>();
  /** Key of a probe -> service keys that want it, each as often as it does; most are of one. */
  readonly #wanters = new Map<string, string | string[]>();

  #counted: ReadonlyMap<string, ProbedAddresses> = ALL_WELL;
  #countedAtMs = Number.NEGATIVE_INFINITY;

  constructor(prober: ThreadedProber) {
    this.#prober = prober;
  }

  /** Services whose decision this probe takes part in. */
  servicesOf(probe: string): Iterable<string> {
    return new Set(listOf(this.#wanters.get(probe)));
  }

  /** From now on these shards of the service are probed, and no others of it. */
  follow(
    key: string,
    shards: readonly {
      readonly cluster: string;
      readonly addresses: ShardAddresses;
      readonly report: ShardReport;
      readonly hasAnswered: boolean;
    }[],
  ): void {
    const before = new Map(probedShards(this.#probes.get(key)));
    const after: (string | readonly string[])[] = [];
    for (const { cluster, addresses, report, hasAnswered } of shards) {
      const targets = targetsOf(addresses, report);
      const probes = targets.map(probeKey);
      const was = before.get(cluster) ?? [];
      const isSame = probes.join() === was.join();
      const kept = isSame ? was : probes;
      const [only = ''] = kept;
      if (kept.length > 0) after.push(cluster, kept.length === 1 ? only : kept);
      if (isSame) continue;
      for (const [index, target] of targets.entries()) {
        this.#add(key, target, { probe: probes[index] ?? probeKey(target), hasAnswered });
      }
      for (const probe of was) this.#remove(key, probe);
    }
    for (const [cluster, probes] of before) {
      if (shards.some((shard) => shard.cluster === cluster)) continue;
      for (const probe of probes) this.#remove(key, probe);
    }
    if (after.length === 0) this.#probes.delete(key);
    // As long as it is: one that grew keeps 17 places.
    else this.#probes.set(key, after.slice());
  }

  /**
   * up: one address answers; down: each has answered once and none does now; else unknown, which
   * alone moves nothing.
   */
  signal(key: string, cluster: string): ProbedSignal {
    const probes = this.#probesOf(key, cluster) ?? [];
    const states = probes.map((probe) => this.#prober.state(probe));
    const ups = states.filter((state) => state?.verdict === 'up');
    const since = (of: typeof states) => Math.max(0, ...of.map((state) => state?.sinceMs ?? 0));
    if (ups.length > 0) return { signal: 'up', sinceMs: since(ups) };
    const areDown = states.length > 0 && states.every((state) => state?.verdict === 'down');
    return { signal: areDown ? 'down' : 'unknown', sinceMs: since(states) };
  }

  /** Of those that do not answer: why, some of them. undefined: nothing to say. */
  reason(key: string, cluster: string): string | undefined {
    const probes = this.#probesOf(key, cluster);
    if (probes === undefined) return 'not probed';
    const failing = probes.flatMap((probe) => {
      const state = this.#prober.state(probe);
      if (state === undefined || (state.verdict === 'up' && !state.isInDoubt)) return [];
      const [, address = ''] = probe.split(' ');
      const reason = state.isInDoubt ? 'no answer the last time' : state.reason;
      return probes.length === 1 ? [reason] : [`${address}: ${reason}`];
    });
    if (failing.length === 0) return undefined;
    const restCount = failing.length - REASONS_TOLD_MAX;
    const rest = restCount > 0 ? `, and ${restCount} more` : '';
    return failing.slice(0, REASONS_TOLD_MAX).join(', ') + rest;
  }

  /** By member; empty while all that ever answered does. O(shards), so counted now and then. */
  get byMember(): ReadonlyMap<string, ProbedAddresses> {
    const { down, inDoubt } = this.#prober.counts();
    if (down + inDoubt === 0) return ALL_WELL;
    const nowMs = performance.now();
    if (nowMs - this.#countedAtMs < PROBES_COUNTED_MS) return this.#counted;
    this.#countedAtMs = nowMs;
    this.#counted = this.#count();
    return this.#counted;
  }

  #count(): Map<string, ProbedAddresses> {
    const counts = new Map<string, { up: number; down: number; inDoubt: number }>();
    for (const shards of this.#probes.values()) {
      for (const [cluster, probes] of probedShards(shards)) {
        const count = counts.get(cluster) ?? { up: 0, down: 0, inDoubt: 0 };
        counts.set(cluster, count);
        for (const probe of probes) {
          const state = this.#prober.state(probe);
          if (state?.verdict === 'up') count.up++;
          if (state?.verdict === 'down') count.down++;
          if (state?.isInDoubt) count.inDoubt++;
        }
      }
    }
    return counts;
  }

  #add(
    key: string,
    target: ProbeTarget,
    { probe, hasAnswered }: { readonly probe: string; readonly hasAnswered: boolean },
  ): void {
    this.#prober.add(target, hasAnswered, probe);
    const wanters = this.#wanters.get(probe);
    if (wanters === undefined) this.#wanters.set(probe, key);
    else if (typeof wanters === 'string') this.#wanters.set(probe, [wanters, key]);
    else wanters.push(key);
  }

  #remove(key: string, probe: string): void {
    this.#prober.remove(probe);
    const wanters = this.#wanters.get(probe);
    if (wanters === key) this.#wanters.delete(probe);
    if (!Array.isArray(wanters)) return;
    const index = wanters.indexOf(key);
    if (index >= 0) wanters.splice(index, 1);
    if (wanters.length === 0) this.#wanters.delete(probe);
  }

  #probesOf(key: string, cluster: string): readonly string[] | undefined {
    const shards = this.#probes.get(key) ?? [];
    // Asked for each shard of a service that is decided: no list is made for those passed over.
    for (let index = 0; index < shards.length; index += 2) {
      if (shards[index] === cluster) return listOf(shards[index + 1]);
    }
    return undefined;
  }
}

function listOf(some: string | readonly string[] | undefined): readonly string[] {
  if (some === undefined) return [];
  return typeof some === 'string' ? [some] : some;
}

function targetsOf(addresses: ShardAddresses, report: ShardReport): ProbeTarget[] {
  const asked = askedOf(report);
  if (asked === undefined) return [];
  const { port, check } = asked;
  return [...addresses.ipv4, ...addresses.ipv6].map((address) => ({ address, port, check }));
}

const TCP: ProbeCheck = { kind: 'tcp' };

/** undefined: its addresses are not probed. */
function askedOf({ wishes, tcpPort }: ShardReport): Omit<ProbeTarget, 'address'> | undefined {
  const { probe, probeStatuses: statuses = PROBE_STATUSES, probeHost, probeTlsName } = wishes;
  if (probe === 'none') return undefined;
  if (typeof probe === 'object') {
    const { scheme, port, path } = probe;
    const host = probeHost === undefined ? {} : { host: probeHost };
    const tls = probeTlsName === undefined ? {} : { tlsName: probeTlsName };
    return { port, check: { kind: scheme, path, statuses, ...host, ...tls } };
  }
  const port = probe ?? tcpPort;
  return port === undefined ? undefined : { port, check: TCP };
}
