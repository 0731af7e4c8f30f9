/**
 * Asks one member, from outside any running server, what a person wants to know before it is
 * joined: is it there, who are we to it, what may we do, until when.
 *
 * Source: SelfSubjectAccessReview, authorization.k8s.io/v1.
 */

import { textAt, valueAt } from '../api/untyped.ts';
import { ApiClient } from '../kubernetes/api-client.ts';
import type { MemberSpec } from './registry.ts';

export interface MemberRight {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Without it the member cannot be watched at all. */
  readonly isNeeded: boolean;
  /** Verbs that are refused; undefined: could not be asked. */
  readonly refused: readonly string[] | undefined;
}

export interface MemberCheck {
  readonly server: string;
  readonly version: string | undefined;
  readonly expiresAt: Date | undefined;
  /** They are had anew by themselves when they end. */
  readonly renews: boolean;
  /** Its clock less ours, s, as exactly as its answers say (one second); undefined: it says nothing. */
  readonly clockSkewSeconds: number | undefined;
  readonly rights: readonly MemberRight[];
  /** Why it is not there; undefined when it is. */
  readonly problem: string | undefined;
}

type Asked = Pick<MemberSpec, 'access' | 'onlyNamespace'>;

const READ = ['get', 'list', 'watch'];

/** All that a member is ever asked for: deploy/member/cluster-role.yaml says the same. */
const MEMBER_RIGHTS = [
  { group: '', resource: 'services', verbs: READ, isNeeded: true },
  { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: READ, isNeeded: true },
  { group: '', resource: 'nodes', verbs: READ, isNeeded: false },
  { group: 'multicluster.x-k8s.io', resource: 'serviceexports', verbs: READ, isNeeded: false },
  { group: 'networking.k8s.io', resource: 'ingresses', verbs: READ, isNeeded: false },
  { group: 'gateway.networking.k8s.io', resource: 'httproutes', verbs: READ, isNeeded: false },
  { group: 'gateway.networking.k8s.io', resource: 'gateways', verbs: READ, isNeeded: false },
] as const;

const CHECK_TIMEOUT_MS = 10_000;

/** Never throws for what the member does. */
export async function checkMember({ access, onlyNamespace }: Asked): Promise<MemberCheck> {
  const client = new ApiClient(access);
  const at = { timeoutMs: CHECK_TIMEOUT_MS };
  const { server, renews = false } = access;
  let clockSkewSeconds: number | undefined;
  const onDate = (date: string) => {
    clockSkewSeconds = skewOf(date, Date.now());
  };
  try {
    const { expiresAt } = await access.credentials();
    const version = textAt(await client.get('/version', { ...at, onDate }), 'gitVersion');
    const rights: MemberRight[] = [];
    for (const right of MEMBER_RIGHTS) rights.push(await checkRight(client, right, onlyNamespace));
    return { server, renews, version, expiresAt, clockSkewSeconds, rights, problem: undefined };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const nothing = { version: undefined, expiresAt: undefined, rights: [] };
    return { server, renews, clockSkewSeconds, ...nothing, problem };
  } finally {
    await client.close();
  }
}

/** Whole seconds are told, cut off: half of one is added. undefined for what is no time. */
function skewOf(date: string, nowMs: number): number | undefined {
  const saidMs = Date.parse(date);
  return Number.isNaN(saidMs) ? undefined : Math.round((saidMs + 500 - nowMs) / 1000);
}

async function checkRight(
  client: ApiClient,
  right: (typeof MEMBER_RIGHTS)[number],
  onlyNamespace: string | undefined,
): Promise<MemberRight> {
  const { group, resource, verbs } = right;
  const namespace = resource === 'nodes' ? undefined : onlyNamespace;
  const refused: string[] = [];
  for (const verb of verbs) {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace, group, resource, verb } },
    };
    try {
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
      const said = await client.post(path, review, { timeoutMs: CHECK_TIMEOUT_MS });
      if (valueAt(said, 'status', 'allowed') !== true) refused.push(verb);
    } catch {
      return { ...right, refused: undefined };
    }
  }
  return { ...right, refused };
}
