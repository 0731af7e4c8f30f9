/**
 * The workload that a federated autoscaler targets, by its template. What a single cluster overrides
 * of it is not looked at. Pure.
 */

import { keyOfObject } from '../../api/kubefed/api-resource.ts';
import type { FederatedObject } from '../../api/kubefed/federated-object.ts';
import { textAt } from '../../api/untyped.ts';

export interface AutoscalerTarget {
  /** Name of its type config. */
  readonly type: string;
  readonly key: string;
}

/** Kind in a scaleTargetRef -> name of its type config. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['Deployment', 'deployments.apps'],
  ['ReplicaSet', 'replicasets.apps'],
  ['StatefulSet', 'statefulsets.apps'],
]);

/** Type configs of which an autoscaler may have the replicas. */
export const SCALED_TYPES: ReadonlySet<string> = new Set(TYPES.values());

/** One that is being deleted targets nothing any more. */
export function autoscalerTarget({
  template,
  namespace,
  deletion,
}: FederatedObject): AutoscalerTarget | undefined {
  const at = (field: string) => textAt(template, 'spec', 'scaleTargetRef', field) ?? '';
  const type = TYPES.get(at('kind'));
  const name = at('name');
  // Not another group's kind of the same name; `extensions` was theirs before.
  const isKnown = /^((apps|extensions)\/.*)?$/.test(at('apiVersion'));
  if (deletion !== 'none' || type === undefined || name === '' || !isKnown) return undefined;
  return { type, key: keyOfObject({ namespace, name }) };
}
