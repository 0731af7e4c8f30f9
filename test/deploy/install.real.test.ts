/**
 * `fedns install` and `fedns uninstall` on a real cluster: the same control plane as by Helm, twice is
 * once, and afterwards the host is as it was. What would be harmful is refused in one line.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAt, textAt, valueAt } from '../../src/api/untyped.ts';
import { eventually } from '../controllers/eventually.ts';
import { oldControllers, outlasting, ownType, stepsOf } from '../install/objects-of-others.ts';
import { temporaryFolder } from '../lab/process.ts';
import {
  type HostWithPods,
  NAMESPACE,
  type Ran,
  startHostWithPods,
  VALUES,
} from './host-with-pods.ts';

const LONG_MS = 180_000;
const VALUES_FILE = join(VALUES, 'kubefed-0.10.yaml');
const ON = '{"spec":{"propagation":"Enabled"}}';
let on: HostWithPods;
let before: ReadonlySet<string>;

beforeAll(async () => {
  on = await startHostWithPods(['west']);
  before = await everything();
}, LONG_MS);
afterAll(() => on?.stop());

const fedns = (...args: readonly string[]) => on.fedns(...args, '--host-cluster-context', 'host');
const install = (...args: readonly string[]) => fedns('install', '-f', VALUES_FILE, ...args);

const everything = () => outlasting(on);

function expectDone(ran: Ran): string {
  expect(ran, ran.stderr + ran.stdout).toMatchObject({ code: 0 });
  return ran.stdout;
}

const apply = (...objects: readonly object[]) => on.apply(...objects);

describe('install', () => {
  it(
    'says what it would do, and does nothing',
    async () => {
      const said = expectDone(await install('--dry-run'));
      expect(said).toContain(`host: Namespace ${NAMESPACE} created (dry run)`);
      expect(said).toContain(
        'Deployment kube-federation-system/kubefed-controller-manager created',
      );
      expect(await everything()).toEqual(before);
    },
    LONG_MS,
  );

  it(
    'is refused while KubeFed’s own controllers run, or hold their lock',
    async () => {
      await on.host.kubectl(['create', 'namespace', NAMESPACE]);
      await apply(oldControllers(1));
      await eventually(
        () => on.get('host', 'deployment', 'kubefed-controller-manager', '-n', NAMESPACE),
        (seen) => valueAt(seen, 'status', 'replicas') === 1,
      );
      const running = await install();
      expect(running).toMatchObject({ code: 1 });
      expect(running.stderr).toContain("KubeFed's own controllers run there");
      await apply(oldControllers(0));
      const record = {
        ...{ holderIdentity: 'old_1', leaseDurationSeconds: 3600 },
        renewTime: new Date().toISOString(),
      };
      const annotations = { 'control-plane.alpha.kubernetes.io/leader': JSON.stringify(record) };
      const name = 'kubefed-controller-manager';
      const lock = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace: NAMESPACE, annotations },
      };
      await apply(lock);
      const held = await eventually(install, ({ stderr }) =>
        stderr.includes('own lock is held by old_1'),
      );
      expect(held.stderr.trim().split('\n').at(-1)).toMatch(/^fedns: host: /);
      await on.host.kubectl(['delete', 'configmap', name, '-n', NAMESPACE]);
    },
    LONG_MS,
  );

  it(
    'brings a control plane that leads, and says what it waits for',
    async () => {
      const ran = await install();
      const said = expectDone(ran);
      expect(said).toMatch(
        /waits for Deployment .*kubefed-controller-manager: \d of 2 pods are ready/,
      );
      expect(ran.stderr).toContain('controllermanager.controller.tag is ignored');
      const lease = await on.get('host', 'lease', 'kubefed-controller-manager', '-n', NAMESPACE);
      expect(textAt(lease, 'spec', 'holderIdentity')).toMatch(/./);
      for (const [name, log] of on.runner.logs()) {
        expect(log.match(/forbidden[^\n]*/i)?.[0], name).toBeUndefined();
        expect(name).not.toContain('not live');
      }
    },
    LONG_MS,
  );

  it(
    'a second time changes nothing',
    async () => {
      const said = expectDone(await install());
      const changed = said.split('\n').filter((line) => /(created|updated|deleted)$/.test(line));
      expect(changed).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'keeps a rule that a person gave the role by the guide’s JSON patch, and a type switched off',
    async () => {
      const rule = { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['*'] };
      const patch = [{ op: 'add', path: '/rules/-', value: rule }];
      const json = ['--type=json', '-p', JSON.stringify(patch)];
      await on.host.kubectl(['patch', 'clusterrole', 'kubefed-role', ...json]);
      const config = ['federatedtypeconfig', 'configmaps', '-n', NAMESPACE];
      const off = ['--type=merge', '-p', '{"spec":{"propagation":"Disabled"}}'];
      await on.host.kubectl(['patch', ...config, ...off]);
      expectDone(await install());
      const role = await on.get('host', 'clusterrole', 'kubefed-role');
      expect(listAt(role, 'rules')).toContainEqual(rule);
      const kept = await on.get('host', ...config);
      expect(textAt(kept, 'spec', 'propagation')).toBe('Disabled');
      await on.host.kubectl(['patch', ...config, ...off.slice(0, 2), ON]);
    },
    LONG_MS,
  );

  it(
    'takes away what the values have no more',
    async () => {
      const service = () =>
        on.get('host', 'service', '-n', NAMESPACE, '-l', 'app.kubernetes.io/name=fedns');
      const dns = ['--set', 'dns.enabled=true,dns.domain=example.com', '--no-wait'];
      expect(expectDone(await install(...dns))).toContain(
        'Service kube-federation-system/fedns-dns created',
      );
      expect(expectDone(await install())).toContain(
        'Service kube-federation-system/fedns-dns deleted',
      );
      expect(listAt(await service(), 'items')).toHaveLength(2);
    },
    LONG_MS,
  );
});

