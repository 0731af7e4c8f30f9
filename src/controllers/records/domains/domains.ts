/** The loop of Domains: each one's own word -> the condition `Ready` of it. README.md is its contract. */

import type { DomainObject } from '../../../api/kubefed/dns-record-objects.ts';
import { domainCondition } from '../../../discovery/kubefed-records/domain-condition.ts';
import type { FollowedCollection } from '../../../kubernetes/reconciling/followed-collection.ts';
import { DONE, type Outcome } from '../../../kubernetes/reconciling/work-queue.ts';
import { RecordQueue } from '../record-queue.ts';
import { type RecordPlace, writeRecordStatus } from '../write-record-status.ts';

export interface DomainsOptions extends RecordPlace {
  /** Of the control plane: a Domain elsewhere is told that it is of no use there. */
  readonly namespace: string;
  readonly domains: Pick<FollowedCollection<DomainObject>, 'get' | 'keys'>;
  readonly onFault: (key: string, error: unknown) => void;
}

export class Domains {
  readonly #options: DomainsOptions;
  readonly queue: RecordQueue;

  constructor(options: DomainsOptions) {
    this.#options = options;
    const { domains, onFault } = options;
    this.queue = new RecordQueue(domains, {
      controller: 'domains',
      reconcile: (key) => this.#reconcile(key),
      onFault,
    });
  }

  async #reconcile(key: string): Promise<Outcome> {
    const domain = this.#options.domains.get(key);
    if (domain === undefined || domain.isDeleting) return DONE;
    const conditions = [domainCondition(domain, this.#options.namespace)];
    await writeRecordStatus(this.#options, domain, { fields: {}, conditions });
    return DONE;
  }
}
