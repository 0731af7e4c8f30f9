/**
 * The verbs for whoever runs a federation, as processes on real clusters: what is held and let go,
 * paused and resumed, emptied of workloads.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import type { Federation } from './federation.ts';
import { federated, shopHolds, startShop } from './verbs/federated-shop.ts';
import { type FederationVerbs, federationVerbs } from './verbs/federation-verbs.ts';

const NAMESPACE = 'kube-federation-system';
const COUNT = 12;
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

const copies = (cluster: string, count: number) => shopHolds(federation, cluster, count);
const relabel = (tier: string, cluster: string) =>
  federation.host.kubectl([
    ...['label', 'kubefedcluster', cluster, '-n', NAMESPACE, `tier=${tier}`, '--overwrite'],
  ]);

describe('accept', () => {
  it('where nothing is held', async () => {
    const { code, stdout } = await run('accept');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'host: nothing is held\n' });
    const refused = await run('accept', '0123456789ab');
    expect(refused).toMatchObject({
      code: 1,
      stderr: 'fedns: host: no removals are held as "0123456789ab": nothing is held\n',
    });
  }, 120_000);

  it('what is held is listed, and goes once its id is said', async () => {
    await relabel('back', 'two');
    const held = await eventually(
      () => run('accept'),
      ({ code }) => code === 1,
      60_000,
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
    await copies('two', COUNT);
    const said = await done('accept', id);
    expect(said).toContain('configmaps: let go');
    await copies('two', 0);
    await relabel('front', 'two');
    await copies('two', COUNT);
    expect((await run('accept')).code).toBe(0);
  }, 120_000);
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
      60_000,
    );
    expect(seen.stdout).toContain('"fedns resume"');
    expect(await colour()).toBe('red');
    const differing = await run('diff', 'cm', 'settings-1', ...inShop);
    expect(differing.code).toBe(1);
    expect(differing.stdout).toContain('-  colour: red\n+  colour: blue');
    expect(await done('resume', 'cm', 'settings-1', ...inShop)).toContain('updated: goes on');
    await eventually(colour, (now) => now === 'blue', 60_000);
    const { code, stdout, stderr } = await run('diff', 'cm', 'settings-1', ...inShop);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  }, 120_000);

  it('all of a type', async () => {
    const said = await done('pause', 'configmaps', '--all', ...inShop, '--dry-run');
    expect(lines(said)).toHaveLength(COUNT);
    expect(said).toContain('updated (dry run): paused');
    await done('pause', 'federatedconfigmaps', '--all', '-A');
    const again = await done('pause', 'configmaps', '--all', '-A');
    expect(again.match(/ unchanged: paused$/gm)).toHaveLength(COUNT);
    await done('resume', 'configmaps', '--all', ...inShop);
  }, 120_000);

  it('what is not there', async () => {
    const absent = await run('pause', 'cm', 'nothing', ...inShop);
    expect(absent).toMatchObject({
      code: 1,
      stderr: 'fedns: host: no FederatedConfigMap shop/nothing\n',
    });
    expect((await run('pause', 'cm')).code).toBe(2);
  }, 120_000);
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
