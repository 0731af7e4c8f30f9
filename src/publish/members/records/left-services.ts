/** What the store does not take: by service, tried again after a while, and with what is wanted since. */

import { serviceKeyOf } from '../../../discovery/owner-names.ts';
import type { DomainName } from '../../../dns/name.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { APART_RETRY_MS } from '../../limits.ts';
import type { LeftService } from '../../writing/apply-apart.ts';
import type { OwnerChange } from '../service-plans.ts';

export class LeftServices {
  readonly #logger: Logger;
  readonly #changes = new Map<string, readonly OwnerChange[]>();
  /** Monotonic, ms: when they are tried again. */
  #untilMs = Number.POSITIVE_INFINITY;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get isDue(): boolean {
    return performance.now() >= this.#untilMs;
  }

  get isEmpty(): boolean {
    return this.#changes.size === 0;
  }

  /** Whether the service of this name is among them. */
  has(owner: DomainName): boolean {
    return !this.isEmpty && this.#changes.has(serviceKeyOf(owner));
  }

  all(): OwnerChange[] {
    return [...this.#changes.values()].flat();
  }

  /** Of the services of these names. */
  of(owners: readonly DomainName[]): OwnerChange[] {
    const keys = new Set(owners.map(serviceKeyOf));
    return [...keys].flatMap((key) => this.#changes.get(key) ?? []);
  }

  /** Everything wanted of the services in `tried` was tried; `left` is what was refused. */
  note(tried: readonly OwnerChange[], left: readonly LeftService[]): void {
    const known = new Set(this.#changes.keys());
    if (known.size > 0) {
      for (const { owner } of tried) this.#changes.delete(serviceKeyOf(owner));
    }
    for (const { key, changes, reason } of left) {
      this.#changes.set(key, changes);
      if (!known.has(key)) {
        this.#logger.error('not published, the others are', { key, reason });
      }
    }
    if (this.#changes.size === 0) this.#untilMs = Number.POSITIVE_INFINITY;
    else if (left.length > 0) this.#untilMs = performance.now() + APART_RETRY_MS;
  }

  clear(): void {
    this.#changes.clear();
    this.#untilMs = Number.POSITIVE_INFINITY;
  }
}
