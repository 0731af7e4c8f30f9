/** Services, or names of them, that cannot be published: told once, until it is another reason. */

import type { MemberRegistry } from '../../members/registry.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { ShardBook } from '../book/shard-book.ts';
import { type OwnersNews, tellOwner } from './tell-owner.ts';

export interface LeftOutOptions {
  readonly registry: MemberRegistry;
  readonly book: ShardBook;
  readonly logger: Logger;
}

const MESSAGES = {
  NotPublished: 'service not published',
  PublishedInPart: 'service published in part',
} as const;

export class LeftOut {
  readonly #options: LeftOutOptions;
  /** Service key -> what was told of it last. */
  readonly #told = new Map<string, string>();

  constructor(options: LeftOutOptions) {
    this.#options = options;
  }

  /** Service key -> why it, or a part of it, is left out. */
  get reasons(): ReadonlyMap<string, string> {
    return this.#told;
  }

  /** `reason` undefined: all of it is published. */
  set(key: string, what: keyof typeof MESSAGES, reason: string | undefined): void {
    if (this.#told.get(key) === reason) return;
    if (reason === undefined) {
      this.#told.delete(key);
      return;
    }
    this.#told.set(key, reason);
    const [namespace, objectName] = key.split('/');
    this.#options.logger.warn(MESSAGES[what], { namespace, objectName, reason });
    this.#tellOwners({ key, reason: what, note: reason });
  }

  #tellOwners(news: OwnersNews): void {
    const { book, registry } = this.#options;
    for (const cluster of book.shardsOf(news.key).keys()) tellOwner(registry, cluster, news);
  }
}
