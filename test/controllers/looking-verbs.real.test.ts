/**
 * How a federation looks from outside, by verbs as processes on real clusters: tables over all
 * members, differences, one object with all that is said of it, what is not well; and that converted
 * manifests are taken.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../lab/process.ts';
import { fedns } from '../scenario/running-fedns.ts';
import { eventually } from './eventually.ts';
import type { Federation } from './federation.ts';
import { federated, startShop } from './verbs/federated-shop.ts';
import { type FederationVerbs, federationVerbs } from './verbs/federation-verbs.ts';

const NAMESPACE = 'kube-federation-system';
const COUNT = 6;
const GREEN = { path: '/data/colour', value: 'green' };
const inShop = ['-n', 'shop'];

let federation: Federation;
let verbs: FederationVerbs;

beforeAll(async () => {
  federation = await startShop(COUNT);
  verbs = federationVerbs(federation);
}, 180_000);

afterAll(() => federation.stop());

const run = (...words: string[]) => verbs.run(...words);
const done = (...words: string[]) => verbs.done(...words);
const lines = (text: string) => text.trim().split('\n');

/** The copy's load balancer has an address. */
async function balance(cluster: string): Promise<void> {
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } };
  const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
  await eventually(
    () => federation.member(cluster).kubectl(['patch', 'service', 'web', ...inShop, ...patch]),
    () => true,
  );
}

describe('get', () => {
  it('one table over all members', async () => {
    const text = await done('get', 'configmaps', ...inShop, '-l', 'kubefed.io/managed=true');
    const [head = '', ...rows] = lines(text);
    expect(head).toMatch(/^CLUSTER +NAMESPACE +NAME +STATUS +VERSION +OWNER +AGE$/);
    expect(rows).toHaveLength(2 * COUNT);
    expect(rows[0]).toMatch(/^one +shop +settings-1 +- +rv:\d+ +federation +\d+/);
    expect(rows[1]).toMatch(/^two +shop +settings-1 /);
    const one = JSON.parse(await done('get', 'cm', 'settings-2', ...inShop, '-o', 'json'));
    expect(one.map(({ cluster }: { cluster: string }) => cluster)).toEqual(['one', 'two']);
  }, 120_000);

  it('the same by contexts of the kubeconfig', async () => {
    const words = ['--member-contexts', 'one,two', '--cluster', 'two'];
    const text = await done('get', 'cm', 'settings-1', ...inShop, ...words);
    expect(lines(text)).toHaveLength(2);
  }, 120_000);

  it('the whole of it, where all is well', async () => {
    const whole = await eventually(
      () => run('get'),
      ({ code }) => code === 0,
      60_000,
    );
    expect(lines(whole.stdout)[0]).toBe('all is well');
    expect(whole.stdout).toMatch(/^two +True +v1\S+ +r +z +\d+\w +taken$/m);
    expect(await done('get', 'tombstones')).toMatch(/^CLUSTER +TYPE +OBJECT/);
    expect((await run('get', 'cm', 'nothing', ...inShop)).stderr).toBe(
      'fedns: no ConfigMap nothing in namespace shop in any of 2 members\n',
    );
  }, 120_000);
});

describe('diff and describe', () => {
  it('a file: what would be made, changed and taken away', async () => {
    const file = join(temporaryFolder('diff'), 'objects.json');
    const more = { overrides: [{ clusterName: 'two', clusterOverrides: [GREEN] }] };
    const objects = [
      federated('ConfigMap', 'settings-2', { data: { colour: 'red' } }, more),
      federated('ConfigMap', 'fresh', { data: { size: 'small' } }),
      federated('ConfigMap', 'settings-3', {}, { placement: { clusters: [{ name: 'one' }] } }),
    ];
    writeFileSync(file, objects.map((one) => JSON.stringify(one)).join('\n---\n'));
    const { code, stdout } = await run('diff', '-f', file);
    expect(code).toBe(1);
    expect(stdout).toContain('--- two now: ConfigMap shop/settings-2');
    expect(stdout).not.toContain('one now: ConfigMap shop/settings-2');
    expect(stdout).toContain('-  colour: red\n+  colour: green');
    expect(stdout).toContain('+++ one then: ConfigMap shop/fresh\n@@ -0,0 +1,');
    expect(stdout).toContain('--- two now: ConfigMap shop/settings-3');
    const rows = JSON.parse((await run('diff', '-f', file, '-o', 'json')).stdout);
    expect(rows).toContainEqual({
      ...{ cluster: 'one', apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop' },
      ...{ name: 'settings-2', state: 'same' },
    });
    expect(rows.filter(({ state }: { state: string }) => state === 'differs')).toHaveLength(5);
    expect((await run('diff', 'cm', 'settings-4', '-f', file)).code).toBe(2);
  }, 120_000);

  it('all that the host says of an object', async () => {
    const more = { overrides: [{ clusterName: 'two', clusterOverrides: [GREEN] }] };
    await federation.apply(federated('ConfigMap', 'settings-5', { data: { colour: 'red' } }, more));
    const said = await eventually(
      () => done('describe', 'cm', 'settings-5', ...inShop),
      (text) => !text.includes('not seen yet') && text.includes('Propagation:  True'),
      60_000,
    );
    expect(said).toContain('FederatedConfigMap shop/settings-5\nTemplate:     v1 ConfigMap\n');
    expect(said).toMatch(
      /^two +yes +OK +rv:\d+ +spec.placement.clusterSelector selects it \(tier=front\)$/m,
    );
    expect(said).toContain('Overrides in force:\n  two: replace /data/colour "green"');
    const document = parse(await done('describe', 'cm', 'settings-5', ...inShop, '-o', 'yaml'));
    expect(document.object.spec.template.data).toEqual({ colour: 'red' });
    expect(document.copies[1]).toMatchObject({ cluster: 'two', isPlaced: true, status: 'OK' });
    expect(document.overrides[1]).toMatchObject({ cluster: 'two', value: [GREEN] });
    const copies = parse(await done('get', 'cm', 'settings-5', ...inShop, '-o', 'yaml'));
    expect(copies[1]).toMatchObject({ cluster: 'two', object: { data: { colour: 'green' } } });
  }, 120_000);
});

describe('a workload of an autoscaler', () => {
  it('has the replicas that the member gives it: no difference', async () => {
    const labels = { app: 'scaled' };
    const containers = [{ name: 'web', image: 'web' }];
    const template = { metadata: { labels }, spec: { containers } };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'scaled' };
    const limits = { spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 9 } };
    const autoscaler = federated('HorizontalPodAutoscaler', 'scaled', limits);
    const scale = async (replicas: number) => {
      const words = ['scale', 'deployment/scaled', `--replicas=${replicas}`, ...inShop];
      await eventually(
        () => federation.member('one').kubectl(words),
        () => true,
      );
    };
    const enabled = await done('get', 'types');
    if (!enabled.includes('horizontalpodautoscalers.autoscaling')) {
      await done('enable', 'horizontalpodautoscalers');
    }
    await federation.apply(federated('Deployment', 'scaled', { spec }), autoscaler);
    await eventually(
      () => federation.get('one', ['hpa', 'scaled', ...inShop]),
      () => true,
      60_000,
    );
    await scale(5);
    const seen = await run('diff', 'deployment', 'scaled', ...inShop);
    expect(seen).toMatchObject({ code: 0, stdout: '' });
    const replicas = (await federation.get('one', ['deployment', 'scaled', ...inShop])) as unknown;
    expect(replicas).toMatchObject({ spec: { replicas: 5 } });
    await federation.host.kubectl([
      ...['delete', 'federateddeployment,federatedhorizontalpodautoscaler', 'scaled', ...inShop],
    ]);
  }, 120_000);
});

