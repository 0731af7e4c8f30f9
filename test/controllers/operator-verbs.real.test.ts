/**
 * The verbs for whoever runs a federation, as processes on real clusters: what is held and let go,
 * paused and resumed, emptied of workloads; and how all of it looks from outside.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../lab/process.ts';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';
import { type FederationVerbs, federationVerbs } from './verbs/federation-verbs.ts';

const NAMESPACE = 'kube-federation-system';
const NAMES = Array.from({ length: 12 }, (_, index) => `settings-${index + 1}`);
const GREEN = { path: '/data/colour', value: 'green' };
const inShop = ['-n', 'shop'];

let federation: Federation;
let verbs: FederationVerbs;

beforeAll(async () => {
  federation = await startFederation({ members: ['one', 'two'] });
  verbs = federationVerbs(federation);
  for (const name of ['one', 'two']) {
    await federation.member(name).addNode('node', { zone: 'z', region: 'r' });
    await federation.join(name, { tier: 'front' });
  }
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  await federation.apply(
    federated('Namespace', 'shop'),
    ...NAMES.map((name) => federated('ConfigMap', name, { data: { colour: 'red' } })),
  );
  for (const name of ['one', 'two']) await copies(name, NAMES.length);
}, 180_000);

afterAll(() => federation.stop());

const run = (...words: string[]) => verbs.run(...words);
const done = (...words: string[]) => verbs.done(...words);

function federated(kind: string, name: string, template?: object, more: object = {}): object {
  const placement = { clusterSelector: { matchLabels: { tier: 'front' } } };
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: `Federated${kind}`,
    metadata: { name, namespace: 'shop' },
    spec: { placement, ...(template !== undefined && { template }), ...more },
  };
}

function copies(cluster: string, count: number) {
  const managed = ['configmap', ...inShop, '-l', 'kubefed.io/managed=true'];
  return eventually(
    () => federation.get(cluster, managed),
    ({ items }) => items.length === count,
    30_000,
  );
}

const relabel = (tier: string, cluster: string) =>
  federation.host.kubectl([
    ...['label', 'kubefedcluster', cluster, '-n', NAMESPACE, `tier=${tier}`, '--overwrite'],
  ]);

const lines = (text: string) => text.trim().split('\n');

describe('accept', () => {
  it('where nothing is held', async () => {
    const { code, stdout } = await run('accept');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'host: nothing is held\n' });
    const refused = await run('accept', '0123456789ab');
    expect(refused).toMatchObject({
      code: 1,
      stderr: 'fedns: host: no removals are held as "0123456789ab": nothing is held\n',
    });
  });

  it('what is held is listed, and goes once its id is said', async () => {
    await relabel('back', 'two');
    const held = await eventually(
      () => run('accept'),
      ({ code }) => code === 1,
    );
    const [head, row = ''] = lines(held.stdout);
    expect(head).toMatch(/^TYPE +REMOVALS +ID +WHY$/);
    expect(row).toMatch(/^configmaps +12 +[0-9a-f]{12} +12 of 24 copies would go at once$/);
    const [, , id = ''] = row.split(/ +/);
    const whole = await run('get');
    expect(whole.code).toBe(1);
    expect(lines(whole.stdout)[0]).toBe(
      `TYPE       configmaps: 12 removals held: 12 of 24 copies would go at once: "fedns accept ${id}"`,
    );
    const stale = await run('accept', '0123456789ab');
    expect(stale.stderr).toContain(`held are 12 of configmaps as ${id}`);
    await copies('two', NAMES.length);
    const said = await done('accept', id);
    expect(said).toContain('configmaps: let go');
    await copies('two', 0);
    await relabel('front', 'two');
    await copies('two', NAMES.length);
    expect((await run('accept')).code).toBe(0);
  });
});

describe('pause and resume', () => {
  const colour = async () =>
    (await federation.get('one', ['configmap', 'settings-1', ...inShop])).data?.['colour'];

  it('what is paused is not written, what is resumed is', async () => {
    const paused = 'host: FederatedConfigMap shop/settings-1 updated: paused\n';
    expect(await done('pause', 'cm', 'settings-1', ...inShop)).toBe(paused);
    expect(await done('pause', 'configmaps', 'settings-1', ...inShop)).toContain('unchanged');
    await federation.apply(federated('ConfigMap', 'settings-1', { data: { colour: 'blue' } }));
    const seen = await eventually(
      () => run('describe', 'configmap', 'settings-1', ...inShop),
      ({ stdout }) => stdout.includes('Paused'),
    );
    expect(seen.stdout).toContain('"fedns resume"');
    expect(await colour()).toBe('red');
    const differing = await run('diff', 'cm', 'settings-1', ...inShop);
    expect(differing.code).toBe(1);
    expect(differing.stdout).toContain('-  colour: red\n+  colour: blue');
    expect(await done('resume', 'cm', 'settings-1', ...inShop)).toContain('updated: goes on');
    await eventually(colour, (now) => now === 'blue');
    const { code, stdout, stderr } = await run('diff', 'cm', 'settings-1', ...inShop);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('all of a type', async () => {
    const said = await done('pause', 'configmaps', '--all', ...inShop, '--dry-run');
    expect(lines(said)).toHaveLength(NAMES.length);
    expect(said).toContain('updated (dry run): paused');
    await done('pause', 'federatedconfigmaps', '--all', '-A');
    const again = await done('pause', 'configmaps', '--all', '-A');
    expect(again.match(/ unchanged: paused$/gm)).toHaveLength(NAMES.length);
    await done('resume', 'configmaps', '--all', ...inShop);
  });

  it('what is not there', async () => {
    const absent = await run('pause', 'cm', 'nothing', ...inShop);
    expect(absent).toMatchObject({
      code: 1,
      stderr: 'fedns: host: no FederatedConfigMap shop/nothing\n',
    });
    expect((await run('pause', 'cm')).code).toBe(2);
  });
});

describe('get', () => {
  it('one table over all members', async () => {
    const text = await done('get', 'configmaps', ...inShop, '-l', 'kubefed.io/managed=true');
    const [head = '', ...rows] = lines(text);
    expect(head).toMatch(/^CLUSTER +NAMESPACE +NAME +STATUS +VERSION +OWNER +AGE$/);
    expect(rows).toHaveLength(2 * NAMES.length);
    expect(rows[0]).toMatch(/^one +shop +settings-1 +- +rv:\d+ +federation +\d+/);
    expect(rows[1]).toMatch(/^two +shop +settings-1 /);
    const one = JSON.parse(await done('get', 'cm', 'settings-2', ...inShop, '-o', 'json'));
    expect(one.map(({ cluster }: { cluster: string }) => cluster)).toEqual(['one', 'two']);
  });

  it('the same by contexts of the kubeconfig', async () => {
    const words = ['--member-contexts', 'one,two', '--cluster', 'two'];
    const text = await done('get', 'cm', 'settings-1', ...inShop, ...words);
    expect(lines(text)).toHaveLength(2);
  });

  it('the whole of it, where all is well', async () => {
    const whole = await eventually(
      () => run('get'),
      ({ code }) => code === 0,
    );
    expect(lines(whole.stdout)[0]).toBe('all is well');
    expect(whole.stdout).toMatch(/^two +True +v1\S+ +r +z +\d+\w +taken$/m);
    expect(await done('get', 'tombstones')).toMatch(/^CLUSTER +TYPE +OBJECT/);
    expect((await run('get', 'cm', 'nothing', ...inShop)).stderr).toBe(
      'fedns: no ConfigMap nothing in namespace shop in any of 2 members\n',
    );
  });
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
  });

  it('all that the host says of an object', async () => {
    const more = { overrides: [{ clusterName: 'two', clusterOverrides: [GREEN] }] };
    await federation.apply(federated('ConfigMap', 'settings-5', { data: { colour: 'red' } }, more));
    const said = await eventually(
      () => done('describe', 'cm', 'settings-5', ...inShop),
      (text) => !text.includes('not seen yet') && text.includes('Propagation:  True'),
    );
    expect(said).toContain('FederatedConfigMap shop/settings-5\nTemplate:     v1 ConfigMap\n');
    expect(said).toMatch(
      /^two +yes +OK +rv:\d+ +spec.placement.clusterSelector selects it \(tier=front\)$/m,
    );
    expect(said).toContain('Overrides in force:\n  two: replace /data/colour "green"');
  });
});

describe('drain --workloads', () => {
  it('waits until nothing that a preference schedules is there', async () => {
    const pods = {
      metadata: { labels: { app: 'w' } },
      spec: { containers: [{ name: 'w', image: 'w' }] },
    };
    const template = {
      spec: { replicas: 1, selector: { matchLabels: { app: 'w' } }, template: pods },
    };
    await federation.apply(federated('Deployment', 'web', template), {
      apiVersion: 'scheduling.kubefed.io/v1alpha1',
      kind: 'ReplicaSchedulingPreference',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { targetKind: 'FederatedDeployment', totalReplicas: 4, rebalance: true },
    });
    await eventually(
      () => done('get', 'deployments', 'web', ...inShop),
      (text) => (text.match(/ 2\/2 /g) ?? []).length === 2,
      60_000,
    );
    const described = await done('describe', 'deploy', 'web', ...inShop);
    expect(described).toContain('4 replicas in all\n  Scheduled: one 2, two 2');
    const said = await done('drain', 'two', '--workloads', '--timeout', '60s');
    expect(said).toContain('KubeFedCluster kube-federation-system/two updated: preferences place');
    expect(said).toContain('two: no workload of a preference is there');
    expect(lines(await done('get', 'deployments', 'web', ...inShop))).toHaveLength(2);
    expect(await done('get', 'clusters')).toMatch(/^two .* drained$/m);
    expect(await done('drain', 'two', '--workloads')).toContain('unchanged');
    expect(await done('undrain', 'two', '--workloads')).toContain('may place there again');
    await eventually(
      () => run('get', 'deployments', 'web', ...inShop),
      ({ stdout }) => stdout.includes('two '),
    );
  }, 180_000);
});
