/** Why a cluster is or is not among those of a placement, in words. Pure. */

import type { PlacementWish } from '../../api/kubefed/federated-object.ts';
import { type LabelSelector, matchesLabels } from '../../api/label-selector.ts';
import type { Read } from '../../api/read.ts';

export function placementWhy(
  placement: Read<PlacementWish>,
  cluster: string,
  labels: ReadonlyMap<string, string>,
): string {
  if (placement.kind === 'bad') return placement.problem;
  const { clusters, selector } = placement.value;
  if (clusters !== undefined) {
    return `spec.placement.clusters ${clusters.includes(cluster) ? 'names' : 'does not name'} it`;
  }
  if (selector === undefined) return 'spec.placement says nothing: nowhere';
  const matches = matchesLabels(selector, labels);
  return `spec.placement.clusterSelector ${matches ? 'selects' : 'does not select'} it (${formatSelector(selector)})`;
}

/** As kubectl shows it: `tier=front,zone in (a,b)`. */
function formatSelector({ labels, expressions }: LabelSelector): string {
  const parts = [
    ...[...labels].map(([key, value]) => `${key}=${value}`),
    ...expressions.map(({ key, operator, values }) => {
      switch (operator) {
        case 'In':
          return `${key} in (${values.join(',')})`;
        case 'NotIn':
          return `${key} notin (${values.join(',')})`;
        case 'Exists':
          return key;
        case 'DoesNotExist':
          return `!${key}`;
        default:
          return operator satisfies never;
      }
    }),
  ];
  return parts.length === 0 ? 'everything' : parts.join(',');
}
