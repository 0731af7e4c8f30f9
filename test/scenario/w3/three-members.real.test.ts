/**
 * Three members from the first join to the end of the control plane, with one of them dead in every step:
 * the step does the rest and says which member it could not reach; back again, that one is as the others.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHostWithPods } from '../../deploy/host-with-pods.ts';
import { type Guide, openGuide } from './guide.ts';
import { expectUnchanged, takeAway } from './guide-end.ts';
import { itSharesReplicas } from './replica-cases.ts';

const LONG_MS = 180_000;
const MEMBERS = ['a', 'b', 'c'] as const;
const HOST_FLAGS = '--host-cluster-context host';
const IN_SYSTEM = '-n kube-federation-system';
const IN_SHOP = '-n shop';
const CONTENTS = ['bar/front', 'configmap/settings', 'deployment/web', 'service/web'] as const;

let guide: Guide;

beforeAll(async () => {
  const on = await startHostWithPods(MEMBERS);
  for (const name of MEMBERS) await on.member(name).addNode('node', { region: 'r', zone: name });
  guide = await openGuide(on, MEMBERS, 'shop');
}, LONG_MS);
afterAll(() => guide?.on.stop());

const type = (line: string) => guide.type(line);
const tried = (line: string) => guide.tried(line);
const until: Guide['until'] = (line, isSo, limitMs) => guide.until(line, isSo, limitMs);
const got: Guide['got'] = (cluster, what, output) => guide.got(cluster, what, output);
const places: Guide['places'] = (what, ...clusters) => guide.places(what, ...clusters);

const kill = (name: string) => guide.on.member(name).apiserver.kill9();
const revive = (name: string) => guide.on.member(name).restartApi();
const join = (name: string) => `kubefedctl join ${name} --cluster-context ${name} ${HOST_FLAGS}`;
const unjoin = (name: string) =>
  `kubefedctl unjoin ${name} --cluster-context ${name} ${HOST_FLAGS}`;

/** What the condition of this type says of a registered cluster. */
function turns(name: string, condition: string): Promise<string> {
  const field = `{.status.conditions[?(@.type=="${condition}")].status}`;
  return until(
    `kubectl ${IN_SYSTEM} get kubefedcluster ${name} -o jsonpath='${field}'`,
    (said) => said === 'True',
  );
}

/** The federated ConfigMap's word of each cluster: `a= b= c=ClusterNotReady`. */
const standing = (kind: string, name: string) =>
  `kubectl ${IN_SHOP} get ${kind} ${name} -o jsonpath='{range .status.clusters[*]}{.name}={.status} {end}'`;

