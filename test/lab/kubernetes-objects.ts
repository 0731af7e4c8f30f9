/**
 * What stories put into a cluster of the lab: nodes, and services with a deployment behind them.
 */
import { isIP } from 'node:net';
import { parseAllDocuments } from 'yaml';
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

/** Region and zone by short names, any other label by its own. */
export interface NodeLabels {
  readonly region?: string;
  readonly zone?: string;
  readonly [label: string]: string | undefined;
}

export interface AccountOptions {
  readonly serviceAccount: string;
  readonly namespace: string;
  /**
   * Makes the account too, with these rules in all namespaces: a list as a ClusterRole has it, or
   * the text of YAML documents among which a ClusterRole is. Absent: the account is there.
   */
  readonly rules?: unknown;
}

interface Slices {
  readonly items: readonly {
    readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[] | null;
  }[];
}

const READY_LIMIT_MS = 60_000;

export function nodeManifest(name: string, { region, zone, ...more }: NodeLabels): string {
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
        ...more,
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

/** Of an account with rules: namespace, account, role and binding. */
export function accountManifests({ serviceAccount, namespace, rules }: AccountOptions): string {
  const rbac = 'rbac.authorization.k8s.io';
  const name = `lab:${namespace}:${serviceAccount}`;
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: serviceAccount, namespace } },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: typeof rules === 'string' ? rulesOf(rules) : rules,
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
    },
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

function rulesOf(yaml: string): unknown {
  const role = parseAllDocuments(yaml).find((each) => each.get('kind') === 'ClusterRole');
  if (role === undefined) throw new Error('no ClusterRole among the YAML documents');
  return role.toJS().rules;
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
