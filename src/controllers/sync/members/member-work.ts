/**
 * One type in one member: its copies as they are seen, and the writes that are due, several at once
 * within the member's pace. A member that is slow or away delays nobody else.
 */

import type { ApiClient } from '../../../kubernetes/api-client.ts';
import type { PacedClient } from '../../../kubernetes/reconciling/paced-client.ts';
import { type Outcome, WorkQueue } from '../../../kubernetes/reconciling/work-queue.ts';
import { COPY_WRITES_AT_ONCE, RETRY_MAX_MS, RETRY_MIN_MS } from '../../limits.ts';
import { MemberCopies, type MemberCopiesOptions } from './member-copies.ts';

export interface MemberWorkOptions extends Omit<MemberCopiesOptions, 'client'> {
  readonly cluster: string;
  readonly client: PacedClient;
  /** What is to be done about this copy now is done. */
  readonly write: (member: MemberWork, key: string) => Promise<Outcome>;
  readonly onFault: (cluster: string, key: string, error: unknown) => void;
}

export class MemberWork {
  readonly cluster: string;
  readonly client: PacedClient;
  readonly copies: MemberCopies;
  readonly queue: WorkQueue;

  constructor(options: MemberWorkOptions) {
    const { cluster, client, write, onFault } = options;
    const watching: ApiClient = client.client;
    this.cluster = cluster;
    this.client = client;
    let standing = '';
    const onStatus = () => {
      const { hasSynced, problem } = this.copies;
      // Each try of a watch that fails says so again; why is told of what was never read.
      const now = `${hasSynced} ${hasSynced ? problem === undefined : problem}`;
      if (now === standing) return;
      standing = now;
      options.onStatus();
    };
    this.copies = new MemberCopies({ ...options, client: watching, onStatus });
    this.queue = new WorkQueue({
      controller: 'sync-members',
      concurrency: COPY_WRITES_AT_ONCE,
      backoffMinMs: RETRY_MIN_MS,
      backoffMaxMs: RETRY_MAX_MS,
      work: (key) => write(this, key),
      onFault: (key, error) => onFault(cluster, key, error),
    });
  }

  start(): void {
    this.copies.start();
    this.queue.start();
  }

  /** Resolves once nothing is under way. */
  async stop(): Promise<void> {
    await Promise.all([this.queue.stop(), this.copies.stop()]);
  }
}
