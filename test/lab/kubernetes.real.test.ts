/**
 * The clusters of the lab prove themselves: pods come and go, data outlives kill -9 of the API
 * server, service accounts may what their role says; and the data plane opens, refuses, resets.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDataPlane } from './data-plane.ts';
import { freePort } from './free-port.ts';
import { type Clusters, type KubernetesCluster, startClusters } from './kubernetes.ts';
import { waitUntil } from './process.ts';

const role = join(import.meta.dirname, '../../deploy/member/cluster-role.yaml');

describe('clusters', () => {
  let all: Clusters;
  const cluster = (name: string) => all.clusters.get(name) as KubernetesCluster;

  beforeAll(async () => {
    all = await startClusters(['east', 'west']);
  });
  afterAll(() => all?.stop());

  const readyOf = async (of: KubernetesCluster, service: string) => {
    const said = await of.kubectl([
      ...['get', 'endpointslice', '-l', `kubernetes.io/service-name=${service}`],
      ...['-o', 'jsonpath={.items[*].endpoints[*].conditions.ready}'],
    ]);
    return said.split(' ').filter((each) => each === 'true').length;
  };

  test('pods become ready on labelled nodes, and leave', async () => {
    await Promise.all(
      ['east', 'west'].map(async (name) => {
        await cluster(name).addNode(`${name}-1`, { region: name, zone: `${name}-a` });
        await cluster(name).deployService({ name: 'web', replicas: 2, addresses: ['127.0.1.1'] });
      }),
    );
    const east = cluster('east');
    expect(await readyOf(east, 'web')).toBe(2);
    const zones = '-o=jsonpath={.items[0].endpoints[*].zone}';
    expect(await east.kubectl(['get', 'endpointslices', '-l', 'app=web', zones])).toBe(
      'east-a east-a',
    );
    const ip = '-o=jsonpath={.status.loadBalancer.ingress[0].ip}';
    expect(await east.kubectl(['get', 'service', 'web', ip])).toBe('127.0.1.1');
    await east.scale('web', 0);
    await waitUntil('none ready', async () => (await readyOf(east, 'web')) === 0, 10_000);
    expect(await readyOf(cluster('west'), 'web')).toBe(2);
  });

  test('a changed service: other addresses, annotations, a namespace of its own', async () => {
    const west = cluster('west');
    const service = { namespace: 'shop', name: 'cart', replicas: 1, port: 8080 };
    await west.addNode('west-2', { 'lab.example/pool': 'spare' });
    const spare = ['get', 'nodes', '-l', 'lab.example/pool=spare', '-o', 'name'];
    expect(await west.kubectl(spare)).toBe('node/west-2\n');
    await west.deployService({ ...service, addresses: ['127.0.1.2'] });
    const annotations = { 'lab.example/note': 'hello' };
    await west.deployService({ ...service, replicas: 0, addresses: ['lb.example'], annotations });
    const said = await west.kubectl(['get', 'service', 'cart', '-n', 'shop', '-o', 'json']);
    expect(JSON.parse(said)).toMatchObject({
      metadata: { annotations },
      spec: { ports: [{ port: 8080 }] },
      status: { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } },
    });
  });

  test('data outlives kill -9 of the API server', async () => {
    const east = cluster('east');
    await east.kubectl(['create', 'configmap', 'kept', '--from-literal=a=1']);
    await expect(east.restartApi()).rejects.toThrow('has not ended');
    const { pid } = east.apiserver;
    await east.apiserver.kill9();
    await expect(east.kubectl(['get', 'nodes'])).rejects.toThrow('refused');
    await east.restartApi();
    expect(east.apiserver.pid).not.toBe(pid);
    const data = '-o=jsonpath={.data.a}';
    expect(await east.kubectl(['get', 'configmap', 'kept', data])).toBe('1');
    // Controllers, scheduler and kwok have found it again.
    await east.deployService({ name: 'web', replicas: 3, addresses: ['127.0.1.1'] });
    await expect(cluster('west').kubectl(['get', 'configmap', 'kept'])).rejects.toThrow('NotFound');
  });

  test('scaled to 0 and back is in the slice within 2 s', async () => {
    const west = cluster('west');
    for (const replicas of [0, 2]) {
      await west.scale('web', replicas);
      const shows = async () => (await readyOf(west, 'web')) === replicas;
      await waitUntil(`${replicas} ready`, shows, 2_000);
    }
  });

  test('a kubeconfig for rules, given as a list or as YAML, may those and no more', async () => {
    const east = cluster('east');
    const list = [{ apiGroups: [''], resources: ['services'], verbs: ['get', 'list', 'watch'] }];
    const given = { list, yaml: readFileSync(role, 'utf8') };
    for (const [form, rules] of Object.entries(given)) {
      const account = { serviceAccount: `by-${form}`, namespace: 'readers', rules };
      const kubeconfig = await east.kubeconfigFor(account);
      const as = (...args: string[]) => east.kubectl(['--kubeconfig', kubeconfig, ...args]);
      expect(await as('get', 'services', '-A', '-o', 'name')).toContain('service/kubernetes');
      await expect(as('get', 'secrets', '-A')).rejects.toThrow('Forbidden');
      await expect(as('delete', 'service', 'web')).rejects.toThrow('Forbidden');
      const nodes = as('get', 'nodes', '-o', 'name');
      if (form === 'list') await expect(nodes).rejects.toThrow('Forbidden');
      else expect(await nodes).toContain('node/east-1');
    }
  });

  test('the kubeconfig of a service account may what its role says', async () => {
    const west = cluster('west');
    await west.kubectl(['apply', '-f', '-'], readFileSync(role, 'utf8'));
    const account = { serviceAccount: 'fedns', namespace: 'kube-system' };
    const kubeconfig = await west.kubeconfigFor(account);
    const as = (...args: string[]) => west.kubectl(['--kubeconfig', kubeconfig, ...args]);
    expect(await as('get', 'services', '-A', '-o', 'name')).toContain('service/kubernetes');
    await expect(as('get', 'secrets', '-A')).rejects.toThrow('Forbidden');
    expect(await as('config', 'get-contexts', '-o', 'name')).toBe('west\n');
    await expect(west.kubeconfigFor({ ...account, serviceAccount: 'nobody' })).rejects.toThrow(
      'not found',
    );
  });
});

test('a cluster without workloads is an API server with an etcd of the caller', async () => {
  const outer = await startClusters(['one'], { withWorkloads: false });
  const host = '127.0.2.2';
  const port = await freePort(host);
  const inner = await startClusters(['two'], {
    ...{ withWorkloads: false, etcd: outer.etcd },
    ...{ host, portOf: (name: string) => (name === 'two' ? port : undefined) },
  });
  const two = inner.clusters.get('two') as KubernetesCluster;
  expect(two.server).toBe(`https://${host}:${port}`);
  expect(await two.kubectl(['get', 'namespaces', '-o', 'name'])).toContain('namespace/default');
  const service = { name: 'web', replicas: 1, addresses: [] };
  await expect(two.deployService(service)).rejects.toThrow('no workloads');
  await inner.stop();
  expect(two.apiserver.alive()).toBe(false);
  expect(await outer.etcd.ctl(['get', '/two/', '--prefix', '--keys-only', '--limit=1'])).toContain(
    '/two/',
  );
  await outer.stop();
  expect(outer.etcd.alive()).toBe(false);
});

test('the data plane opens, refuses and resets', async () => {
  const [one, two] = ['127.0.1.1', '127.0.1.2'];
  const port = await freePort(one);
  const plane = await startDataPlane([one], port);
  const socket = connect(port, one);
  await once(socket, 'connect');
  const left = once(socket, 'error');
  await plane.close(one);
  expect((await left)[0]).toMatchObject({ code: 'ECONNRESET' });
  const refused = { code: 'ECONNREFUSED' };
  for (const address of [one, two]) {
    await expect(once(connect(port, address), 'connect')).rejects.toMatchObject(refused);
  }
  await plane.open(one);
  await plane.open(two);
  for (const address of [one, two]) {
    const again = connect(port, address);
    await once(again, 'connect');
    again.destroy();
  }
  const open = connect(port, two);
  await once(open, 'connect');
  const cut = once(open, 'error');
  await plane.reset(two);
  const reset = { code: 'ECONNRESET' };
  expect((await cut)[0]).toMatchObject(reset);
  const accepted = connect(port, two);
  await once(accepted, 'connect');
  expect((await once(accepted, 'error'))[0]).toMatchObject(reset);
  await plane.open(two);
  const back = connect(port, two);
  await once(back, 'connect');
  back.destroy();
  await plane.stop();
  await expect(once(connect(port, two), 'connect')).rejects.toMatchObject(refused);
});
