/**
 * Somebody who follows KubeFed's guide: the clusters, the shell, what lay in the clusters before, and the
 * guide's ways of looking.
 */

import type { HostWithPods } from '../../deploy/host-with-pods.ts';
import { type ClusterObjects, differences, objectsIn, settledObjects } from './cluster-objects.ts';
import { type GuideShell, openGuideShell } from './guide-shell.ts';

export interface Guide extends GuideShell {
  readonly on: HostWithPods;
  /** In which it is looked: the host among them only where it is a member. */
  readonly clusters: readonly string[];
  /** A line of `kubectl get` in a member: it writes nothing where there is nothing. */
  got(cluster: string, what: string, output?: string): string;
  /** Waits until it is in these clusters, and in no other. */
  places(what: string, ...clusters: readonly string[]): Promise<void>;
  /** A line that writes status and reason of the condition. */
  propagation(kind: string, name: string): string;
  /** Since the guide was opened: a line for each object that came, went or is another. */
  changesIn(cluster: string): Promise<readonly string[]>;
}

export async function openGuide(
  on: HostWithPods,
  clusters: readonly string[],
  namespace = 'test-namespace',
): Promise<Guide> {
  const shell = await openGuideShell(on);
  const before = new Map<string, ClusterObjects>();
  for (const name of new Set([on.host.name, ...clusters])) {
    before.set(name, await settledObjects(on.member(name)));
  }
  const got = (cluster: string, what: string, output = 'name') =>
    `kubectl --context=${cluster} -n ${namespace} get ${what} --ignore-not-found -o ${output}`;
  return {
    ...shell,
    on,
    clusters,
    got,
    async places(what, ...wanted) {
      for (const cluster of clusters) {
        const isWanted = wanted.includes(cluster);
        await shell.until(got(cluster, what), (said) => (said.trim() !== '') === isWanted);
      }
    },
    propagation: (kind, name) => {
      const field = (of: string) => `{.status.conditions[?(@.type=="Propagation")].${of}}`;
      const output = `jsonpath='${field('status')} ${field('reason')}'`;
      return `kubectl -n ${namespace} get ${kind} ${name} -o ${output}`;
    },
    changesIn: async (cluster) =>
      differences(before.get(cluster) ?? new Map(), await objectsIn(on.member(cluster))),
  };
}
