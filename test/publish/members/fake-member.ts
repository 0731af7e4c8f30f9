/** A member played by a faulty API: what it holds is put as a person would say it. */

import { FaultyApi } from '../../support/faulty-api.ts';

const SERVICES = '/api/v1/services';
const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';
const NODES = '/api/v1/nodes';
const MCS = '/apis/multicluster.x-k8s.io/v1alpha1';
const EXPORTS = `${MCS}/serviceexports`;
const NETWORKING = '/apis/networking.k8s.io/v1';
const INGRESSES = `${NETWORKING}/ingresses`;
const GATEWAY_API = '/apis/gateway.networking.k8s.io/v1';
const GATEWAYS = `${GATEWAY_API}/gateways`;
const ROUTES = `${GATEWAY_API}/httproutes`;

export class FakeMember {
  readonly api = new FaultyApi([SERVICES, SLICES, NODES, EXPORTS, INGRESSES, GATEWAYS, ROUTES]);
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** `address` undefined: a node that says none; `isReady` undefined: nor whether it is. */
  node(name: string, region: string, zone: string, address?: string, isReady?: boolean): void {
    const labels = { 'topology.kubernetes.io/region': region, 'topology.kubernetes.io/zone': zone };
    const addresses = address === undefined ? [] : [{ type: 'InternalIP', address }];
    const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False' }];
    this.api.at(NODES).put(name, { metadata: { labels }, status: { addresses, conditions } });
  }

  /** What is behind a headless Service, or which nodes have something of it. */
  endpoints(key: string, given: readonly { address?: string; node?: string }[]): void {
    const [namespace, name] = key.split('/');
    const labels = { 'kubernetes.io/service-name': name, 'service.kubernetes.io/headless': '' };
    const endpoints = given.map(({ address, node: nodeName }) => ({
      addresses: address === undefined ? [] : [address],
      nodeName,
      conditions: { ready: true },
    }));
    this.api.at(SLICES).put(`${namespace}/${name}-1`, { metadata: { labels }, endpoints });
  }

  /** `ready` undefined: no slice at all. */
  service(
    key: string,
    addresses: readonly string[],
    more: {
      ready?: number;
      annotations?: Record<string, string>;
      type?: string;
      spec?: object;
    } = {},
  ): void {
    const { ready = 1, annotations = {}, type = 'LoadBalancer', spec = {} } = more;
    // A name has a letter beyond those of hexadecimal numbers.
    const ingress = addresses.map((one) => (/[g-z]/.test(one) ? { hostname: one } : { ip: one }));
    const status = { loadBalancer: { ingress } };
    this.api.at(SERVICES).put(key, { metadata: { annotations }, spec: { type, ...spec }, status });
    this.ready(key, ready);
  }

  ready(key: string, count: number): void {
    const [namespace, name] = key.split('/');
    const labels = { 'kubernetes.io/service-name': name };
    const endpoints = Array.from({ length: count }, () => ({ conditions: { ready: true } }));
    this.api.at(SLICES).put(`${namespace}/${name}-1`, { metadata: { labels }, endpoints });
  }

  hasIngresses(): void {
    this.api.texts.set(NETWORKING, JSON.stringify({ resources: [{ name: 'ingresses' }] }));
  }

  hasGateways(): void {
    const resources = [{ name: 'gateways' }, { name: 'httproutes' }];
    this.api.texts.set(GATEWAY_API, JSON.stringify({ resources }));
  }

  hidesGateways(): void {
    this.api.texts.set(GATEWAY_API, 'no JSON');
  }

  /** Service `web` of its namespace is behind it. */
  ingress(
    key: string,
    host: string,
    ip: string,
    { labels = {}, createdAt }: { labels?: Record<string, string>; createdAt?: string } = {},
  ): void {
    const http = { paths: [{ backend: { service: { name: 'web' } } }] };
    this.api.at(INGRESSES).put(key, {
      metadata: { labels, creationTimestamp: createdAt },
      spec: { rules: [{ host, http }] },
      status: { loadBalancer: { ingress: [{ ip }] } },
    });
  }

  removeIngress(key: string): void {
    this.api.at(INGRESSES).remove(key);
  }

  gateway(key: string, value: string): void {
    this.api.at(GATEWAYS).put(key, { status: { addresses: [{ value }] } });
  }

  /** Accepted by this Gateway; Service `web` of its namespace is behind it. */
  httpRoute(key: string, host: string, gateway: string): void {
    const [namespace, name] = gateway.split('/');
    const conditions = [{ type: 'Accepted', status: 'True' }];
    this.api.at(ROUTES).put(key, {
      spec: { hostnames: [host], rules: [{ backendRefs: [{ name: 'web' }] }] },
      status: { parents: [{ parentRef: { namespace, name }, conditions }] },
    });
  }

  /** From now on it has the API of ServiceExports. */
  hasExports(): void {
    this.api.texts.set(MCS, JSON.stringify({ resources: [{ name: 'serviceexports' }] }));
  }

  /** Nothing can be learnt of it: every question after it is an error. */
  hidesExports(): void {
    this.api.texts.set(MCS, 'no JSON');
  }

  export(key: string): void {
    this.api.at(EXPORTS).put(key);
  }

  unexport(key: string): void {
    this.api.at(EXPORTS).remove(key);
  }

  remove(key: string): void {
    this.api.at(SERVICES).remove(key);
  }
}
