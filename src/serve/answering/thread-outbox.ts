/**
 * ThreadOutbox: what one answering thread is still to be sent, in order. A whole zone goes out a
 * few slices at a time, as the thread takes them: messages under way are copies of the records, and
 * all at once they were a second zone in memory, which the allocator kept.
 */

import type { Worker } from 'node:worker_threads';
import type { FeedMessage } from '../image-feed.ts';
import { FEED_SLICES_AHEAD } from '../limits.ts';
import type { ThreadOrder } from './answering-thread.ts';

export class ThreadOutbox {
  readonly #worker: Worker;
  /** Iterators of messages and single orders, oldest first. */
  #waiting: (Iterator<FeedMessage> | ThreadOrder)[] = [];
  /** Slices sent that the thread has not taken in. */
  #slicesAhead = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Read only as fast as the thread takes slices in: what they are made of must not change. */
  feed(messages: Iterable<FeedMessage>): void {
    this.#waiting.push(messages[Symbol.iterator]());
    this.#pump();
  }

  order(order: ThreadOrder): void {
    this.#waiting.push(order);
    this.#pump();
  }

  /** The thread has taken a slice in. */
  noteTaken(): void {
    this.#slicesAhead--;
    this.#pump();
  }

  #pump(): void {
    while (this.#slicesAhead < FEED_SLICES_AHEAD) {
      const first = this.#waiting[0];
      if (first === undefined) return;
      if ('kind' in first) {
        this.#waiting.shift();
        this.#worker.postMessage(first);
        continue;
      }
      const next = first.next();
      if (next.done === true) {
        this.#waiting.shift();
        continue;
      }
      const message = next.value;
      if (message.kind === 'slice') this.#slicesAhead++;
      this.#worker.postMessage({ kind: 'feed', message } satisfies ThreadOrder);
    }
  }
}
