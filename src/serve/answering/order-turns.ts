/**
 * Orders of the main thread, obeyed in short turns between queries: a store that changes by the
 * thousand must not keep the thread from its sockets. Node hands over up to a thousand messages in
 * one turn of its event loop; here they wait, in order, for a little time of each turn.
 */

import { ORDER_TURN_MS } from './limits.ts';

export class OrderTurns<Order> {
  readonly #obey: (order: Order) => void;
  #waiting: Order[] = [];
  #isTurning = false;

  constructor(obey: (order: Order) => void) {
    this.#obey = obey;
  }

  put(order: Order): void {
    this.#waiting.push(order);
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => this.#turn());
  }

  /** At least one order; sockets are looked at before the next turn. */
  #turn(): void {
    const until = performance.now() + ORDER_TURN_MS;
    let count = 0;
    for (const order of this.#waiting) {
      this.#obey(order);
      count++;
      if (performance.now() >= until) break;
    }
    this.#waiting = this.#waiting.slice(count);
    this.#isTurning = this.#waiting.length > 0;
    if (this.#isTurning) setImmediate(() => this.#turn());
  }
}
