/**
 * All that a cluster holds, whatever its kind, to be compared before and after: what came, what went, and
 * what of the rest was changed. Not what comes and goes by itself (events, leases of Kubernetes' own
 * programs), nor what a status says.
 */

import { listAt, textAt } from '../../../src/api/untyped.ts';
import { canonicalJson } from '../../../src/federation/canonical-json.ts';
import { eventually } from '../../controllers/eventually.ts';
import type { KubernetesCluster } from '../../lab/kubernetes.ts';

const PASSING = /^(events|ipaddresses|componentstatuses|nodes)\b/;
const OWN_LEASES = new Set(['kube-system', 'kube-node-lease']);

/** `Kind namespace/name` -> what people and programs wrote there. */
export type ClusterObjects = ReadonlyMap<string, string>;

export async function objectsIn({ kubectl }: KubernetesCluster): Promise<ClusterObjects> {
  const listed = await kubectl(['api-resources', '--verbs=list,delete', '-o', 'name']);
  const types = listed.split('\n').filter((type) => type !== '' && !PASSING.test(type));
  const text = await kubectl(['get', types.join(','), '-A', '-o', 'json']);
  const objects = listAt(JSON.parse(text), 'items').filter((object) => !isPassing(object));
  return new Map(objects.map((object) => [keyOf(object), contentOf(object)]));
}

/** Once its own programs have made what they make in every cluster. */
export async function settledObjects(cluster: KubernetesCluster): Promise<ClusterObjects> {
  let before = await objectsIn(cluster);
  return await eventually(
    async () => {
      const [was, is] = [before, await objectsIn(cluster)];
      before = is;
      return { was, is };
    },
    ({ was, is }) => differences(was, is).length === 0,
  ).then(({ is }) => is);
}

/** A line for each difference. */
export function differences(before: ClusterObjects, after: ClusterObjects): readonly string[] {
  const came = [...after.keys()].filter((key) => !before.has(key));
  const went = [...before.keys()].filter((key) => !after.has(key));
  const changed = [...before].flatMap(([key, was]) => {
    const is = after.get(key);
    return is === undefined || is === was ? [] : [`${key}: was ${was}, is ${is}`];
  });
  return [...came.map((key) => `+ ${key}`), ...went.map((key) => `- ${key}`), ...changed].sort();
}

function isPassing(object: unknown): boolean {
  const namespace = textAt(object, 'metadata', 'namespace') ?? '';
  return textAt(object, 'kind') === 'Lease' && OWN_LEASES.has(namespace);
}

function keyOf(object: unknown): string {
  const [kind, namespace = '', name] = [
    textAt(object, 'kind'),
    textAt(object, 'metadata', 'namespace'),
    textAt(object, 'metadata', 'name'),
  ];
  return `${kind} ${namespace}/${name}`;
}

/** Its uid too: another of the same name is another. */
function contentOf(object: unknown): string {
  const { metadata, status: _, ...rest } = object as Record<string, unknown>;
  const {
    managedFields: __,
    resourceVersion: ___,
    generation: ____,
    ...own
  } = metadata as Record<string, unknown>;
  return canonicalJson({ metadata: own, ...rest });
}