describe('convert', () => {
  it('what it makes of old manifests API servers take', async () => {
    const file = join(import.meta.dirname, 'verbs/removed-shapes.yaml');
    const kubectl = ['apply', '--dry-run=server', ...inShop, '-f', '-'];
    await expect(federation.host.kubectl(kubectl, readFileSync(file, 'utf8'))).rejects.toThrow();
    const { code, stdout, stderr } = await fedns({ config: undefined }, ['convert', '-f', file]);
    expect(code).toBe(0);
    expect(lines(stderr).length).toBeGreaterThan(10);
    expect(lines(await federation.host.kubectl(kubectl, stdout))).toHaveLength(6);
  }, 120_000);
});

describe('names, Events, and what is left behind', () => {
  it('describe tells the DNS names of a Service, and what Events say', async () => {
    const service = { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } };
    const noted = { metadata: { annotations: { a: 'b' } }, ...service };
    const dns = { apiVersion: 'multiclusterdns.kubefed.io/v1alpha1' };
    await federation.apply(
      {
        ...dns,
        kind: 'Domain',
        metadata: { name: 'd', namespace: NAMESPACE },
        domain: 'example.com',
      },
      federated('Service', 'web', noted),
      {
        ...dns,
        kind: 'ServiceDNSRecord',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { domainRef: 'd', dnsPrefix: 'www', allowServiceWithoutEndpoints: true },
      },
    );
    await balance('one');
    const said = await eventually(
      () => done('describe', 'svc', 'web', ...inShop),
      (text) => text.includes('www.example.com') && text.includes('Events:'),
      60_000,
    );
    expect(said).toMatch(/^ServiceDNSRecord:$/m);
    expect(said).toMatch(/^ {2}www\.example\.com 180 CNAME web\.shop\.d\.svc\.example\.com$/m);
    expect(said).toMatch(/^ {2}\d+\w ago {2}AnnotationsNotSupported: /m);
  }, 120_000);

  it('a member that is away, and a copy left in it', async () => {
    await federation.member('two').apiserver.kill9();
    await eventually(
      () => run('get', 'clusters'),
      ({ code, stdout }) => code === 1 && /^two +False /m.test(stdout),
      60_000,
    );
    await federation.host.kubectl([
      ...['delete', 'federatedconfigmap', 'settings-6', ...inShop, '--timeout=60s'],
    ]);
    const left = await run('get', 'tombstones');
    expect(left.code).toBe(1);
    expect(left.stdout).toMatch(/^two +configmaps +shop\/settings-6 +Delete +\d+s +\S+$/m);
    const whole = await run('get');
    expect(lines(whole.stdout)[0]).toMatch(/^CLUSTER +two: ClusterNotReachable/);
    expect(whole.stdout).toContain('TOMBSTONE  configmaps shop/settings-6: a copy is left in two');
    expect(whole.stdout).toMatch(
      /^OBJECT +FederatedConfigMap shop\/settings-1: .*two: ClusterNotReady$/m,
    );
    const heard = await run('get', 'cm', 'settings-1', ...inShop);
    expect(heard).toMatchObject({ code: 1 });
    expect(heard.stdout).toMatch(/^one +shop/m);
    expect(heard.stderr).toMatch(/^fedns: two: .*\nfedns: not heard: two\n$/);
    expect((await run('diff', 'cm', 'settings-1', ...inShop)).code).toBe(2);
    await federation.member('two').restartApi();
  }, 120_000);
});
