/** The end of the guide: the example, the types, the members and the control plane go, and nothing stays. */

import { expect, it } from 'vitest';
import { eventually } from '../../controllers/eventually.ts';
import type { Guide } from './guide.ts';

const IN_SYSTEM = '-n kube-federation-system';
const IN_TEST = '-n test-namespace';

export function itEnds(guide: () => Guide): void {
  it('the example goes, and last its namespace', async () => {
    const { type, until } = guide();
    await type('kubectl delete -f example/dns.yaml');
    await type(`kubectl ${IN_TEST} delete federatedbars.kubefed.example.io test-crd`);
    await type('kubectl delete -f example/federatedingress.yaml');
    for (const part of ['settings', 'deployment', 'service', 'job', 'namespace']) {
      await type(`kubectl delete -f example/sample1/federated${part}.yaml --timeout=60s`);
    }
    const inOther = 'kubectl --context cluster2 get ns test-namespace --ignore-not-found -o name';
    await until(inOther, (said) => said === '');
    await type('kubectl delete -f example/sample1/namespace.yaml --timeout=60s');
  });

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

  it('the control plane is uninstalled, and nothing of ours is left', async () => {
    await takeAway(guide());
    for (const cluster of guide().clusters) await expectUnchanged(guide(), cluster);
  });
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
