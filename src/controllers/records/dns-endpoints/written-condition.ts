/** The condition `DNSEndpointWritten` of a record: whether ExternalDNS can read its names, or why not. */

import type { SaidCondition } from '../../../api/conditions.ts';

export interface EndpointTrouble {
  readonly reason:
    | 'NotWanted'
    | 'NamespaceNotAllowed'
    | 'NameInvalid'
    | 'NotOurs'
    | 'WriteFailed'
    | 'HostNotResolved'
    | 'HostClaimed';
  readonly message: string;
}

export type WrittenReason = 'Written' | 'NoAddresses' | EndpointTrouble['reason'];

interface WrittenCondition extends SaidCondition {
  readonly reason: WrittenReason;
}

/** The first trouble gives the reason. */
export function conditionOf(
  endpointCount: number,
  troubles: readonly EndpointTrouble[],
): WrittenCondition {
  const type = 'DNSEndpointWritten';
  const [first] = troubles;
  if (first !== undefined) {
    const message = troubles.map((one) => `${one.reason}: ${one.message}`).join('; ');
    return { type, status: 'False', reason: first.reason, message };
  }
  if (endpointCount === 0) {
    const message = 'no cluster has an address, so there are no names';
    return { type, status: 'False', reason: 'NoAddresses', message };
  }
  return { type, status: 'True', reason: 'Written', message: `${endpointCount} endpoints` };
}
