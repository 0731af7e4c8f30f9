/**
 * The second sign of life of a member: do any of its load balancers' addresses answer. Remembered while
 * the member can be read, asked when it cannot.
 */

import { type LoadBalancerTarget, readLoadBalancer } from '../../api/core.ts';
import { listAt, textAt, valueAt } from '../../api/untyped.ts';
import { MANAGED_LABEL } from '../../federation/copies/member-object.ts';
import type { ApiClient } from '../../kubernetes/api-client.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { FollowedCollection } from '../../kubernetes/reconciling/followed-collection.ts';
import { askAddress } from '../../probe/asking/ask-address.ts';
import type { LookUpHost } from '../../probe/host-addresses.ts';
import { ADDRESS_ASK_MS, ADDRESSES_ASKED, MEMBER_WATCHES } from '../limits.ts';

export interface LoadBalancer {
  readonly target: LoadBalancerTarget;
  readonly port: number;
}

export interface MemberAddressesOptions {
  /** Services of this one; undefined: of all. */
  readonly onlyNamespace: string | undefined;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class MemberAddresses {
  readonly client: ApiClient;
  readonly #byService: FollowedCollection<readonly LoadBalancer[]>;

  constructor(client: ApiClient, { onlyNamespace, limits }: MemberAddressesOptions) {
    this.client = client;
    this.#byService = new FollowedCollection({
      client,
      path:
        onlyNamespace === undefined
          ? '/api/v1/services'
          : `/api/v1/namespaces/${onlyNamespace}/services`,
      query: { labelSelector: `${MANAGED_LABEL}=true` },
      project: loadBalancersOf,
      limits: { ...MEMBER_WATCHES, ...limits },
    });
  }

  start(): void {
    this.#byService.start();
  }

  stop(): Promise<void> {
    return this.#byService.stop();
  }

  get known(): readonly LoadBalancer[] {
    return [...this.#byService.values()].flat();
  }
}

/** Whether any of some of them takes a connection; undefined: none is known, or can be found. */
export async function anyAnswers(
  known: readonly LoadBalancer[],
  lookUp: LookUpHost,
): Promise<boolean | undefined> {
  const step = Math.max(1, Math.floor(known.length / ADDRESSES_ASKED));
  const asked = known.filter((_, index) => index % step === 0).slice(0, ADDRESSES_ASKED);
  const found = await Promise.all(asked.map((one) => answers(one, lookUp)));
  if (found.includes(true)) return true;
  return found.includes(false) ? false : undefined;
}

async function answers(
  { target, port }: LoadBalancer,
  lookUp: LookUpHost,
): Promise<boolean | undefined> {
  if ('ip' in target) return await connects(target.ip, port);
  try {
    const { addresses } = await lookUp(target.hostname);
    const found = await Promise.all(addresses.map((address) => connects(address, port)));
    return found.length === 0 ? undefined : found.includes(true);
  } catch {
    // That its name is not found says nothing of the member.
    return undefined;
  }
}

/** A refusal is no service: whoever refuses there could be anybody. */
function connects(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = askAddress({ address, port, check: { kind: 'tcp' } }, ({ kind }) => {
      clearTimeout(timer);
      resolve(kind === 'good');
    });
    const timer = setTimeout(() => {
      giveUp();
      resolve(false);
    }, ADDRESS_ASK_MS);
  });
}

/** Of a Service as a member has it. */
function loadBalancersOf(service: unknown): readonly LoadBalancer[] | undefined {
  const port = tcpPortOf(service);
  if (port === undefined) return undefined;
  const found = readLoadBalancer(service).map((target) => ({ target, port }));
  return found.length === 0 ? undefined : found;
}

/** The first one; of a template of a Service, too. */
export function tcpPortOf(service: unknown): number | undefined {
  const port = listAt(service, 'spec', 'ports').find(
    (one) => (textAt(one, 'protocol') ?? 'TCP') === 'TCP',
  );
  return Number(valueAt(port, 'port') ?? 0) || undefined;
}
