/**
 * The verbs of kubefedctl on real clusters, as processes: what join makes is all the control plane
 * has in the members, and unjoin takes back exactly that.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';
import {
  everythingIn,
  type FederationVerbs,
  federationVerbs,
  WIDGETS,
} from './verbs/federation-verbs.ts';

const NAMESPACE = 'kube-federation-system';
const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'web' }] },
    },
  },
};

let federation: Federation;
let verbs: FederationVerbs;
let before: ReadonlyMap<string, string>;

beforeAll(async () => {
  federation = await startFederation({ members: ['one', 'two'] });
  verbs = federationVerbs(federation);
  for (const cluster of ['host', 'one', 'two']) {
    const { kubectl } = federation.member(cluster);
    await kubectl(['apply', '-f', '-'], JSON.stringify(WIDGETS));
    await kubectl(['wait', '--for=condition=Established', 'crd/widgets.example.com']);
  }
  before = await everything('two');
}, 180_000);

afterAll(() => federation.stop());

const run = (...words: string[]) => verbs.run(...words);
const done = (...words: string[]) => verbs.done(...words);
const everything = (cluster: string) => everythingIn(federation.member(cluster));

describe('join', () => {
  it('as kubefedctl was called; the members become ready', async () => {
    for (const name of ['one', 'two']) {
      const words = ['--cluster-context', name, '--host-cluster-context', 'host', '--v=2'];
      const said = await done('join', name, ...words);
      expect(said).toContain(`${name}: ServiceAccount ${NAMESPACE}/${name}-host created`);
      expect(said).toMatch(new RegExp(`^${name}: joined; its token ends 20`, 'm'));
    }
    const table = await eventually(
      () => federation.host.kubectl(['get', 'kubefedclusters', '-n', NAMESPACE]),
      (text) => (text.match(/\bTrue\b/g) ?? []).length === 2,
    );
    expect(table).toMatch(/^NAME +AGE +READY/);
  });

  it('a second time it is refused in one line, or brings all up to date', async () => {
    const again = await run('join', 'one', '--host-cluster-context', 'host');
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(
      /^no rights on .*\n|fedns: host: KubeFedCluster kube-federation-system\/one is there already/m,
    );
    const said = await done('join', 'one', '--error-on-existing=false');
    expect(said).not.toContain('created');
  });

  it('the token is one that ends, and its account may do little', async () => {
    const secret = await federation.get('host', ['secret', 'one-token', '-n', NAMESPACE]);
    const { annotations } = secret.metadata;
    expect(annotations?.['fedns.io/token-account']).toBe(`${NAMESPACE}/one-host`);
    const leftMs = Date.parse(annotations?.['fedns.io/token-expires'] ?? '') - Date.now();
    expect(leftMs / 3_600_000).toBeCloseTo(720, -1);
    const may = async (verb: string, what: string) => {
      const as = `system:serviceaccount:${NAMESPACE}:one-host`;
      const { kubectl } = federation.member('one');
      return (
        await kubectl(['auth', 'can-i', verb, what, '-A', '--as', as]).catch(() => 'no')
      ).trim();
    };
    expect(await may('create', 'deployments.apps')).toBe('yes');
    expect(await may('create', 'widgets.example.com')).toBe('no');
    expect(await may('create', 'clusterroles.rbac.authorization.k8s.io')).toBe('no');
    expect(await may('create', 'daemonsets.apps')).toBe('no');
  });

  it('renew gives another token', async () => {
    const token = async () =>
      (await federation.get('host', ['secret', 'one-token', '-n', NAMESPACE])).data?.['token'];
    const old = await token();
    expect(await done('members', 'renew', 'one')).toContain('one: renewed; its token ends 20');
    expect(await token()).not.toBe(old);
  });
});

describe('enable and federate', () => {
  it('a type by its short name; members named get the rights, of the others it is told', async () => {
    const printed = await done('enable', 'wd', '-o', 'yaml');
    expect(printed).toContain('kind: CustomResourceDefinition');
    expect(printed).toContain('retainReplicas');
    const said = await verbs.doneAsSaid('enable', 'wd', '--members=one');
    expect(said).toContain(
      'host: CustomResourceDefinition federatedwidgets.types.kubefed.io created',
    );
    expect(said).toContain(
      'host: FederatedTypeConfig kube-federation-system/widgets.example.com created',
    );
    expect(said).toContain('one: ClusterRole kubefed-controller-manager:one-host updated');
    expect(said).toContain('#   two: ClusterRole kubefed-controller-manager:two-host');
    const again = await done('enable', 'widgets.example.com', '--members', 'one,two');
    expect(again).toContain('federatedwidgets.types.kubefed.io unchanged');
    expect(again).toContain('one: ClusterRole kubefed-controller-manager:one-host unchanged');
    expect(again).toContain('two: ClusterRole kubefed-controller-manager:two-host updated');
  });

  it('a type of another group: what the webhook needs is told', async () => {
    const flags = ['--federated-group', 'types.example.com', '--members', '', '--dry-run'];
    const { code, stderr } = await run('enable', 'poddisruptionbudgets', ...flags);
    expect(code).toBe(0);
    expect(stderr).toContain('the webhook does not check types of types.example.com until');
  });

  it('roles only with a word', async () => {
    const refused = await run('enable', 'roles');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('roles.rbac.authorization.k8s.io: ');
    expect(refused.stderr).toContain('--allow-escalate');
  });

  it('a namespace with its contents: the copies come with the rights of join alone', async () => {
    await federation.host.kubectl(['create', 'namespace', 'shop']);
    await federation.apply(
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings', namespace: 'shop' },
        data: { colour: 'red' },
      },
      {
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        metadata: { name: 'wheel', namespace: 'shop' },
        spec: { replicas: 3 },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] },
      },
      DEPLOYMENT,
    );
    const some = ['-c=true', '-s', 'services,widgets.example.com', '-o', 'yaml'];
    const part = await done('federate', 'ns', 'shop', ...some);
    expect(part.match(/^kind: .*/gm)?.sort()).toEqual(
      ['ConfigMap', 'Deployment', 'Namespace'].map((kind) => `kind: Federated${kind}`),
    );
    const said = await verbs.doneAsSaid('federate', 'ns', 'shop', '--contents');
    expect(said.trim().split('\n').sort()).toEqual([
      'host: FederatedConfigMap shop/settings created',
      'host: FederatedDeployment shop/web created',
      'host: FederatedNamespace shop/shop created',
      'host: FederatedService shop/web created',
      'host: FederatedWidget shop/wheel created',
    ]);
    expect(await done('federate', 'cm', 'settings', '-n', 'shop')).toContain('unchanged');
    for (const cluster of ['one', 'two']) {
      for (const what of ['configmap/settings', 'widget/wheel', 'service/web', 'deploy/web']) {
        const copy = await eventually(
          () => federation.get(cluster, [what, '-n', 'shop']),
          ({ metadata }) => metadata.labels?.['kubefed.io/managed'] === 'true',
        );
        expect(copy.metadata.name).toBe(what.split('/')[1]);
      }
    }
  });

  it('orphaning deletion, by the target or the federated type', async () => {
    const at = ['settings', '-n', 'shop'];
    expect(await done('orphaning-deletion', 'status', 'configmaps', ...at)).toBe('Disabled\n');
    await verbs.doneAsSaid('orphaning-deletion', 'enable', 'fcm', ...at);
    const status = await done('orphaning-deletion', 'status', 'cm', ...at, '-o', 'json');
    expect(JSON.parse(status)).toMatchObject({ name: 'settings', orphaningDeletion: 'Enabled' });
    expect(await done('orphaning-deletion', 'status', 'federatedconfigmaps', ...at)).toBe(
      'Enabled\n',
    );
    await done('orphaning-deletion', 'disable', 'cm', ...at);
    expect(await done('orphaning-deletion', 'status', 'cm', ...at)).toBe('Disabled\n');
  });
});

