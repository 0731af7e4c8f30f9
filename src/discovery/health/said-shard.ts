/** What one report says by itself: its addresses that may be published, and its health by its member's word. */

import { InputError } from '../../dns/errors.ts';
import { type DomainName, parseName } from '../../dns/name.ts';
import { judgeHealth, type ShardAddresses, type ShardHealth } from '../shard.ts';
import { shardAddress } from '../shard-address.ts';
import { canonicalHost } from '../shards-file.ts';
import type { MemberState } from './member-state.ts';
import type { ShardReport } from './shard-report.ts';

/** Canonical host name -> addresses (last good). */
export type ResolveHost = (host: string) => readonly string[] | undefined;

export interface Said {
  readonly addresses: ShardAddresses;
  readonly hostName: DomainName | undefined;
  /** By the report alone. */
  readonly health: ShardHealth;
}

export function said(
  member: MemberState,
  report: ShardReport,
  context: { readonly resolve: ResolveHost },
): Said {
  const given = givenAddresses(report, context);
  const allowed = given.filter((address) => member.allowed.allows(address.text));
  const ofFamily = (family: 'ipv4' | 'ipv6') => {
    const texts = allowed.flatMap((one) => (one.family === family ? [one.text] : []));
    return texts.length === 0 ? NONE : [...new Set(texts)];
  };
  const addresses = { ipv4: ofFamily('ipv4'), ipv6: ofFamily('ipv6') };
  // A name would lead clients to what is not allowed, too.
  const hostName = allowed.length === given.length ? wantedHostName(report) : undefined;
  if (given.length > 0 && allowed.length === 0) {
    return { addresses, hostName, health: { kind: 'unhealthy', reason: 'address not allowed' } };
  }
  const shard = {
    cluster: member.name,
    loadBalancer: report.targets,
    readyEndpointCount: report.hasEndpoint ? 1 : 0,
  };
  const health = judgeHealth(
    { addresses, shard },
    { name: member.name, locality: member.locality, isReachable: true },
    {
      allowWithoutEndpoints: report.wishes.allowWithoutEndpoints ?? false,
      unreachable: 'keep',
    },
  );
  if (report.targets.length === 0 && report.wishes.addresses !== undefined) {
    const reason = 'no address of the kind asked for';
    return { addresses, hostName, health: { kind: 'unhealthy', reason } };
  }
  return { addresses, hostName, health };
}

/** One for all: most shards have addresses of one family. */
const NONE: readonly string[] = [];

function givenAddresses(report: ShardReport, { resolve }: { readonly resolve: ResolveHost }) {
  const texts = report.targets.flatMap((target) =>
    'ip' in target ? [target.ip] : (resolve(canonicalHost(target.hostname)) ?? []),
  );
  return texts.flatMap((text) => shardAddress(text) ?? []);
}

/** Canonical. */
export function hostsOf(report: ShardReport): string[] {
  return report.targets.flatMap((target) =>
    'hostname' in target ? [canonicalHost(target.hostname)] : [],
  );
}

/** The one host name that is its only target, where its owner asks for a CNAME. */
function wantedHostName(report: ShardReport): DomainName | undefined {
  if (report.wishes.hostNameAs !== 'cname') return undefined;
  const [host, ...others] = new Set(hostsOf(report));
  const isOnly = others.length === 0 && report.targets.every((target) => 'hostname' in target);
  if (!isOnly || host === undefined) return undefined;
  try {
    return parseName(host);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
