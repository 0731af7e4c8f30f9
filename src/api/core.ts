/**
 * What Kubernetes says, cut down to what we use: Service, EndpointSlice, Node. Each reader takes
 * an object as the API server sends it and keeps only the fields below (a slice of 1,000 pods
 * becomes two numbers and the names of their nodes); anything missing or of another kind is absent, never an error.
 *
 * Source: Kubernetes API reference, core/v1 and discovery.k8s.io/v1.
 */

import { objectVersion } from './object-version.ts';
import { listAt, textAt, textMapAt, valueAt } from './untyped.ts';

export type LoadBalancerTarget = { readonly ip: string } | { readonly hostname: string };

export interface SlimService {
  /** object-version.ts. */
  readonly version: string;
  readonly type: string;
  /** `status.loadBalancer.ingress`. */
  readonly loadBalancer: readonly LoadBalancerTarget[];
  /** Only where the owner asks for them. */
  readonly externalIPs: readonly string[];
  /** Between commas: every Service has some, and hardly any is reached by them. */
  readonly clusterIPs: string;
  /** The first TCP port: what a probe asks by default. */
  readonly tcpPort: number | undefined;
  /** Only where the owner asks for the nodes' addresses, and it has a port on them. */
  readonly nodePorts: NodePorts | undefined;
  /** Only those that were asked for: nobody looks at the others. */
  readonly labels: ReadonlyMap<string, string>;
  /** Only those of ours, without the prefix. */
  readonly wishes: ReadonlyMap<string, string>;
}

export interface NodePorts {
  /** Of the first TCP port that has one; what a probe asks. */
  readonly tcp: number | undefined;
  /** `externalTrafficPolicy: Local`: a node without an endpoint of its own drops what it gets. */
  readonly isLocal: boolean;
}

/**
 * Nodes and addresses are those of the ready endpoints; of the serving and ending ones where none
 * of the slice is ready.
 */
export interface SlimEndpointSlice {
  /** Name of the Service in the same namespace; undefined: nobody's. */
  readonly service: string | undefined;
  readonly readyCount: number;
  /** Not ready any more, but still serving while they end. */
  readonly servingTerminatingCount: number;
  /** Unix ms, by the member's clock: what made it change last happened then. */
  readonly causedAtMs: number | undefined;
  /** Each once. */
  readonly nodeNames: readonly string[];
  /** Kept of headless Services only: 250,000 pods of others would rest here for nobody. */
  readonly addresses: readonly string[];
  /** The first TCP port of the endpoints themselves; likewise. */
  readonly tcpPort: number | undefined;
}

export interface SlimNode {
  readonly region: string | undefined;
  readonly topologyZone: string | undefined;
  /** Takes traffic from outside: Ready, and not excluded from load balancers. */
  readonly isServing: boolean;
  /** ExternalIP, where there is none InternalIP. */
  readonly addresses: readonly string[];
}

/** Every annotation and label of ours. */
const OUR_PREFIX = 'fedns.io/';

/** On slices of headless Services. Source: the endpoint slice controller, IsHeadlessService. */
const HEADLESS = 'service.kubernetes.io/headless';
/** Source: KEP-1143; nodes that no balancer may send traffic to. */
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';
/** Of one slice, as its API has it. */
const ENDPOINTS_MAX = 1000;
/** Kubernetes allows 256 KiB of annotations an object; of ours the longest is a list of words. */
const ANNOTATIONS_MAX = 32;
const ANNOTATION_LENGTH_MAX = 256;
/** A node says a handful; one that lies, no more than this. */
const NODE_ADDRESSES_MAX = 16;

const EMPTY: ReadonlyMap<string, string> = new Map();

export interface ReadingService {
  /** Where it is known already: one copy of it. */
  readonly version?: string;
  /** Names of the labels that are kept; undefined: all. */
  readonly labelNames?: ReadonlySet<string>;
}

export function readService(object: unknown, reading: ReadingService = {}): SlimService {
  const wishes = ourAnnotations(object);
  const [tcp] = listAt(object, 'spec', 'ports').flatMap((port) => tcpPort(port, 'port'));
  const wants = (source: string) => wishes.get('addresses')?.includes(source) === true;
  return {
    version: reading.version ?? objectVersion(object),
    type: typeOf(object),
    loadBalancer: exact(readLoadBalancer(object)),
    externalIPs: wants('external-ips') ? textsAt(object, 'spec', 'externalIPs') : NOTHING,
    clusterIPs: textsAt(object, 'spec', 'clusterIPs').join(','),
    tcpPort: tcp,
    nodePorts: wants('node-ports') ? readNodePorts(object) : undefined,
    labels: labelsOf(object, reading.labelNames),
    wishes,
  };
}

/** `names`: only those; a Service has five labels, of which a selector asks for one or none. */
function labelsOf(
  object: unknown,
  names: ReadonlySet<string> | undefined,
): ReadonlyMap<string, string> {
  if (names?.size === 0) return EMPTY;
  const all = [...textMapAt(object, 'metadata', 'labels')];
  const kept = names === undefined ? all : all.filter(([name]) => names.has(name));
  return kept.length === 0 ? EMPTY : new Map(kept);
}

/** Only those of ours, without the prefix; no more of each than shows that it is wrong. */
export function ourAnnotations(object: unknown): ReadonlyMap<string, string> {
  const ours = [...textMapAt(object, 'metadata', 'annotations')]
    .filter(([name]) => name.startsWith(OUR_PREFIX))
    .slice(0, ANNOTATIONS_MAX)
    .map(([name, text]): [string, string] => [
      name.slice(OUR_PREFIX.length),
      text.slice(0, ANNOTATION_LENGTH_MAX),
    ]);
  return ours.length === 0 ? EMPTY : new Map(ours);
}

