/** Says once, for people and for whoever watches, when a member became fresh or was lost. */

import type { MemberTurn } from '../../members/host/host-members.ts';
import type { MemberStatus } from '../../members/member-options.ts';
import type { Change, ChangeFeed } from '../../publish/change-feed.ts';
import type { Logger } from '../../runtime/logger.ts';

export interface MemberTellerOptions {
  readonly statusOf: (cluster: string) => MemberStatus | undefined;
  readonly logger: Logger;
  readonly feed?: ChangeFeed;
  readonly onTurn?: (cluster: string, turn: MemberTurn) => void;
}

export class MemberTeller {
  readonly #options: MemberTellerOptions;
  readonly #logger: Logger;
  /** Cluster -> state last told. */
  readonly #toldOf = new Map<string, string>();

  constructor(options: MemberTellerOptions) {
    this.#options = options;
    this.#logger = options.logger.for('members');
  }

  /** All members as they were told last. */
  get standing(): readonly Change[] {
    return [...this.#toldOf].map(([cluster, state]) => memberChange(cluster, state));
  }

  /** Just these are members from now on; one whose access is another begins anew. */
  replace(clusters: Iterable<string>): void {
    const joined = new Set(clusters);
    for (const cluster of this.#toldOf.keys()) {
      if (!joined.has(cluster)) this.#toldOf.delete(cluster);
    }
    for (const cluster of joined) this.tell(cluster);
  }

  tell(cluster: string): void {
    const status = this.#options.statusOf(cluster);
    const state = status === undefined || !status.hasSynced ? 'not read yet' : status.api;
    if (this.#toldOf.get(cluster) === state) return;
    this.#toldOf.set(cluster, state);
    const reason = status?.reason ?? '';
    this.#options.feed?.tell(memberChange(cluster, state, reason));
    this.#options.onTurn?.(cluster, { api: state === 'not read yet' ? undefined : state, reason });
    if (state === 'fresh') this.#logger.info('member fresh', { cluster });
    if (state === 'lost') {
      this.#logger.warn('member lost, what it said last stays', { cluster, reason });
    }
  }
}

function memberChange(cluster: string, state: string, reason = ''): Change {
  return { kind: 'member', cluster, state, reason };
}
