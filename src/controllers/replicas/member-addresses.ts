/**
 * The second sign of life of a member: do any of its load balancers' addresses answer. Remembered while
 * the member can be read, asked when it cannot.
 */

import { listAt, textAt, valueAt } from '../../api/untyped.ts';
import { MANAGED_LABEL } from '../../federation/copies/member-object.ts';
import type { ApiClient } from '../../kubernetes/api-client.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { FollowedCollection } from '../../kubernetes/reconciling/followed-collection.ts';
import { askAddress } from '../../probe/asking/ask-address.ts';
import { ADDRESS_ASK_MS, ADDRESSES_ASKED, MEMBER_WATCHES } from '../limits.ts';

interface LoadBalancer {
  readonly address: string;
  readonly port: number;
}

export class MemberAddresses {
  readonly client: ApiClient;
  readonly #byService: FollowedCollection<readonly LoadBalancer[]>;

  constructor(client: ApiClient, limits: Partial<ListWatchLimits> | undefined) {
    this.client = client;
    this.#byService = new FollowedCollection({
      client,
      path: '/api/v1/services',
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

  /** Whether any of some of them takes a connection; undefined: none is known. */
  async answers(): Promise<boolean | undefined> {
    const known = [...this.#byService.values()].flat();
    if (known.length === 0) return undefined;
    const step = Math.max(1, Math.floor(known.length / ADDRESSES_ASKED));
    const asked = known.filter((_, index) => index % step === 0).slice(0, ADDRESSES_ASKED);
    const found = await Promise.all(asked.map(connects));
    return found.includes(true);
  }
}

/** A refusal is no service: whoever refuses there could be anybody. */
function connects({ address, port }: LoadBalancer): Promise<boolean> {
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

function loadBalancersOf(service: unknown): readonly LoadBalancer[] | undefined {
  const port = listAt(service, 'spec', 'ports').find(
    (one) => (textAt(one, 'protocol') ?? 'TCP') === 'TCP',
  );
  const number = Number(valueAt(port, 'port') ?? 0);
  if (number === 0) return undefined;
  const found = listAt(service, 'status', 'loadBalancer', 'ingress').flatMap((one) => {
    const address = textAt(one, 'ip');
    return address === undefined ? [] : [{ address, port: number }];
  });
  return found.length === 0 ? undefined : found;
}
