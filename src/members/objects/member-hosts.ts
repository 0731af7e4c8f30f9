/**
 * Which hosts one member has, by Ingresses and HTTPRoutes: who claims each, where it leads, and
 * whether anything is behind it. Sinks of the list-watches; tells which hosts changed.
 */

import type { LoadBalancerTarget } from '../../api/core.ts';
import type { SlimGateway, SlimHostRoute } from '../../api/ingress.ts';
import type { ListWatchSink } from '../../kubernetes/collection.ts';

export type HostRouteKind = 'Ingress' | 'HTTPRoute';

/** One object that claims a host. */
export interface HostClaim {
  readonly kind: HostRouteKind;
  readonly route: SlimHostRoute;
  /** The Ingress's own, or its Gateways'. */
  readonly targets: readonly LoadBalancerTarget[];
  readonly tcpPort: number | undefined;
  /** A Service behind it has an endpoint; true where no Service is. */
  readonly hasEndpoint: boolean;
}

export interface MemberHostsOptions {
  readonly onHost: (host: string) => void;
  /** By key of a Service. */
  readonly hasEndpoint: (service: string) => boolean;
  /** Objects are left out for want of room; told once. */
  readonly onFull: (object: string) => void;
  /** Hosts, Services and Gateways that objects name, held together. */
  readonly linksMax: number;
}

export class MemberHosts {
  readonly #options: MemberHostsOptions;
  /** `kind namespace/name`. */
  readonly #routes = new Map<string, SlimHostRoute>();
  #gateways = new Map<string, SlimGateway>();
  #linkCount = 0;
  #isFull = false;
  readonly #byHost = new Map<string, Set<string>>();
  readonly #byBackend = new Map<string, Set<string>>();
  readonly #byGateway = new Map<string, Set<string>>();

  constructor(options: MemberHostsOptions) {
    this.#options = options;
  }

  keys(): Iterable<string> {
    return this.#byHost.keys();
  }

  get count(): number {
    return this.#byHost.size;
  }

  /** The oldest first, then by name. Empty: nobody claims it. */
  claims(host: string): HostClaim[] {
    return [...(this.#byHost.get(host) ?? [])]
      .sort()
      .flatMap((id) => {
        const route = this.#routes.get(id);
        return route === undefined ? [] : [this.#claim(id, route)];
      })
      .sort(({ route: left }, { route: right }) => {
        if (left.createdAt === right.createdAt) return 0;
        return left.createdAt < right.createdAt ? -1 : 1;
      });
  }

  /** The endpoints of this Service are others. */
  backendChanged(service: string): void {
    this.#tell(this.#hostsOf(this.#byBackend.get(service) ?? []));
  }

  sinkOf(kind: HostRouteKind): ListWatchSink<SlimHostRoute> {
    return {
      replace: (objects) => {
        const touched = new Set<string>();
        for (const [id, { hosts }] of this.#routes) {
          if (!id.startsWith(`${kind} `)) continue;
          for (const host of hosts) touched.add(host);
          this.#drop(id);
        }
        for (const [key, route] of objects) {
          this.#add(`${kind} ${key}`, route);
          for (const host of route.hosts) touched.add(host);
        }
        this.#tell(touched);
      },
      put: (key, route) => {
        const before = this.#drop(`${kind} ${key}`);
        this.#add(`${kind} ${key}`, route);
        this.#tell(new Set([...before, ...route.hosts]));
      },
      remove: (key) => this.#tell(this.#drop(`${kind} ${key}`)),
    };
  }

  readonly gatewaysSink: ListWatchSink<SlimGateway> = {
    replace: (objects) => {
      const touched = new Set([...this.#gateways.keys(), ...objects.keys()]);
      this.#gateways = new Map(objects);
      for (const key of touched) this.#gatewayChanged(key);
    },
    put: (key, gateway) => {
      const before = this.#gateways.get(key);
      this.#gateways.set(key, gateway);
      // Its status changes with every route: only its addresses matter.
      if (JSON.stringify(before) !== JSON.stringify(gateway)) this.#gatewayChanged(key);
    },
    remove: (key) => {
      if (this.#gateways.delete(key)) this.#gatewayChanged(key);
    },
  };

  #claim(id: string, route: SlimHostRoute): HostClaim {
    const gateways = route.gateways.flatMap((key) => this.#gateways.get(key) ?? []);
    const { backends } = route;
    return {
      kind: id.startsWith('Ingress ') ? 'Ingress' : 'HTTPRoute',
      route,
      targets: [...route.targets, ...gateways.flatMap(({ targets }) => targets)],
      tcpPort: route.tcpPort ?? gateways.flatMap(({ tcpPort }) => tcpPort ?? [])[0],
      hasEndpoint: backends.length === 0 || backends.some(this.#options.hasEndpoint),
    };
  }

  #gatewayChanged(key: string): void {
    this.#tell(this.#hostsOf(this.#byGateway.get(key) ?? []));
  }

  #hostsOf(ids: Iterable<string>): Set<string> {
    return new Set([...ids].flatMap((id) => this.#routes.get(id)?.hosts ?? []));
  }

  #tell(hosts: Iterable<string>): void {
    for (const host of hosts) this.#options.onHost(host);
  }

  /** One that finds no room is as if it were not there, until it is read again. */
  #add(id: string, route: SlimHostRoute): void {
    const count = linkCountOf(route);
    if (this.#linkCount + count > this.#options.linksMax) {
      if (!this.#isFull) this.#options.onFull(id);
      this.#isFull = true;
      return;
    }
    this.#linkCount += count;
    this.#routes.set(id, route);
    for (const [index, keys] of this.#links(route)) {
      for (const key of keys) {
        const ids = index.get(key);
        if (ids === undefined) index.set(key, new Set([id]));
        else ids.add(id);
      }
    }
  }

  /** Gives the hosts that it claimed. */
  #drop(id: string): readonly string[] {
    const route = this.#routes.get(id);
    if (route === undefined) return [];
    this.#routes.delete(id);
    this.#linkCount -= linkCountOf(route);
    for (const [index, keys] of this.#links(route)) {
      for (const key of keys) {
        const ids = index.get(key);
        ids?.delete(id);
        if (ids?.size === 0) index.delete(key);
      }
    }
    return route.hosts;
  }

  #links({ hosts, backends, gateways }: SlimHostRoute) {
    return [
      [this.#byHost, hosts],
      [this.#byBackend, backends],
      [this.#byGateway, gateways],
    ] as const;
  }
}

function linkCountOf({ hosts, backends, gateways }: SlimHostRoute): number {
  return hosts.length + backends.length + gateways.length;
}
