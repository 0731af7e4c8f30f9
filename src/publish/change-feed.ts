/**
 * Changes as they happen, with their causes, to whoever watches: names that moved, members that
 * turned, alarms. What nobody watches costs nothing; who watches everything gets so many names a
 * second and a count of the others; who watches one service gets all of it.
 */

import { keysOfName } from '../discovery/owner-names.ts';
import type { DomainName } from '../dns/name.ts';
import { WATCHED_MOVES_MAX } from './limits.ts';

export type Change =
  | {
      readonly kind: 'name';
      readonly name: string;
      readonly before: string;
      readonly after: string;
      readonly reason: string;
    }
  /** Names that moved besides, in this second. */
  | { readonly kind: 'more'; readonly count: number }
  | {
      readonly kind: 'member';
      readonly cluster: string;
      readonly state: string;
      readonly reason: string;
    }
  | { readonly kind: 'alarm'; readonly alarm: string; readonly isOn: boolean };

export interface Watcher {
  /** `namespace/name`; undefined: everything. */
  readonly service: string | undefined;
  /** Must not throw, nor wait. */
  readonly take: (change: Change) => void;
}

const WINDOW_MS = 1000;

export class ChangeFeed {
  readonly #watchers = new Set<Watcher>();
  #windowEndsMs = 0;
  #left = WATCHED_MOVES_MAX;
  #untoldCount = 0;
  #timer: NodeJS.Timeout | undefined;

  get count(): number {
    return this.#watchers.size;
  }

  /** Gives what ends it. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Those of these moves that somebody is to be told of; counts the others. */
  room<T extends { readonly owner: DomainName }>(moves: readonly T[]): readonly T[] {
    if (this.#watchers.size === 0) return [];
    const nowMs = performance.now();
    if (nowMs > this.#windowEndsMs) {
      this.#windowEndsMs = nowMs + WINDOW_MS;
      this.#left = WATCHED_MOVES_MAX;
    }
    const watchers = [...this.#watchers];
    const services = new Set(watchers.map(({ service }) => service));
    const hasAll = services.has(undefined);
    return moves.filter(({ owner }) => {
      if (services.size > Number(hasAll) && keysOfName(owner).some((key) => services.has(key)))
        return true;
      if (!hasAll) return false;
      if (this.#left-- > 0) return true;
      this.#untoldCount++;
      this.#timer ??= setTimeout(() => this.#tellCount(), WINDOW_MS).unref();
      return false;
    });
  }

  /** `owner`: of a name that moved. */
  tell(change: Change, owner?: DomainName): void {
    const keys = owner === undefined ? undefined : keysOfName(owner);
    for (const { service, take } of this.#watchers) {
      // A member or an alarm may be why it moves next.
      if (service === undefined || keys === undefined || keys.includes(service)) take(change);
    }
  }

  #tellCount(): void {
    this.#timer = undefined;
    const count = this.#untoldCount;
    this.#untoldCount = 0;
    for (const { service, take } of this.#watchers) {
      if (service === undefined) take({ kind: 'more', count });
    }
  }
}