describe('unjoin', () => {
  it('takes back what join made, and leaves what runs without our marks', async () => {
    const said = await verbs.doneAsSaid('unjoin', 'two', '--cluster-context', 'two');
    expect(said).toContain('two: Namespace kube-federation-system deleted');
    expect(said).toContain('two: 1 of configmaps left running, without our marks');
    const isGone = (objects: ReadonlyMap<string, string>) =>
      !objects.has(`Namespace /${NAMESPACE}`);
    const after = await eventually(() => everything('two'), isGone, 60_000);
    const came = [...after.keys()].filter((key) => !before.has(key));
    expect(came.sort()).toEqual([
      'ConfigMap shop/kube-root-ca.crt',
      'ConfigMap shop/settings',
      'Deployment shop/web',
      expect.stringMatching(/^EndpointSlice shop\/web-/),
      'Namespace /shop',
      expect.stringMatching(/^Pod shop\/web-/),
      expect.stringMatching(/^ReplicaSet shop\/web-/),
      'Service shop/web',
      'ServiceAccount shop/default',
      'Widget shop/wheel',
    ]);
    expect([...before.keys()].filter((key) => !after.has(key))).toEqual([]);
    const types = 'namespaces,configmaps,services,deployments,replicasets,pods,widgets';
    const left = await federation.get('two', [types, '-A']);
    const marks = left.items.map(({ metadata }) => [metadata.labels, metadata.annotations]);
    expect(JSON.stringify(marks)).not.toMatch(/kubefed\.io\/|fedns\.io\//);
    const inHost = await federation.host.kubectl([
      'get',
      'secrets,kubefedclusters',
      '-n',
      NAMESPACE,
    ]);
    expect(inHost).not.toMatch(/\btwo\b/);
  });

  it('a name that is not joined', async () => {
    const { code, stderr } = await run('unjoin', 'two', '--cluster-context', 'two');
    expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
    expect(stderr).toContain('no KubeFedCluster kube-federation-system/two');
  });

  it('joined again, then with all that was propagated', async () => {
    await done('join', 'two');
    await eventually(
      () => federation.get('two', ['configmap', 'settings', '-n', 'shop']),
      ({ metadata }) => metadata.labels?.['kubefed.io/managed'] === 'true',
    );
    await verbs.doneAsSaid('unjoin', 'two', '--cascade');
    const gone = (objects: ReadonlyMap<string, string>) => !objects.has('Widget shop/wheel');
    const after = await eventually(() => everything('two'), gone, 60_000);
    // It was there when it was adopted the second time: a namespace that nobody of ours made.
    expect(after.has('Namespace /shop')).toBe(true);
    expect(after.has('ConfigMap shop/settings')).toBe(false);
  });

  it('disable, refused while objects of it are there', async () => {
    const refused = await run('disable', 'widgets.example.com', '--delete-crd');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('FederatedWidget shop/wheel is there');
    const said = await verbs.doneAsSaid('disable', 'widgets.example.com', '--members', 'one');
    expect(said).toContain('widgets.example.com: disabled');
    await federation.host.kubectl([
      'patch',
      'federatedwidget',
      'wheel',
      '-n',
      'shop',
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":null}}',
    ]);
    await federation.host.kubectl(['delete', 'federatedwidget', 'wheel', '-n', 'shop']);
    await done('disable', 'widgets.example.com', '--delete-crd');
    const left = await federation.host.kubectl(['get', 'crd', '-o', 'name']);
    expect(left).not.toContain('federatedwidgets');
  });

  it('copies of a type that was disabled are freed, too', async () => {
    const said = await done('unjoin', 'one');
    expect(said).toContain('one: 1 of widgets.example.com left running, without our marks');
    await done('join', 'one');
  });

  it('a dead member only with force, and what stays behind is told', async () => {
    await federation.member('one').apiserver.kill9();
    const refused = await run('unjoin', 'one');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('--force');
    const forced = await run('unjoin', 'one', '--force');
    expect(forced.code).toBe(0);
    expect(forced.stderr).toContain(`stays behind in one: ServiceAccount ${NAMESPACE}/one-host`);
    const left = await federation.get('host', ['kubefedclusters,secrets', '-n', NAMESPACE]);
    expect(left.items.map(({ metadata }) => metadata.name)).not.toContain('one');
    expect(left.items.map(({ metadata }) => metadata.name)).not.toContain('one-token');
  });
});