describe('DNS servers with an etcd', () => {
  it(
    'answer from it, and the controllers publish into it, with no right missing',
    async () => {
      const refusedBefore = on.refusals();
      const file = join(temporaryFolder('values'), 'values.yaml');
      const dns = { enabled: true, domain: 'example.com', replicaCount: 1, etcdUrls: [on.etcdUrl] };
      writeFileSync(file, JSON.stringify({ dns }));
      expectDone(await install('-f', file));
      await eventually(
        async () => [...on.runner.logs()].filter(([name]) => name.includes('controller-manager')),
        (logs) => logs.some(([, log]) => log.includes('"leading"')),
      );
      expect(on.refusals()).toEqual(refusedBefore);
    },
    LONG_MS,
  );
});

describe('uninstall', () => {
  it(
    'is refused while federated objects exist',
    async () => {
      const joined = await fedns('join', 'west', '--cluster-context', 'west');
      expectDone(joined);
      await on.host.kubectl(['create', 'namespace', 'demo']);
      const placement = { clusters: [{ name: 'west' }] };
      const metadata = { namespace: 'demo' };
      const types = { apiVersion: 'types.kubefed.io/v1beta1' };
      await apply(
        {
          ...types,
          kind: 'FederatedNamespace',
          metadata: { ...metadata, name: 'demo' },
          spec: { placement },
        },
        {
          ...{ ...types, kind: 'FederatedConfigMap', metadata: { ...metadata, name: 'words' } },
          spec: { placement, template: { data: { word: 'one' } } },
        },
      );
      await eventually(
        () => on.get('west', 'configmap', 'words', '-n', 'demo'),
        () => true,
        40_000,
      );
      const refused = await fedns('uninstall');
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.stderr).toContain('federated objects exist (');
      expect(refused.stderr).toContain('--workloads=orphan');
      expect(
        await on.get('host', 'deployment', 'kubefed-controller-manager', '-n', NAMESPACE),
      ).toBeDefined();
    },
    LONG_MS,
  );

  it(
    'with --workloads=delete takes the copies away first; the namespace with its members stays',
    async () => {
      await apply(ownType);
      const there = await everything();
      const dry = expectDone(await fedns('uninstall', '--workloads=delete', '--dry-run'));
      expect(await everything()).toEqual(there);
      const said = expectDone(await fedns('uninstall', '--workloads=delete'));
      expect(stepsOf(dry)).toEqual(stepsOf(said));
      expect(dry).toContain('FederatedConfigMap demo/words deleted (dry run)');
      expect(said).toContain('FederatedConfigMap demo/words deleted');
      expect(said).toContain(
        `FederatedTypeConfig ${NAMESPACE}/widgets.example.com kept: no installation made it`,
      );
      await expect(on.get('west', 'configmap', 'words', '-n', 'demo')).rejects.toThrow('not found');
      const clusters = await on.get('host', 'kubefedclusters', '-n', NAMESPACE);
      expect(listAt(clusters, 'items')).toHaveLength(1);
    },
    LONG_MS,
  );

  it(
    'with --delete-crds is refused while a cluster is registered, then leaves nothing',
    async () => {
      const refused = await fedns('uninstall', '--delete-crds');
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.stderr).toContain('1 KubeFedCluster');
      expect(await fedns('uninstall', '--delete-crds', '--dry-run')).toEqual(refused);
      await on.host.kubectl(['delete', 'kubefedcluster', 'west', '-n', NAMESPACE]);
      expectDone(await fedns('uninstall', '--delete-crds'));
      await on.host.kubectl(['delete', 'namespace', 'demo', NAMESPACE]);
      const left = await eventually(
        async () => [...(await everything())].filter((one) => !before.has(one)),
        (names) => names.length === 0,
        40_000,
      );
      expect(left).toEqual([]);
    },
    LONG_MS,
  );
});

describe('a control plane of one namespace', () => {
  it(
    'has the rights that it needs there, and no role of the whole cluster',
    async () => {
      const refusedBefore = on.refusals();
      expectDone(await install('--scope', 'Namespaced'));
      await on.apply({
        ...{ apiVersion: 'types.kubefed.io/v1beta1', kind: 'FederatedConfigMap' },
        metadata: { name: 'words', namespace: NAMESPACE },
        spec: { placement: { clusters: [] }, template: { data: { word: 'one' } } },
      });
      await eventually(
        () => on.get('host', 'federatedconfigmap', 'words', '-n', NAMESPACE),
        (object) => listAt(object, 'status', 'conditions').length > 0,
        40_000,
      );
      await expect(on.get('host', 'clusterrole', 'kubefed-role')).rejects.toThrow('not found');
      expect(on.refusals()).toEqual(refusedBefore);
      expectDone(await fedns('uninstall', '--workloads=delete'));
    },
    LONG_MS,
  );
});
