/**
 * What stories put into a cluster of the lab: nodes, and services with a deployment behind them.
 */
import { isIP } from 'node:net';
import type { ClusterFiles } from './kubernetes-files.ts';
import { ask } from './kubernetes-programs.ts';
import { waitUntil } from './process.ts';

export interface ServiceOptions {
  readonly namespace?: string;
  readonly name: string;
  readonly replicas: number;
  /** Of the load balancer: IP addresses or host names. */
  readonly addresses: readonly string[];
  readonly port?: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface NodeLabels {
  readonly region?: string;
  readonly zone?: string;
}

interface Slices {
  readonly items: readonly {
    readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[] | null;
  }[];
}

const READY_LIMIT_MS = 60_000;

export function nodeManifest(name: string, { region, zone }: NodeLabels): string {
  const room = { cpu: '32', memory: '256Gi', pods: '110' };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        ...(region !== undefined && { 'topology.kubernetes.io/region': region }),
        ...(zone !== undefined && { 'topology.kubernetes.io/zone': zone }),
      },
    },
    status: { capacity: room, allocatable: room },
  });
}

export function serviceManifests(options: ServiceOptions): string {
  const { name, namespace = 'default', replicas, port = 80, annotations = {} } = options;
  const labels = { app: name };
  const ports = [{ name: 'http', containerPort: port }];
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'main', image: 'lab.example/any', ports }] },
  };
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, labels },
      spec: { replicas, selector: { matchLabels: labels }, template },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels, annotations },
      spec: {
        type: 'LoadBalancer',
        selector: labels,
        ports: [{ name: 'http', port, targetPort: 'http', protocol: 'TCP' }],
      },
    },
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

export function loadBalancerStatus(addresses: readonly string[]): string {
  const ingress = addresses.map((each) => (isIP(each) > 0 ? { ip: each } : { hostname: each }));
  return JSON.stringify({ status: { loadBalancer: { ingress } } });
}

/** Ready endpoints of a service, as its slices have them; undefined when there is no slice. */
async function readyEndpoints(
  files: ClusterFiles,
  name: string,
  namespace = 'default',
): Promise<number | undefined> {
  const query = new URLSearchParams({ labelSelector: `kubernetes.io/service-name=${name}` });
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?${query}`;
  const { status, body } = await ask(files, path);
  if (status !== 200) throw new Error(`${files.name}: endpointslices: ${status} ${body}`);
  const slices = JSON.parse(body) as Slices;
  if (slices.items.length === 0) return undefined;
  const endpoints = slices.items.flatMap((slice) => slice.endpoints ?? []);
  return endpoints.filter((endpoint) => endpoint.conditions?.ready === true).length;
}

export function whenReady(files: ClusterFiles, options: ServiceOptions): Promise<void> {
  const { name, namespace, replicas } = options;
  return waitUntil(
    `${files.name}: ${replicas} ready of service ${name} (is there a node?)`,
    async () => {
      const ready = await readyEndpoints(files, name, namespace);
      if (ready === replicas) return true;
      throw new Error(`${ready ?? 'no slice, 0'} ready`);
    },
    READY_LIMIT_MS,
  );
}
