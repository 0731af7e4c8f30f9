/**
 * W3, the KubeFed guide, line by line: its values, its flags, its manifests, on a host that is a member
 * too. What it says comes out, and in the end nothing of ours is left in either cluster.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHostWithPods } from '../../deploy/host-with-pods.ts';
import { type Guide, openGuide } from './guide.ts';
import { itEnds } from './guide-end.ts';
import { itGivesNames } from './guide-names.ts';

const LONG_MS = 180_000;
const CLUSTERS = ['cluster1', 'cluster2'] as const;
const HOST_FLAGS = '--host-cluster-context cluster1';
const IN_SYSTEM = '-n kube-federation-system';
const IN_TEST = '-n test-namespace';

let guide: Guide;

beforeAll(async () => {
  const on = await startHostWithPods(['cluster2'], 'cluster1');
  for (const name of CLUSTERS) await on.member(name).addNode(`${name}-control-plane`, {});
  guide = await openGuide(on, CLUSTERS);
}, LONG_MS);
afterAll(() => guide?.on.stop());

const type = (line: string) => guide.type(line);
const until: Guide['until'] = (line, isSo, limitMs) => guide.until(line, isSo, limitMs);
const got: Guide['got'] = (cluster, what, output) => guide.got(cluster, what, output);
const places: Guide['places'] = (what, ...clusters) => guide.places(what, ...clusters);
const propagation: Guide['propagation'] = (kind, name) => guide.propagation(kind, name);

describe('the control plane', { timeout: LONG_MS }, () => {
  it('comes by Helm with the values of KubeFed 0.3.1', async () => {
    const dns = `dns.enabled=true,dns.domain=example.com,dns.replicaCount=1,dns.etcdUrls={${guide.on.etcdUrl}}`;
    const said = await type(
      `helm --namespace kube-federation-system upgrade -i kubefed deploy/chart --create-namespace -f values.yaml -f example/values-of-the-lab.yaml --set '${dns}'`,
    );
    expect(said).toContain('STATUS: deployed');
    for (const name of ['kubefed-controller-manager', 'kubefed-admission-webhook', 'fedns-dns']) {
      await type(`kubectl ${IN_SYSTEM} rollout status deployment/${name} --timeout=120s`);
    }
  });

  it('both clusters join, and are ready', async () => {
    for (const name of CLUSTERS) {
      await type(`kubefedctl join ${name} --cluster-context ${name} ${HOST_FLAGS} --v=2`);
    }
    const table = await until(
      `kubectl ${IN_SYSTEM} get kubefedclusters`,
      (said) => (said.match(/^cluster\d +\S+ +True\b/gm) ?? []).length === 2,
    );
    expect(table).toMatch(/^NAME +AGE +READY/);
  });
});

describe('types', { timeout: LONG_MS }, () => {
  it('are enabled by kind, plural, plural and group, short name', async () => {
    for (const [name, config] of [
      ['LimitRange', 'limitranges'],
      ['resourcequotas', 'resourcequotas'],
      ['poddisruptionbudgets.policy', 'poddisruptionbudgets.policy'],
      ['hpa', 'horizontalpodautoscalers.autoscaling'],
    ]) {
      await type(`kubefedctl enable ${name}`);
      await until(
        `kubectl ${IN_SYSTEM} get federatedtypeconfigs ${config} -o jsonpath={.status.propagationController}`,
        (said) => said === 'Running',
      );
    }
  });

  it('a definition is federated, and the type that it defines in a group of its own', async () => {
    await type('kubectl apply -f example/crd/bar_crd.yaml --context=cluster1');
    await type('kubefedctl enable customresourcedefinitions');
    await type('kubefedctl federate crd bars.example.io');
    await until('kubectl --context=cluster2 api-resources --api-group=example.io', (said) =>
      /^bars .*\bBar$/m.test(said),
    );
    await type('kubefedctl enable bars.example.io --federated-group kubefed.example.io');
    const rule = {
      apiGroups: ['kubefed.example.io'],
      resources: ['*'],
      verbs: ['get', 'watch', 'list', 'update', 'patch'],
    };
    const patch = JSON.stringify([{ op: 'add', path: '/rules/1', value: rule }]);
    await type(`kubectl patch clusterrole kubefed-role --type=json -p='${patch}'`);
    await until(
      `kubectl ${IN_SYSTEM} get federatedtypeconfigs bars.example.io -o jsonpath={.status.propagationController}`,
      (said) => said === 'Running',
    );
  });

  it('are switched off, and disabled', async () => {
    const off = '{"spec": {"propagation": "Disabled"}}';
    await type(
      `kubectl patch ${IN_SYSTEM} federatedtypeconfigs limitranges --type=merge -p '${off}'`,
    );
    await until(
      `kubectl ${IN_SYSTEM} get federatedtypeconfigs limitranges -o jsonpath={.status.propagationController}`,
      (said) => said === 'NotRunning',
    );
    await type('kubefedctl disable limitranges');
    await type('kubefedctl disable limitranges --delete-crd');
    for (const name of [
      'resourcequotas',
      'poddisruptionbudgets.policy',
      'horizontalpodautoscalers.autoscaling',
    ]) {
      await type(`kubefedctl disable ${name} --delete-crd`);
    }
    const left = await type('kubectl get crd -o name');
    expect(left).not.toMatch(/limitranges|resourcequotas|poddisruption|horizontalpod/);
  });
});

describe('the example', { timeout: LONG_MS }, () => {
  it('is in both clusters, each with its overrides', async () => {
    await type(
      'kubectl apply -f example/sample1/namespace.yaml -f example/sample1/federatednamespace.yaml',
    );
    await type('kubectl apply -R -f example/sample1');
    await type('kubectl apply -f example/crd/federatedbar_test.yaml');
    for (const what of [
      ...['configmap/test-configmap', 'secret/test-secret', 'serviceaccount/test-serviceaccount'],
      ...['deployment/test-deployment', 'service/test-service', 'job/test-job', 'bar/test-crd'],
    ]) {
      await places(what, ...CLUSTERS);
    }
    const deployment =
      "jsonpath='{.spec.replicas} {.spec.template.spec.containers[0].image} {.spec.template.spec.containers[0].args[0]} {.metadata.annotations.foo}'";
    const [first, second] = await Promise.all(
      CLUSTERS.map((cluster) => type(got(cluster, 'deployment/test-deployment', deployment))),
    );
    expect(first?.trim()).toBe('3 nginx -g bar');
    expect(second?.trim()).toBe('5 nginx:1.17.0-alpine -q');
    const data = await type(got('cluster2', 'bar/test-crd', "jsonpath='{.spec.data}'"));
    expect(data.trim()).toBe('World');
    const ready = await until(
      got('cluster2', 'deployment/test-deployment', "jsonpath='{.status.readyReplicas}'"),
      (said) => said.trim() === '5',
    );
    expect(ready.trim()).toBe('5');
  });

  it('leaves a cluster with its namespace, and comes back', async () => {
    const patch = (...clusters: readonly string[]) => {
      const placement = { clusters: clusters.map((name) => ({ name })) };
      return type(
        `kubectl ${IN_TEST} patch federatednamespace test-namespace --type=merge -p '${JSON.stringify({ spec: { placement } })}'`,
      );
    };
    await patch('cluster1');
    await until(
      'kubectl --context=cluster2 get ns test-namespace --ignore-not-found -o name',
      (said) => said === '',
      60_000,
    );
    await places('configmap/test-configmap', 'cluster1');
    await patch('cluster1', 'cluster2');
    await places('configmap/test-configmap', 'cluster1', 'cluster2');
    await places('deployment/test-deployment', 'cluster1', 'cluster2');
  });

  it('placement: nothing, both, all, by label', async () => {
    await type(`kubectl label kubefedclusters ${IN_SYSTEM} cluster1 foo=bar`);
    const byLabel = { clusterSelector: { matchLabels: { foo: 'bar' } } };
    for (const [placement, clusters] of [
      [byLabel, ['cluster1']],
      [{ ...byLabel, clusters: [] }, []],
      [{ ...byLabel, clusters: [{ name: 'cluster2' }] }, ['cluster2']],
      [{ clusterSelector: {} }, ['cluster1', 'cluster2']],
      [{}, []],
    ] as const) {
      const replaced = JSON.stringify([
        { op: 'replace', path: '/spec/placement', value: placement },
      ]);
      await type(
        `kubectl ${IN_TEST} patch federatedsecret test-secret --type=json -p '${replaced}'`,
      );
      await places('secret/test-secret', ...clusters);
    }
  });

  it('the status says how it stands', async () => {
    expect(await until(propagation('federateddeployment', 'test-deployment'), () => true)).toBe(
      'True ',
    );
    const wrong = { clusterName: 'cluster2', clusterOverrides: [{ path: '/none/such', value: 1 }] };
    await type(
      `kubectl ${IN_TEST} patch federatedconfigmap test-configmap --type=merge -p '${JSON.stringify({ spec: { overrides: [wrong] } })}'`,
    );
    await until(
      propagation('federatedconfigmap', 'test-configmap'),
      (said) => said === 'False CheckClusters',
    );
    const clusters = await type(
      `kubectl ${IN_TEST} get federatedconfigmap test-configmap -o jsonpath='{range .status.clusters[*]}{.name}={.status} {end}'`,
    );
    expect(clusters.trim()).toBe('cluster1= cluster2=ApplyOverridesFailed');
    await type('kubectl apply -f example/sample1/federatedsettings.yaml');
    await until(propagation('federatedconfigmap', 'test-configmap'), (said) => said === 'True ');
  });
});

describe('names', { timeout: LONG_MS }, () => itGivesNames(() => guide));

describe('the end', { timeout: LONG_MS }, () => itEnds(() => guide));
