/**
 * DecidedShard: one copy of a service as it was decided, and from what. There are as many as shards,
 * and those of one member are nearly all decided alike: what is the same is one object for all.
 */

import type { DomainName } from '../../dns/name.ts';
import type { Shard, ShardAddresses, ShardHealth } from '../shard.ts';
import type { Liveness, LivenessCause, ProbeSignal, WhenUnreachable } from './liveness.ts';
import type { MemberState } from './member-state.ts';
import type { ShardReport } from './shard-report.ts';

export interface ProbedSignal {
  readonly signal: ProbeSignal;
  readonly sinceMs: number;
}

/** What else it was decided from. */
export interface ShardBasis {
  readonly member: MemberState;
  readonly wasOut: LivenessCause | undefined;
  readonly hadAnswered: boolean;
  readonly isDrained: boolean;
  readonly defaultPolicy: WhenUnreachable;
}

/** What shards may have in common. */
export interface ShardVerdict extends ShardBasis {
  readonly hostName: DomainName | undefined;
  readonly health: ShardHealth;
  readonly weight: number;
  readonly rank: number;
  readonly capacity: number | undefined;
  readonly hasAnswered: boolean;
  readonly liveness: Liveness;
  readonly policy: WhenUnreachable;
  readonly probe: ProbeSignal;
}

export class DecidedShard implements Shard {
  readonly report: ShardReport;
  readonly #verdict: ShardVerdict;
  /** Between commas; nearly always the one text that the report has. */
  readonly #ipv4: string;
  readonly #ipv6: string;
  readonly #probedSinceMs: number;

  constructor(
    report: ShardReport,
    verdict: ShardVerdict,
    found: { readonly addresses: ShardAddresses; readonly probedSinceMs: number },
  ) {
    this.report = report;
    this.#verdict = sharedVerdict(verdict);
    this.#ipv4 = found.addresses.ipv4.join(',');
    this.#ipv6 = found.addresses.ipv6.join(',');
    this.#probedSinceMs = found.probedSinceMs;
  }

  get cluster(): string {
    return this.#verdict.member.name;
  }

  get addresses(): ShardAddresses {
    return { ipv4: textsOf(this.#ipv4), ipv6: textsOf(this.#ipv6) };
  }

  get hostName(): DomainName | undefined {
    return this.#verdict.hostName;
  }

  get health(): ShardHealth {
    return this.#verdict.health;
  }

  get weight(): number {
    return this.#verdict.weight;
  }

  get rank(): number {
    return this.#verdict.rank;
  }

  get capacity(): number | undefined {
    return this.#verdict.capacity;
  }

  get hasAnswered(): boolean {
    return this.#verdict.hasAnswered;
  }

  get liveness(): Liveness {
    return this.#verdict.liveness;
  }

  get policy(): WhenUnreachable {
    return this.#verdict.policy;
  }

  get probed(): ProbedSignal {
    return { signal: this.#verdict.probe, sinceMs: this.#probedSinceMs };
  }

  get basis(): ShardBasis {
    return this.#verdict;
  }
}

const NONE: readonly string[] = [];

function textsOf(joined: string): readonly string[] {
  return joined === '' ? NONE : joined.split(',');
}

/** The last of each member. */
const lastVerdict = new WeakMap<MemberState, ShardVerdict>();

function sharedVerdict(verdict: ShardVerdict): ShardVerdict {
  const last = lastVerdict.get(verdict.member);
  if (last !== undefined && isSame(last, verdict)) return last;
  lastVerdict.set(verdict.member, verdict);
  return verdict;
}

function isSame(one: ShardVerdict, other: ShardVerdict): boolean {
  return (
    one.wasOut === other.wasOut &&
    one.hadAnswered === other.hadAnswered &&
    one.isDrained === other.isDrained &&
    one.defaultPolicy === other.defaultPolicy &&
    one.hostName === other.hostName &&
    isSameHealth(one.health, other.health) &&
    one.weight === other.weight &&
    one.rank === other.rank &&
    one.capacity === other.capacity &&
    one.hasAnswered === other.hasAnswered &&
    one.liveness === other.liveness &&
    one.policy === other.policy &&
    one.probe === other.probe
  );
}

function isSameHealth(one: ShardHealth, other: ShardHealth): boolean {
  if (one.kind === 'healthy' || other.kind === 'healthy') return one.kind === other.kind;
  return one.reason === other.reason;
}
