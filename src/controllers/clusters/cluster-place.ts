/**
 * Where a cluster is, by the labels of its nodes, and which Kubernetes it runs. Asked rarely: nodes
 * may be many. What cannot be had now is what it was.
 *
 * Source: specs of KubeFed 0.10 (regions and zones as in 0.6.1: the first node's region there; here
 * the one of most nodes); topology.kubernetes.io labels, the older ones behind them.
 */

import { listAt, textAt, textMapAt } from '../../api/untyped.ts';
import { type ApiClient, METADATA_LIST } from '../../kubernetes/api-client.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import { NODES_PAGE, PLACE_PERIOD_MS, PLACELESS_PERIOD_MS } from '../limits.ts';

export interface ClusterPlace {
  readonly kubernetesVersion: string | undefined;
  readonly region: string | undefined;
  /** Sorted, each once. */
  readonly zones: readonly string[] | undefined;
  /** Monotonic, ms. */
  readonly readAtMs: number;
}

export async function readClusterPlace(
  client: Pick<ApiClient, 'get'>,
  before: ClusterPlace | undefined,
  timeoutMs: number,
): Promise<ClusterPlace> {
  const nowMs = performance.now();
  if (before !== undefined && nowMs - before.readAtMs < periodOf(before)) return before;
  const kubernetesVersion = await orNothing(async () =>
    textAt(await client.get('/version', { timeoutMs }), 'gitVersion'),
  );
  const nodes = await orNothing(() => readNodeLabels(client, timeoutMs));
  return {
    kubernetesVersion: kubernetesVersion ?? before?.kubernetesVersion,
    region: (nodes && regionOf(nodes)) ?? before?.region,
    zones: (nodes && zonesOf(nodes)) ?? before?.zones,
    readAtMs: nowMs,
  };
}

function periodOf({ region, zones }: ClusterPlace): number {
  return region === undefined || zones === undefined ? PLACELESS_PERIOD_MS : PLACE_PERIOD_MS;
}

type NodeLabels = readonly ReadonlyMap<string, string>[];

async function readNodeLabels(
  client: Pick<ApiClient, 'get'>,
  timeoutMs: number,
): Promise<NodeLabels> {
  const labels: ReadonlyMap<string, string>[] = [];
  let next = '';
  do {
    const query = { limit: String(NODES_PAGE), ...(next !== '' && { continue: next }) };
    const page = await client.get('/api/v1/nodes', { query, timeoutMs, accept: METADATA_LIST });
    for (const node of listAt(page, 'items')) labels.push(textMapAt(node, 'metadata', 'labels'));
    next = textAt(page, 'metadata', 'continue') ?? '';
  } while (next !== '');
  return labels;
}

const ZONE_LABELS = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];
const REGION_LABELS = ['topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/region'];

function firstOf(labels: ReadonlyMap<string, string>, names: readonly string[]): string {
  for (const name of names) {
    const value = labels.get(name) ?? '';
    if (value !== '') return value;
  }
  return '';
}

function zonesOf(nodes: NodeLabels): readonly string[] | undefined {
  const zones = new Set(nodes.map((labels) => firstOf(labels, ZONE_LABELS)));
  zones.delete('');
  return zones.size === 0 ? undefined : [...zones].sort();
}

/** Of most nodes; of equal ones the first by name. */
function regionOf(nodes: NodeLabels): string | undefined {
  const counts = new Map<string, number>();
  for (const labels of nodes) {
    const region = firstOf(labels, REGION_LABELS);
    if (region !== '') counts.set(region, (counts.get(region) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([left, a], [right, b]) => b - a || (left < right ? -1 : 1));
  return sorted[0]?.[0];
}

/** What a member refuses, or cannot say now, is no reason to say nothing of it. */
async function orNothing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
