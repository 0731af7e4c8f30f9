/** Says once, for people, when a member became fresh or was lost. */

import type { MemberStatus } from '../../members/member.ts';
import type { Logger } from '../../runtime/logger.ts';

export class MemberTeller {
  readonly #logger: Logger;
  readonly #statusOf: (cluster: string) => MemberStatus | undefined;
  /** Cluster -> state last told. */
  readonly #toldOf = new Map<string, string>();

  constructor(logger: Logger, statusOf: (cluster: string) => MemberStatus | undefined) {
    this.#logger = logger.for('members');
    this.#statusOf = statusOf;
  }

  tell(cluster: string): void {
    const status = this.#statusOf(cluster);
    const state = status === undefined ? 'left' : status.hasSynced ? status.api : 'not read yet';
    if (this.#toldOf.get(cluster) === state) return;
    this.#toldOf.set(cluster, state);
    if (state === 'fresh') this.#logger.info('member fresh', { cluster });
    if (state === 'lost') {
      const reason = status?.reason ?? '';
      this.#logger.warn('member lost, what it said last stays', { cluster, reason });
    }
  }
}