describe('members', { timeout: LONG_MS }, () => {
  it('a control plane whose patience is short', async () => {
    await guide.on.upgrade('kubefed-0.10.yaml');
    const waits = ['deletion-patience', 'workload-grace', 'return-after'];
    const annotations = waits.map((wait) => `fedns.io/${wait}=2s`).join(' ');
    await type(`kubectl ${IN_SYSTEM} annotate kubefedconfig kubefed ${annotations}`);
    // So that it is read at once.
    const controllers = 'deployment/kubefed-controller-manager';
    await type(`kubectl ${IN_SYSTEM} rollout restart ${controllers}`);
    await type(`kubectl ${IN_SYSTEM} rollout status ${controllers} --timeout=120s`);
  });

  it('join: of one that is dead nothing is made, the others are joined', async () => {
    await kill('c');
    for (const name of ['a', 'b']) await type(join(name));
    const refused = await tried(join('c'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^fedns: c: .*ECONNREFUSED/m);
    const left = await type(`kubectl ${IN_SYSTEM} get kubefedclusters,secrets -o name`);
    expect(left).not.toMatch(/\/c\b/);
    await revive('c');
    await type(join('c'));
    for (const name of MEMBERS) await turns(name, 'Ready');
  });
});

describe('everything federated', { timeout: LONG_MS }, () => {
  it('a definition as a type, a namespace with its contents: of one that is dead it is told', async () => {
    for (const name of ['host', ...MEMBERS]) {
      await type(`kubectl apply -f example/crd/bar_crd.yaml --context=${name}`);
    }
    await type('kubectl apply -f example/shop.yaml');
    await kill('c');
    await turns('c', 'Offline');
    const said = await type('kubefedctl enable Bar');
    expect(said).toMatch(/^fedns: c: .*ECONNREFUSED/m);
    expect(said).toContain('#   c: ClusterRole kubefed-controller-manager:c-host');
    await type('kubefedctl federate namespace shop --contents');
    for (const what of CONTENTS) {
      for (const name of ['a', 'b']) await until(got(name, what), (text) => text !== '');
      const [kind = '', name = ''] = what.split('/');
      await until(standing(`federated${kind}`, name), (text) =>
        text.includes('a= b= c=ClusterNotReady'),
      );
    }
  });

  it('back again it has the namespace and what may be there, and with the rights all of it', async () => {
    await revive('c');
    await turns('c', 'Ready');
    for (const what of CONTENTS.slice(1)) await places(what, ...MEMBERS);
    await until(standing('federatedbar', 'front'), (text) => text.includes('c=CachedRetrieval'));
    await type('kubefedctl enable Bar');
    for (const what of CONTENTS) await places(what, ...MEMBERS);
  });

  it('placement by label', async () => {
    await type(`kubectl ${IN_SYSTEM} label kubefedclusters a c tier=front`);
    await type('kubectl apply -f example/placed-by-label.yaml');
    await places('configmap/in-front', 'a', 'c');
    for (const name of ['gone', 'kept']) await places(`configmap/${name}`, ...MEMBERS);
  });
});

describe('while one is dead', { timeout: LONG_MS }, () => {
  it('it is told to be offline', async () => {
    await kill('c');
    await turns('c', 'Offline');
  });

  it('enable: the others have the rights; of it the rules are shown', async () => {
    const said = await type('kubefedctl enable LimitRange');
    expect(said).toMatch(/^fedns: c: .*ECONNREFUSED/m);
    expect(said).toContain('#   c: ClusterRole kubefed-controller-manager:c-host');
    const limits = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'limits' } };
    const object = JSON.stringify({ ...limits, spec: { limits: [] } });
    await type(`echo '${object}' | kubectl ${IN_SHOP} apply -f -`);
    await type(`kubefedctl federate limits limits ${IN_SHOP}`);
    await until(got('a', 'limitrange/limits'), (text) => text !== '');
    await until(standing('federatedlimitrange', 'limits'), (text) =>
      text.includes('c=ClusterNotReady'),
    );
  });

  it('placement: the others are as it says, and of it is told that it is away', async () => {
    await type(`kubectl ${IN_SYSTEM} label kubefedclusters a c tier-`);
    await type(`kubectl ${IN_SYSTEM} label kubefedclusters b tier=front`);
    await until(got('b', 'configmap/in-front'), (text) => text !== '');
    await until(got('a', 'configmap/in-front'), (text) => text === '');
    const { code, stdout } = await tried('kubefedctl get');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^CLUSTER +c: ClusterNotReachable/m);
  });

  it('delete, with and without orphans: it waits as long as it was told', async () => {
    await type(`kubefedctl orphaning-deletion enable configmaps kept ${IN_SHOP}`);
    await type(`kubectl ${IN_SHOP} delete federatedconfigmap kept gone --timeout=60s`);
    const tombs = await type(
      `kubectl ${IN_SYSTEM} get copytombstones -o jsonpath='{range .items[*]}{.spec.cluster} {.spec.action} {.spec.name};{end}'`,
    );
    expect(tombs.split(';').sort()).toEqual(['', 'c Delete gone', 'c Release kept']);
    expect(await type(got('a', 'configmap/gone'))).toBe('');
    expect(await type(got('a', 'configmap/kept'))).not.toBe('');
  });

  it('back again it is cleaned, and has what came meanwhile', async () => {
    await revive('c');
    await turns('c', 'Ready');
    await places('configmap/gone');
    await places('configmap/in-front', 'b');
    const marks = "jsonpath='{.metadata.labels}{.metadata.annotations}'";
    for (const name of MEMBERS) {
      const kept = await until(got(name, 'configmap/kept', marks), (text) => text.trim() === '');
      expect(kept.trim()).toBe('');
      expect(await type(got(name, 'configmap/kept'))).not.toBe('');
    }
    await until(`kubectl ${IN_SYSTEM} get copytombstones -o name`, (text) => text === '');
    await type('kubefedctl enable LimitRange');
    await places('limitrange/limits', ...MEMBERS);
  });
});

describe('replicas', { timeout: LONG_MS }, () => itSharesReplicas(() => guide));

describe('the end', { timeout: LONG_MS }, () => {
  it('unjoin of a dead one wants a word, and says what stays there; back again it is cleaned', async () => {
    await kill('b');
    const refused = await tried(unjoin('b'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^fedns: b: .*--force/m);
    const forced = await type(`${unjoin('b')} --force`);
    expect(forced).toContain('stays behind in b: ServiceAccount kube-federation-system/b-host');
    await revive('b');
    await type(join('b'));
    await type(`${unjoin('b')} --cascade`);
    await type('kubectl --context=b delete crd bars.example.io');
    await expectUnchanged(guide, 'b');
  });

  it('uninstall does the rest, and says which member it could not reach', async () => {
    await kill('c');
    await turns('c', 'Offline');
    const refused = await tried('helm --namespace kube-federation-system uninstall kubefed');
    expect(refused.code).not.toBe(0);
    const said = await type('kubefedctl uninstall --only-types --workloads=delete');
    expect(said).toMatch(/^host: c: \d+ copies stay there/m);
    await until(got('a', 'deployment/web'), (text) => text === '');
  });

  it('back again it is cleaned, and nothing of ours is left anywhere', async () => {
    await revive('c');
    await until(`kubectl ${IN_SYSTEM} get copytombstones -o name`, (text) => text === '');
    for (const name of ['a', 'c']) {
      await type(`${unjoin(name)} --cascade`);
      // What people put there, or wished to keep.
      await type(`kubectl --context=${name} delete crd bars.example.io`);
      await type(`kubectl --context=${name} delete ns shop`);
    }
    await type('kubectl delete ns shop test-ns');
    await takeAway(guide);
    await type('kubectl delete crd bars.example.io');
    for (const name of ['host', ...MEMBERS]) await expectUnchanged(guide, name);
  });
});
