/** Ingresses of members, cut down to what the loops of records look at. */

import { readLoadBalancer } from '../../../api/core.ts';
import { listAt, textAt, valueAt } from '../../../api/untyped.ts';
import type { SeenCopy } from '../../../discovery/kubefed-records/record-status.ts';
import { keyOf, type SaidOfAnswers, saidOfAnswers } from '../service-records/seen-services.ts';

/** An Ingress of a member, as these loops see it. */
export interface SeenIngress {
  /** `namespace/name`. */
  readonly key: string;
  readonly loadBalancer: SeenCopy['loadBalancer'];
  /** Names of the Services that it leads to. */
  readonly services: readonly string[];
  readonly answers: SaidOfAnswers;
}

export function seenIngress(object: unknown): SeenIngress {
  const paths = listAt(object, 'spec', 'rules').flatMap((rule) => listAt(rule, 'http', 'paths'));
  const backends = [
    valueAt(object, 'spec', 'defaultBackend'),
    ...paths.map((path) => valueAt(path, 'backend')),
  ];
  const names = backends.flatMap((backend) => textAt(backend, 'service', 'name') ?? []);
  return {
    key: keyOf(object),
    loadBalancer: readLoadBalancer(object),
    services: [...new Set(names)],
    answers: saidOfAnswers(object),
  };
}
