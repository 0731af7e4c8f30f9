/**
 * What a record's names hold -> the endpoints of its DNSEndpoint, for ExternalDNS. It cannot be told
 * of a name that exists and holds nothing: an alias that leads there is left out, for it would dangle.
 *
 * Source: specs of KubeFed, "DNSEndpoint controllers"; specs of ExternalDNS, "DNSEndpoint".
 */

import { formatType } from '../../dns/codes.ts';
import { type DomainName, formatName } from '../../dns/name.ts';
import { formatRdata } from '../../dns/rdata/index.ts';
import type { PlannedRecord } from './plan-record.ts';

export interface EndpointValue {
  /** No name has a last dot here. */
  readonly dnsName: string;
  readonly recordTTL: number;
  readonly recordType: string;
  /** Sorted, each once. */
  readonly targets: readonly string[];
  readonly labels?: { readonly serviceName: string };
}

/** `serviceName`: of a record that says an externalName; in the labels of all its levels. */
export function endpointsOf(
  { owners, prefixed }: PlannedRecord,
  serviceName: string | undefined,
): EndpointValue[] {
  const leadsSomewhere = (owner: DomainName): boolean => {
    const outcome = owners.get(owner)?.level.outcome;
    // The ladder has no circles: an alias leads one level up.
    return outcome?.kind === 'alias' ? leadsSomewhere(outcome.target) : isHeld(outcome?.kind);
  };
  const endpoints = [...owners].flatMap(([owner, { rrsets }]) => {
    if (!leadsSomewhere(owner)) return [];
    const isLabelled = serviceName !== undefined && owner !== prefixed;
    return rrsets.map(({ type, ttlSeconds, rdatas }): EndpointValue => {
      const targets = rdatas.map((rdata) => withoutDot(formatRdata(type, rdata))).sort();
      return {
        dnsName: withoutDot(formatName(owner)),
        recordTTL: ttlSeconds,
        recordType: formatType(type),
        targets,
        ...(isLabelled && { labels: { serviceName } }),
      };
    });
  });
  return endpoints.sort(byNameAndType);
}

function isHeld(kind: string | undefined): boolean {
  return kind === 'addresses' || kind === 'host';
}

function withoutDot(text: string): string {
  return text.replace(/\.$/, '');
}

function byNameAndType(left: EndpointValue, right: EndpointValue): number {
  if (left.dnsName !== right.dnsName) return left.dnsName < right.dnsName ? -1 : 1;
  return left.recordType < right.recordType ? -1 : 1;
}
