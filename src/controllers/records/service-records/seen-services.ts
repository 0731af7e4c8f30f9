/** Services and EndpointSlices of members, cut down to what the loops of records look at. */

import { readEndpointSlice, readService } from '../../../api/core.ts';
import { textAt, textMapAt, valueAt } from '../../../api/untyped.ts';
import type { SeenCopy } from '../../../discovery/kubefed-records/record-status.ts';
import { LEAVING_ANNOTATION } from '../../../federation/copies/member-object.ts';

/** A Service of a member, as these loops see it. */
export interface SeenService {
  /** `namespace/name`. */
  readonly key: string;
  readonly loadBalancer: SeenCopy['loadBalancer'];
  readonly selector: ReadonlyMap<string, string>;
  readonly answers: SaidOfAnswers;
  /** As it stands there. */
  readonly status: unknown;
}

/** What an object itself says about being answered. */
export interface SaidOfAnswers {
  readonly isMarked: boolean;
  readonly ttlSeconds: number | undefined;
  /** Its owner names other addresses than its load balancer's. */
  readonly hasOwnAddresses: boolean;
}

/** Of what these loops see of it in a member. */
export function saidOfAnswers(object: unknown): SaidOfAnswers {
  const annotations = textMapAt(object, 'metadata', 'annotations');
  const ttlSeconds = Number(annotations.get(TTL_ANNOTATION));
  return {
    isMarked: annotations.get(LEAVING_ANNOTATION) === 'true',
    ttlSeconds: ttlSeconds > 0 ? ttlSeconds : undefined,
    hasOwnAddresses: annotations.has(ADDRESSES_ANNOTATION),
  };
}

/** Words of owners about answers (discovery/README.md); what is wrong with them others tell. */
const TTL_ANNOTATION = 'fedns.io/ttl';
const ADDRESSES_ANNOTATION = 'fedns.io/addresses';

export function seenService(object: unknown): SeenService {
  return {
    key: keyOf(object),
    loadBalancer: readService(object).loadBalancer,
    selector: textMapAt(object, 'spec', 'selector'),
    answers: saidOfAnswers(object),
    status: valueAt(object, 'status'),
  };
}

export interface SeenSlice {
  /** `namespace/name` of its Service. */
  readonly service: string;
  /** Ready, or still serving while it ends. */
  readonly hasEndpoint: boolean;
  /** Not one that ends. */
  readonly hasReady: boolean;
}

/** undefined: nobody's. */
export function seenSlice(object: unknown): SeenSlice | undefined {
  const { service, readyCount, servingTerminatingCount } = readEndpointSlice(object);
  if (service === undefined) return undefined;
  return {
    service: `${textAt(object, 'metadata', 'namespace') ?? ''}/${service}`,
    hasEndpoint: readyCount + servingTerminatingCount > 0,
    hasReady: readyCount > 0,
  };
}

/** `namespace/name`. */
export function keyOf(object: unknown): string {
  return `${textAt(object, 'metadata', 'namespace') ?? ''}/${textAt(object, 'metadata', 'name') ?? ''}`;
}
