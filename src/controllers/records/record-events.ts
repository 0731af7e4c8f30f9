/** Events on DNS records and Domains: what turned in their conditions, for whoever asks `kubectl describe`. */

import type { SaidCondition } from '../../api/conditions.ts';
import { apiVersionOf } from '../../api/kubefed/api-resource.ts';
import { isWell } from '../../api/kubefed/dns-record-objects.ts';
import { listAt, textAt } from '../../api/untyped.ts';
import type { ApiClient } from '../../kubernetes/api-client.ts';
import { EventWriter } from '../../members/event-writer.ts';
import { HOST_EVENTS_A_MINUTE_MAX } from '../limits.ts';
import { type NamedObject, RECORD_RESOURCES } from './record-resources.ts';

export class RecordEvents {
  readonly #events: EventWriter;

  constructor(host: Pick<ApiClient, 'post'>) {
    this.#events = new EventWriter(host, HOST_EVENTS_A_MINUTE_MAX);
  }

  /** `record`: as it was before these were written. */
  turned(record: NamedObject, conditions: readonly SaidCondition[]): void {
    const before = listAt(record.status, 'conditions');
    for (const { type, status, reason, message } of conditions) {
      const old = before.find((one) => textAt(one, 'type') === type);
      const isSame = textAt(old, 'status') === status && textAt(old, 'reason') === reason;
      // All well from the start is no news, but for the whole.
      const isGood = isWell({ type, status });
      const isQuiet = old === undefined && isGood && type !== 'Ready';
      if (isSame || isQuiet) continue;
      const { kind, name, namespace, uid } = record;
      this.#events.write({
        regarding: { apiVersion: apiVersionOf(RECORD_RESOURCES[kind]), kind, name, namespace, uid },
        type: isGood ? 'Normal' : 'Warning',
        reason,
        note: `${type}: ${message}`,
      });
    }
  }

  stop(): void {
    this.#events.stop();
  }
}
