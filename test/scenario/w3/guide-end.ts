/** The end of the guide: the example, the types, the members and the control plane go, and nothing stays. */

import { expect, it } from 'vitest';
import { eventually } from '../../controllers/eventually.ts';
import type { Guide } from './guide.ts';

const IN_SYSTEM = '-n kube-federation-system';
const IN_TEST = '-n test-namespace';
const LONG_MS = 180_000;

export function itEnds(guide: () => Guide): void {
  it(
    'the example goes, one object by one and then with its namespace',
    async () => {
      const { type, places, until } = guide();
      await type('kubectl delete -f example/dns.yaml');
      await type(`kubectl ${IN_TEST} delete federatedbars.kubefed.example.io test-crd`);
      await places('bar/test-crd');
      await type(`kubectl ${IN_TEST} delete federatedservice test-service`);
      await places('service/test-service');
      await type('kubectl delete ns test-namespace --wait=false');
      // What goes with its namespace was meant by nobody, for all it knows: a person says so.
      await acceptAll(guide(), () =>
        until('kubectl get ns test-namespace --ignore-not-found -o name', () => true),
      );
      for (const cluster of ['cluster1', 'cluster2']) {
        const left = `kubectl --context ${cluster} get ns test-namespace --ignore-not-found -o name`;
        await until(left, (said) => said === '', 60_000);
      }
    },
    LONG_MS,
  );

  it('the types that came with the guide go', async () => {
    const { type, until } = guide();
    await type('kubefedctl disable bars.example.io --delete-crd');
    await type('kubectl delete federatedcustomresourcedefinitions bars.example.io');
    const left = 'kubectl --context cluster2 get crd bars.example.io --ignore-not-found -o name';
    await until(left, (said) => said === '');
    const crd = 'customresourcedefinitions.apiextensions.k8s.io';
    await type(`kubefedctl disable ${crd} --delete-crd`);
  });

  it('both clusters are unjoined', async () => {
    const { type, clusters } = guide();
    for (const name of [...clusters].reverse()) {
      await type(
        `kubefedctl unjoin ${name} --cluster-context ${name} --host-cluster-context cluster1 --v=2`,
      );
    }
    expect(await type(`kubectl ${IN_SYSTEM} get kubefedclusters`)).toContain('No resources found');
  });

  it(
    'the control plane is uninstalled, and nothing of ours is left',
    async () => {
      const { type } = guide();
      await takeAway(guide());
      await type('kubectl delete -f deploy/crds/external-dns/dnsendpoints.yaml');
      for (const cluster of guide().clusters) await expectUnchanged(guide(), cluster);
    },
    LONG_MS,
  );
}

/** The release, the definitions, the namespace that Helm made. */
export async function takeAway({ type }: Guide): Promise<void> {
  await type('helm --namespace kube-federation-system uninstall kubefed --wait');
  await type('kubefedctl uninstall --delete-crds');
  await type('kubectl delete ns kube-federation-system');
}

export async function expectUnchanged({ changesIn }: Guide, cluster: string): Promise<void> {
  const left = await eventually(
    () => changesIn(cluster),
    (changes) => changes.length === 0,
    60_000,
  );
  expect(left, cluster).toEqual([]);
}

/** Every held removal, until what is looked at is gone. */
async function acceptAll({ tried }: Guide, look: () => Promise<string>): Promise<void> {
  await eventually(
    async () => {
      const { stdout } = await tried('kubefedctl accept -o json');
      for (const { id } of JSON.parse(stdout)) await tried(`kubefedctl accept ${id}`);
      return await look();
    },
    (said) => said.trim() === '',
    90_000,
  );
}
