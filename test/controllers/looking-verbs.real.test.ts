/**
 * How a federation looks from outside, by verbs as processes on real clusters: tables over all
 * members, differences, one object with all that is said of it, what is not well; and that converted
 * manifests are taken.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
