/** A federation of two members, one in front and one behind, with a federated namespace `shop`. */

import { eventually } from './eventually.ts';
import { type Federation, type SeenObject, startFederation } from './federation.ts';

export const EVERYWHERE = { clusterSelector: {} };

export async function startTwoMembers(): Promise<Federation> {
  const federation = await startFederation({ members: ['one', 'two'], withWorkloads: false });
  await federation.join('one', { tier: 'front' });
  await federation.join('two', { tier: 'back' });
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  await federation.apply(federated('Namespace', 'shop', EVERYWHERE));
  return federation;
}

/** In `shop`. */
export function federated(
  kind: string,
  name: string,
  placement: object,
  spec: object = {},
): object {
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: `Federated${kind}`,
    metadata: { name, namespace: 'shop' },
    spec: { placement, ...spec },
  };
}

/** What is asked again and again of such a federation. */
export function lookingAt(federation: () => Federation) {
  const copy = (cluster: string, kind: string, name: string) =>
    federation().get(cluster, [kind, name, '-n', 'shop']);
  const object = (kind: string, name: string) =>
    federation().get('host', [`federated${kind}.types.kubefed.io`, name, '-n', 'shop']);
  /** How a copy stands by the status of its object, once it is so. */
  const standing = async (kind: string, name: string, cluster: string, want: string) => {
    const seen = await eventually(
      () => object(kind, name),
      ({ status }) =>
        status?.clusters?.some((one) => one.name === cluster && (one.status ?? 'OK') === want) ===
        true,
    );
    return seen.status?.clusters?.find((one) => one.name === cluster);
  };
  return { copy, object, standing };
}

export function isPropagated({ status }: SeenObject): boolean {
  return (
    status?.conditions?.some(({ type, status: is }) => type === 'Propagation' && is === 'True') ===
    true
  );
}
