/**
 * The list-watches of what claims hosts: Ingresses, HTTPRoutes, Gateways. Each is optional: an API
 * that is not there, or that we may not read, takes nothing from the others.
 */

import { readGateway, readHttpRoute, readIngress } from '../api/ingress.ts';
import type { ApiClient } from '../kubernetes/api-client.ts';
import type { ListWatchSink } from '../kubernetes/collection.ts';
import type { HostRouteKind, MemberHosts } from './objects/member-hosts.ts';
import { OptionalWatch, type OptionalWatchOptions } from './optional-watch.ts';

type StartWatch = <T>(
  path: string,
  project: (object: unknown) => T,
  sink: ListWatchSink<T>,
) => ReturnType<ConstructorParameters<typeof OptionalWatch>[0]['start']>;

export interface HostWatchesOptions {
  readonly client: ApiClient;
  readonly hosts: MemberHosts;
  /** undefined: those of all are read. */
  readonly onlyNamespace: string | undefined;
  readonly watch: StartWatch;
  /** One of the APIs is known not to be there. */
  readonly onAbsent: () => void;
}

const NETWORKING = 'networking.k8s.io/v1';
const GATEWAY = 'gateway.networking.k8s.io/v1';

export class HostWatches {
  readonly #ingresses: OptionalWatch;
  readonly #routes: OptionalWatch;
  readonly #gateways: OptionalWatch;

  constructor({ client, hosts, onlyNamespace, watch, onAbsent }: HostWatchesOptions) {
    const follow = <T>(
      api: Pick<OptionalWatchOptions, 'groupVersion' | 'plural' | 'onlyNamespace'>,
      project: (object: unknown) => T,
      sink: ListWatchSink<T>,
    ) =>
      new OptionalWatch({
        client,
        ...api,
        start: (path) => watch(path, project, sink),
        onAbsent: () => {
          sink.replace(new Map());
          onAbsent();
        },
      });
    const { gatewaysSink } = hosts;
    const ingresses = { groupVersion: NETWORKING, plural: 'ingresses', onlyNamespace };
    this.#ingresses = follow(ingresses, readIngress, hosts.sinkOf('Ingress'));
    const routes = { groupVersion: GATEWAY, plural: 'httproutes', onlyNamespace };
    this.#routes = follow(routes, readHttpRoute, hosts.sinkOf('HTTPRoute'));
    const gateways = { groupVersion: GATEWAY, plural: 'gateways', onlyNamespace: undefined };
    this.#gateways = follow(gateways, readGateway, gatewaysSink);
  }

  start(): void {
    for (const watch of this.#all) watch.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((watch) => watch.stop()));
  }

  /** Whether all that this kind says was read; what is absent of another is unknown, not gone. */
  isKnown(kind: HostRouteKind): boolean {
    if (kind === 'Ingress') return this.#ingresses.isKnown;
    return this.#routes.isKnown && this.#gateways.isKnown;
  }

  get #all(): readonly OptionalWatch[] {
    return [this.#ingresses, this.#routes, this.#gateways];
  }
}
