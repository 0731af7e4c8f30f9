/**
 * What Kubernetes says, cut down to what we use: Service, EndpointSlice, Node. Each reader takes
 * an object as the API server sends it and keeps only the fields below (a slice of 1,000 pods
 * becomes three numbers); anything missing or of another kind is absent, never an error.
 *
 * Source: Kubernetes API reference, core/v1 and discovery.k8s.io/v1.
 */

import { listAt, textAt, textMapAt, valueAt } from './untyped.ts';

export type LoadBalancerTarget = { readonly ip: string } | { readonly hostname: string };

/** What identifies one state of an object; opaque, compared for equality only. */
export interface ObjectVersion {
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface SlimService extends ObjectVersion {
  readonly type: string;
  /** `status.loadBalancer.ingress`. */
  readonly loadBalancer: readonly LoadBalancerTarget[];
  readonly externalIPs: readonly string[];
  readonly clusterIPs: readonly string[];
  /** TCP ports, the first one is what a probe asks by default. */
  readonly tcpPorts: readonly number[];
  readonly labels: ReadonlyMap<string, string>;
  /** Only those of ours, without the prefix. */
  readonly wishes: ReadonlyMap<string, string>;
}

export interface SlimEndpointSlice extends ObjectVersion {
  /** Name of the Service in the same namespace; undefined: nobody's. */
  readonly service: string | undefined;
  readonly readyCount: number;
  /** Not ready any more, but still serving while they end. */
  readonly servingTerminatingCount: number;
  /** Unix ms, by the member's clock: what made it change last happened then. */
  readonly causedAtMs: number | undefined;
}

export interface SlimNode extends ObjectVersion {
  readonly region: string | undefined;
  readonly topologyZone: string | undefined;
}

/** Every annotation and label of ours. */
const OUR_PREFIX = 'fedns.io/';

const EMPTY: ReadonlyMap<string, string> = new Map();

export function readService(object: unknown): SlimService {
  const annotations = textMapAt(object, 'metadata', 'annotations');
  const ours = [...annotations]
    .filter(([name]) => name.startsWith(OUR_PREFIX))
    .map(([name, text]): [string, string] => [name.slice(OUR_PREFIX.length), text]);
  const labels = textMapAt(object, 'metadata', 'labels');
  return {
    uid: uidOf(object),
    resourceVersion: resourceVersionOf(object),
    type: typeOf(object),
    loadBalancer: exact(readLoadBalancer(object)),
    externalIPs: textsAt(object, 'spec', 'externalIPs'),
    clusterIPs: textsAt(object, 'spec', 'clusterIPs'),
    tcpPorts: exact(listAt(object, 'spec', 'ports').flatMap(tcpPort)),
    labels: labels.size === 0 ? EMPTY : labels,
    wishes: ours.length === 0 ? EMPTY : new Map(ours),
  };
}

/** `status.loadBalancer.ingress` of a Service or an Ingress; an item may hold both forms. */
function readLoadBalancer(object: unknown): LoadBalancerTarget[] {
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

/**
 * Ready is `ready`, where unknown means ready (discovery.k8s.io/v1: "a nil value should be
 * interpreted as true"); `serving` likewise follows `ready` where it is not said.
 */
export function readEndpointSlice(object: unknown): SlimEndpointSlice {
  let readyCount = 0;
  let servingTerminatingCount = 0;
  for (const endpoint of listAt(object, 'endpoints')) {
    const isReady = valueAt(endpoint, 'conditions', 'ready') !== false;
    const serving = valueAt(endpoint, 'conditions', 'serving');
    const isTerminating = valueAt(endpoint, 'conditions', 'terminating') === true;
    if (isReady) readyCount++;
    else if (serving === true && isTerminating) servingTerminatingCount++;
  }
  const service = textAt(object, 'metadata', 'labels', 'kubernetes.io/service-name');
  const caused = Date.parse(textAt(object, 'metadata', 'annotations', TRIGGER_TIME) ?? '');
  return {
    uid: uidOf(object),
    resourceVersion: resourceVersionOf(object),
    service,
    readyCount,
    servingTerminatingCount,
    causedAtMs: Number.isNaN(caused) ? undefined : caused,
  };
}

/** `topology.kubernetes.io/…`, else the labels that it took the place of in Kubernetes 1.17. */
export function readNode(object: unknown): SlimNode {
  const label = (name: string): string | undefined => {
    const text =
      textAt(object, 'metadata', 'labels', `topology.kubernetes.io/${name}`) ??
      textAt(object, 'metadata', 'labels', `failure-domain.beta.kubernetes.io/${name}`);
    return text === '' ? undefined : text;
  };
  return {
    uid: uidOf(object),
    resourceVersion: resourceVersionOf(object),
    region: label('region'),
    topologyZone: label('zone'),
  };
}

function uidOf(object: unknown): string {
  return textAt(object, 'metadata', 'uid') ?? '';
}

function resourceVersionOf(object: unknown): string {
  return textAt(object, 'metadata', 'resourceVersion') ?? '';
}

const SERVICE_TYPES = ['ClusterIP', 'LoadBalancer', 'NodePort', 'ExternalName'];

/** One copy of each word. */
function typeOf(object: unknown): string {
  const text = textAt(object, 'spec', 'type') ?? 'ClusterIP';
  return SERVICE_TYPES.find((type) => type === text) ?? text;
}

const NONE: readonly never[] = [];

/** As long as it is: what `filter` and `flatMap` give keeps 17 places, and these live for long. */
function exact<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NONE : list.slice();
}

function textsAt(object: unknown, ...path: readonly string[]): readonly string[] {
  return exact(listAt(object, ...path).filter((text) => typeof text === 'string'));
}

function tcpPort(port: unknown): number[] {
  const protocol = textAt(port, 'protocol') ?? 'TCP';
  const number = valueAt(port, 'port');
  return protocol === 'TCP' && typeof number === 'number' ? [number] : [];
}
