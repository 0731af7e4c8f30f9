/**
 * What Kubernetes says of host names: Ingress, HTTPRoute and Gateway, cut down to what we use. An
 * Ingress and an HTTPRoute become the same: hosts, where they lead, and who asks for it. Anything
 * missing or of another kind is absent, never an error.
 *
 * Source: Kubernetes API reference, networking.k8s.io/v1; Gateway API, gateway.networking.k8s.io/v1.
 */

import { type LoadBalancerTarget, ourAnnotations, readLoadBalancer } from './core.ts';
import { listAt, textAt, textMapAt, valueAt } from './untyped.ts';

/** An Ingress, or an HTTPRoute. Keys are `namespace/name`. */
export interface SlimHostRoute {
  readonly namespace: string;
  /** `metadata.creationTimestamp`, RFC 3339 in UTC: compared as text. */
  readonly createdAt: string;
  /** Lower case, without a last dot, each once. */
  readonly hosts: readonly string[];
  /** Keys of the Services behind it. */
  readonly backends: readonly string[];
  /** An Ingress has its own addresses; those of a route are its Gateways'. */
  readonly targets: readonly LoadBalancerTarget[];
  /** Keys of the Gateways that have accepted it. */
  readonly gateways: readonly string[];
  /** What a probe of an Ingress asks. */
  readonly tcpPort: number | undefined;
  readonly labels: ReadonlyMap<string, string>;
  readonly wishes: ReadonlyMap<string, string>;
}

export interface SlimGateway {
  readonly targets: readonly LoadBalancerTarget[];
  /** Of the first listener. */
  readonly tcpPort: number | undefined;
}

const GATEWAY_GROUP = 'gateway.networking.k8s.io';
/** One object may say so many; the rest of one that floods is left out. */
const HOSTS_MAX = 256;
const BACKENDS_MAX = 256;
/** As far as a key of ours goes; what makes a host is judged where it is published. */
const HOST = /^[a-z0-9*_-]+(\.[a-z0-9*_-]+)*$/;
const HOST_LENGTH_MAX = 253;

export function readIngress(object: unknown): SlimHostRoute {
  const namespace = textAt(object, 'metadata', 'namespace') ?? '';
  const rules = listAt(object, 'spec', 'rules');
  const backends = [
    valueAt(object, 'spec', 'defaultBackend'),
    ...rules.flatMap((rule) =>
      listAt(rule, 'http', 'paths').map((path) => valueAt(path, 'backend')),
    ),
  ];
  const names = backends.flatMap((backend) => textAt(backend, 'service', 'name') ?? []);
  return {
    ...readOwner(object),
    hosts: hostsOf(rules.map((rule) => textAt(rule, 'host'))),
    backends: unique(names.map((name) => `${namespace}/${name}`)).slice(0, BACKENDS_MAX),
    targets: readLoadBalancer(object),
    gateways: [],
    tcpPort: listAt(object, 'spec', 'tls').length > 0 ? 443 : 80,
  };
}

/** Hosts that only a listener of its Gateway says are nobody's: the route must say them. */
export function readHttpRoute(object: unknown): SlimHostRoute {
  const namespace = textAt(object, 'metadata', 'namespace') ?? '';
  const refs = listAt(object, 'spec', 'rules').flatMap((rule) => listAt(rule, 'backendRefs'));
  const backends = refs.flatMap((ref) => refKey(ref, { group: '', kind: 'Service', namespace }));
  const parents = listAt(object, 'status', 'parents').filter(isAccepted);
  const gateway = { group: GATEWAY_GROUP, kind: 'Gateway', namespace };
  return {
    ...readOwner(object),
    hosts: hostsOf(listAt(object, 'spec', 'hostnames')),
    backends: unique(backends).slice(0, BACKENDS_MAX),
    targets: [],
    gateways: unique(parents.flatMap((one) => refKey(valueAt(one, 'parentRef'), gateway))),
    tcpPort: undefined,
  };
}

/** `status.addresses`: a type that is not said means IPAddress. */
export function readGateway(object: unknown): SlimGateway {
  const targets = listAt(object, 'status', 'addresses').flatMap((one): LoadBalancerTarget[] => {
    const value = textAt(one, 'value') ?? '';
    const type = textAt(one, 'type') ?? 'IPAddress';
    if (value === '') return [];
    if (type === 'IPAddress') return [{ ip: value }];
    return type === 'Hostname' ? [{ hostname: value }] : [];
  });
  const [tcpPort] = listAt(object, 'spec', 'listeners').flatMap((listener) => {
    const port = valueAt(listener, 'port');
    return typeof port === 'number' && textAt(listener, 'protocol') !== 'UDP' ? [port] : [];
  });
  return { targets, tcpPort };
}

function readOwner(
  object: unknown,
): Pick<SlimHostRoute, 'namespace' | 'createdAt' | 'labels' | 'wishes'> {
  return {
    namespace: textAt(object, 'metadata', 'namespace') ?? '',
    createdAt: textAt(object, 'metadata', 'creationTimestamp') ?? '',
    labels: textMapAt(object, 'metadata', 'labels'),
    wishes: ourAnnotations(object),
  };
}

function isAccepted(parent: unknown): boolean {
  return listAt(parent, 'conditions').some(
    (one) => textAt(one, 'type') === 'Accepted' && textAt(one, 'status') === 'True',
  );
}

interface RefDefaults {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** Of an object of just this group and kind; both may be left unsaid. */
function refKey(ref: unknown, of: RefDefaults): string[] {
  const isOther =
    (textAt(ref, 'group') ?? of.group) !== of.group || (textAt(ref, 'kind') ?? of.kind) !== of.kind;
  const name = textAt(ref, 'name');
  if (isOther || name === undefined) return [];
  return [`${textAt(ref, 'namespace') ?? of.namespace}/${name}`];
}

function hostsOf(texts: readonly unknown[]): readonly string[] {
  const hosts = texts.flatMap((text) => {
    if (typeof text !== 'string' || text.length > HOST_LENGTH_MAX + 1) return [];
    const host = text.toLowerCase().replace(/\.$/, '');
    return HOST.test(host) ? [host] : [];
  });
  return unique(hosts).slice(0, HOSTS_MAX);
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
