/** Events on federated objects: what a person should know, and their status has no place for. */

import { type ApiResource, apiVersionOf } from '../api/kubefed/api-resource.ts';
import type { FederatedObject } from '../api/kubefed/federated-object.ts';
import type { ApiClient } from '../kubernetes/api-client.ts';
import { EventWriter } from '../members/event-writer.ts';
import { HOST_EVENTS_A_MINUTE_MAX } from './limits.ts';

export interface ObjectNote {
  /** One word for machines, KubeFed's where it has one. */
  readonly reason:
    | 'AnnotationsNotSupported'
    | 'FinalizersNotSupported'
    | 'InvalidName'
    | 'InvalidDeleteOptions'
    | 'NamespaceKept';
  readonly text: string;
}

export class ObjectEvents {
  readonly #events: EventWriter;

  constructor(host: Pick<ApiClient, 'post'>) {
    this.#events = new EventWriter(host, HOST_EVENTS_A_MINUTE_MAX);
  }

  note(resource: ApiResource, object: FederatedObject, { reason, text }: ObjectNote): void {
    const { namespace, name, uid } = object;
    this.#events.write({
      regarding: {
        apiVersion: apiVersionOf(resource),
        kind: resource.kind,
        // Events of what belongs to the cluster lie there.
        namespace: namespace === '' ? 'default' : namespace,
        name,
        uid,
      },
      type: 'Warning',
      reason,
      note: text,
    });
  }

  stop(): void {
    this.#events.stop();
  }
}
