/** The members as their KubeFedClusters in the host say them. */

import { collectionPath } from '../../../api/kubefed/api-resource.ts';
import { listAt, textAt, textMapAt } from '../../../api/untyped.ts';
import { CLUSTER_RESOURCE } from '../../../federation/joining/host-objects.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { VerbError } from '../../output.ts';
import type { HostCluster } from '../host-cluster.ts';

/** As its KubeFedCluster says. */
export interface RegisteredMember {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly isReady: boolean;
  readonly object: unknown;
}

/** By name; of those that `--cluster` names all are there. */
export async function readMembers(
  host: HostCluster,
  only: readonly string[] = [],
): Promise<readonly RegisteredMember[]> {
  const members: RegisteredMember[] = [];
  const path = collectionPath(CLUSTER_RESOURCE, host.namespace);
  for await (const page of readPagesOf(host.client, path)) {
    members.push(...page.map(registered));
  }
  members.sort((left, right) => (left.name < right.name ? -1 : 1));
  const known = members.map(({ name }) => name);
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const there = known.length === 0 ? 'there is none' : `there are ${known.join(', ')}`;
    throw new VerbError(`--cluster: no KubeFedCluster is named "${unknown}": ${there}`, 2);
  }
  return only.length === 0 ? members : members.filter(({ name }) => only.includes(name));
}

function registered(object: unknown): RegisteredMember {
  const ready = listAt(object, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'Ready',
  );
  return {
    name: textAt(object, 'metadata', 'name') ?? '',
    labels: textMapAt(object, 'metadata', 'labels'),
    isReady: textAt(ready, 'status') === 'True',
    object,
  };
}