/** `status.loadBalancer.ingress` of a Service or an Ingress; an item may hold both forms. */
export function readLoadBalancer(object: unknown): LoadBalancerTarget[] {
  return listAt(object, 'status', 'loadBalancer', 'ingress').flatMap(
    (item): LoadBalancerTarget[] => {
      const ip = textAt(item, 'ip');
      if (ip !== undefined && ip !== '') return [{ ip }];
      const hostname = textAt(item, 'hostname');
      return hostname !== undefined && hostname !== '' ? [{ hostname }] : [];
    },
  );
}

/** When a pod or a Service changed last, as the endpoint controller has it. */
const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

function readNodePorts(object: unknown): NodePorts | undefined {
  const ports = listAt(object, 'spec', 'ports');
  const hasAny = ports.some((port) => typeof valueAt(port, 'nodePort') === 'number');
  if (!hasAny) return undefined;
  const [tcp] = ports.flatMap((port) => tcpPort(port, 'nodePort'));
  return { tcp, isLocal: textAt(object, 'spec', 'externalTrafficPolicy') === 'Local' };
}

/**
 * Ready is `ready`, where unknown means ready (discovery.k8s.io/v1: "a nil value should be
 * interpreted as true"); `serving` likewise follows `ready` where it is not said.
 */
export function readEndpointSlice(object: unknown): SlimEndpointSlice {
  const ready: unknown[] = [];
  const ending: unknown[] = [];
  for (const endpoint of listAt(object, 'endpoints')) {
    const isReady = valueAt(endpoint, 'conditions', 'ready') !== false;
    const serving = valueAt(endpoint, 'conditions', 'serving');
    const isTerminating = valueAt(endpoint, 'conditions', 'terminating') === true;
    if (isReady) ready.push(endpoint);
    else if (serving === true && isTerminating) ending.push(endpoint);
  }
  const used = (ready.length > 0 ? ready : ending).slice(0, ENDPOINTS_MAX);
  const names = new Set(used.flatMap((endpoint) => textAt(endpoint, 'nodeName') ?? []));
  const isHeadless = textAt(object, 'metadata', 'labels', HEADLESS) !== undefined;
  const caused = Date.parse(textAt(object, 'metadata', 'annotations', TRIGGER_TIME) ?? '');
  return {
    causedAtMs: Number.isNaN(caused) ? undefined : caused,
    service: textAt(object, 'metadata', 'labels', 'kubernetes.io/service-name'),
    readyCount: ready.length,
    servingTerminatingCount: ending.length,
    nodeNames: names.size === 0 ? NOTHING : [...names],
    addresses: isHeadless ? exact(used.flatMap(endpointAddress)) : NOTHING,
    tcpPort: isHeadless
      ? listAt(object, 'ports').flatMap((port) => tcpPort(port, 'port'))[0]
      : undefined,
  };
}

/** The first: "no semantics are defined for additional addresses" (discovery.k8s.io/v1). */
function endpointAddress(endpoint: unknown): string[] {
  const [address] = listAt(endpoint, 'addresses');
  return typeof address === 'string' ? [address] : [];
}

/** `topology.kubernetes.io/…`, else the labels that it took the place of in Kubernetes 1.17. */
export function readNode(object: unknown): SlimNode {
  const label = (name: string): string | undefined => {
    const text =
      textAt(object, 'metadata', 'labels', `topology.kubernetes.io/${name}`) ??
      textAt(object, 'metadata', 'labels', `failure-domain.beta.kubernetes.io/${name}`);
    return text === '' ? undefined : text;
  };
  const isReady = listAt(object, 'status', 'conditions').some(
    (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
  );
  return {
    region: label('region'),
    topologyZone: label('zone'),
    isServing: isReady && textAt(object, 'metadata', 'labels', EXCLUDED) === undefined,
    addresses: nodeAddresses(object),
  };
}

function nodeAddresses(object: unknown): string[] {
  const ofType = (type: string) =>
    listAt(object, 'status', 'addresses').flatMap((one) =>
      textAt(one, 'type') === type ? (textAt(one, 'address') ?? []) : [],
    );
  const external = ofType('ExternalIP');
  return (external.length > 0 ? external : ofType('InternalIP')).slice(0, NODE_ADDRESSES_MAX);
}

const SERVICE_TYPES = ['ClusterIP', 'LoadBalancer', 'NodePort', 'ExternalName'];

/** One copy of each word. */
function typeOf(object: unknown): string {
  const text = textAt(object, 'spec', 'type') ?? 'ClusterIP';
  return SERVICE_TYPES.find((type) => type === text) ?? text;
}

const NOTHING: readonly never[] = [];

/** As long as it is: what `filter` and `flatMap` give keeps 17 places, and these live for long. */
function exact<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NOTHING : list.slice();
}

function textsAt(object: unknown, ...path: readonly string[]): readonly string[] {
  return exact(listAt(object, ...path).filter((text) => typeof text === 'string'));
}

function tcpPort(port: unknown, field: 'port' | 'nodePort'): number[] {
  const protocol = textAt(port, 'protocol') ?? 'TCP';
  const number = valueAt(port, field);
  return protocol === 'TCP' && typeof number === 'number' ? [number] : [];
}
