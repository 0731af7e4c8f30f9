/**
 * What is so of one service in a story, whoever watches: which of its copies can be used, and so
 * which answers are right. A copy that turns may be in or out until it has been so for as long as
 * the story allows; every other answer than the ladder's for some such state is wrong: one with
 * an address that is out for too long, one without an address that was never away, an empty one.
 */

export interface TrueCopy {
  readonly cluster: string;
  readonly region: string;
  readonly zone: string;
  readonly address: string;
}

/** gone: its cluster is no member, and gives no names. */
export type CopyState = 'in' | 'out' | 'gone';

export interface Turn {
  readonly clusters: readonly string[];
  readonly to: CopyState;
  /** From the end of what makes it so. */
  readonly allowedMs: number;
}

interface TrueState {
  now: CopyState;
  before: CopyState;
  /** Monotonic, ms: until then both are right. */
  settledAtMs: number;
}

interface NamedPlace {
  readonly region?: string;
  readonly zone?: string;
}

export class GroundTruth {
  readonly #copies: readonly TrueCopy[];
  readonly #states = new Map<string, TrueState>();
  readonly #places = new Map<string, NamedPlace>();
  #turnedAtMs = 0;

  constructor(service: string, copies: readonly TrueCopy[]) {
    this.#copies = copies;
    const name = (place: string) => `${service}.default.fed.svc.${place}example.com`;
    this.#places.set(name(''), {});
    for (const { cluster, region, zone } of copies) {
      this.#states.set(cluster, { now: 'in', before: 'in', settledAtMs: 0 });
      this.#places.set(name(`${region}.`), { region });
      this.#places.set(name(`${zone}.${region}.`), { region, zone });
    }
  }

  /** Global, regions, zones. */
  get names(): readonly string[] {
    return [...this.#places.keys()];
  }

  /** When the last turn began; monotonic, ms. */
  get turnedAtMs(): number {
    return this.#turnedAtMs;
  }

  /** Begins a turn, which is not settled before `done` is called. */
  turn({ clusters, to, allowedMs }: Turn): { done(): void } {
    this.#turnedAtMs = performance.now();
    const turned = clusters.flatMap((cluster) => this.#states.get(cluster) ?? []);
    for (const state of turned) {
      state.before = state.now;
      state.now = to;
      state.settledAtMs = Number.POSITIVE_INFINITY;
    }
    const done = () => {
      for (const state of turned) state.settledAtMs = performance.now() + allowedMs;
    };
    return { done };
  }

  /** The answers to a name that are right at this moment, as `ends` writes them. */
  rightAnswers(name: string): ReadonlySet<string> {
    const nowMs = performance.now();
    return this.#ladder(name, ({ now, before, settledAtMs }) => {
      if (nowMs >= settledAtMs) return [now];
      // A member that joins has its place first, and then its copies.
      return before === 'gone' ? [now, 'out', before] : [now, before];
    });
  }

  /** The only right one once all that turned is settled. */
  finalAnswer(name: string): string {
    return [...this.#ladder(name, ({ now }) => [now])].join();
  }

  /**
   * The federation's ladder as a person would say it; the product's own is another text. While
   * copies turn each level may be as any of their states has it: names are not written at once.
   */
  #ladder(name: string, statesOf: (state: TrueState) => readonly CopyState[]): Set<string> {
    const { region, zone } = this.#places.get(name) ?? {};
    const copies = this.#copies.flatMap((copy) => {
      const state = this.#states.get(copy.cluster);
      return state === undefined ? [] : [{ ...copy, states: statesOf(state) }];
    });
    const inRegion = copies.filter((copy) => region === undefined || copy.region === region);
    const inZone = inRegion.filter((copy) => zone === undefined || copy.zone === zone);
    const right = new Set<string>();
    if (inZone.every(({ states }) => states.includes('gone'))) right.add('NXDOMAIN');
    if (inZone.every(({ states }) => states.join() === 'gone')) return right;
    for (const level of [inZone, inRegion, copies]) {
      const texts = combinations(level.map(({ states }) => states)).map((states) =>
        level
          .filter((_, at) => states[at] === 'in')
          .map(({ address }) => address)
          .sort()
          .join(' '),
      );
      for (const text of texts) if (text !== '') right.add(text);
      if (!texts.includes('')) return right;
    }
    return right.add('NOERROR');
  }
}

function combinations(lists: readonly (readonly CopyState[])[]): CopyState[][] {
  const [first, ...rest] = lists;
  if (first === undefined) return [[]];
  const tails = combinations(rest);
  return first.flatMap((state) => tails.map((tail) => [state, ...tail]));
}
