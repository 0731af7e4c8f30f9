/**
 * Joins that are unlike the usual one: the host as its own member, members that KubeFed joined, a
 * federation of one namespace.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../lab/process.ts';
import { eventually } from '../eventually.ts';
import { type Federation, startFederation } from '../federation.ts';
import { everythingIn, type FederationVerbs, federationVerbs } from './federation-verbs.ts';

const NAMESPACE = 'kube-federation-system';
const inNamespace = ['-n', NAMESPACE];

interface Role {
  readonly rules: readonly unknown[];
}

describe('of a whole cluster', () => {
  let federation: Federation;
  let verbs: FederationVerbs;

  beforeAll(async () => {
    federation = await startFederation({ members: ['one'] });
    verbs = federationVerbs(federation);
  }, 180_000);
  afterAll(() => federation.stop());

  it('a dry run only says', async () => {
    const before = await everythingIn(federation.member('one'));
    const said = await verbs.done('join', 'one', '--dry-run');
    expect(said).toContain('one: ServiceAccount kube-federation-system/one-host created (dry run)');
    const printed = await verbs.done('join', 'one', '-o', 'yaml');
    expect(printed).toContain('kind: KubeFedCluster');
    expect(printed).not.toContain('token:');
    expect(await everythingIn(federation.member('one'))).toEqual(before);
    const clusters = await federation.get('host', ['kubefedclusters', ...inNamespace]);
    expect(clusters.items).toEqual([]);
  });

  it('the host as a member of its own, from the first join to the last unjoin', async () => {
    const before = await everythingIn(federation.host);
    await verbs.done('join', 'host', '--cluster-context', 'host', '--v=2');
    await eventually(
      () => federation.host.kubectl(['get', 'kubefedclusters', ...inNamespace]),
      (text) => /\bTrue\b/.test(text),
    );
    const said = await verbs.done('unjoin', 'host', '--cascade');
    expect(said).not.toContain('Namespace');
    const after = await everythingIn(federation.host);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  });

  it("KubeFed's join: its token is renewed, and unjoin takes back all of it", async () => {
    const before = await everythingIn(federation.member('one'));
    await joinAsKubeFed(federation);
    expect(await verbs.done('members', 'renew', 'one')).toContain('one: renewed');
    const refused = await verbs.run('join', 'one');
    expect(refused.stderr).toContain('KubeFedCluster kube-federation-system/one is there already');
    await verbs.done('join', 'one', '--error-on-existing=false');
    const role = ['clusterrole', 'kubefed-controller-manager:one-host'];
    expect(JSON.stringify(await federation.get('one', role))).not.toContain('"*"');
    const said = await verbs.doneAsSaid('unjoin', 'one');
    expect(said).toContain('one: Secret kube-federation-system/one-host deleted');
    expect(said).toContain(`one: Namespace ${NAMESPACE} deleted`);
    const isGone = (objects: ReadonlyMap<string, string>) =>
      !objects.has(`Namespace /${NAMESPACE}`);
    const after = await eventually(() => everythingIn(federation.member('one')), isGone, 60_000);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  });

  it("KubeFed's join beside something of a person: its namespace stays, and why is told", async () => {
    await joinAsKubeFed(federation);
    const { kubectl } = federation.member('one');
    await kubectl(['create', 'configmap', 'notes', ...inNamespace]);
    const said = await verbs.doneAsSaid('unjoin', 'one');
    const notes = `ConfigMap ${NAMESPACE}/notes`;
    expect(said).toContain(`one: Namespace ${NAMESPACE} kept: there is ${notes} in it`);
    const left = await everythingIn(federation.member('one'));
    expect([...left.keys()]).toContain(notes);
    await kubectl(['delete', 'configmap', 'notes', ...inNamespace]);
  });

  it('names that a person says are made, and found again', async () => {
    const names = ['--host-cluster-name', 'hub', '--secret-name', 'key-of-one'];
    const joined = await verbs.done('join', 'one', ...names);
    expect(joined).toContain(`one: ServiceAccount ${NAMESPACE}/one-hub created`);
    expect(joined).toContain('one: ClusterRole kubefed-controller-manager:one-hub created');
    expect(joined).toContain(`host: Secret ${NAMESPACE}/key-of-one created`);
    const cluster = await federation.get('host', ['kubefedcluster', 'one', ...inNamespace]);
    expect(cluster).toMatchObject({ spec: { secretRef: { name: 'key-of-one' } } });
    // Neither name is said again.
    const said = await verbs.doneAsSaid('unjoin', 'one');
    expect(said).toContain('one: ClusterRole kubefed-controller-manager:one-hub deleted');
    expect(said).toContain(`one: ServiceAccount ${NAMESPACE}/one-hub deleted`);
    expect(said).toContain(`host: Secret ${NAMESPACE}/key-of-one deleted`);
  });

  it('a namespace that was there before the join stays, and why is told', async () => {
    await verbs.done('join', 'one');
    const said = await verbs.doneAsSaid('unjoin', 'one');
    const why = 'it was there before the member joined';
    expect(said).toContain(`one: Namespace ${NAMESPACE} kept: ${why}`);
  });

  it('roles and bindings, where a person says so; disabled, their rights are gone', async () => {
    await verbs.done('join', 'one');
    const role = ['clusterrole', 'kubefed-controller-manager:one-host'];
    const rulesNow = async () =>
      (JSON.parse(await federation.member('one').kubectl(['get', ...role, '-o', 'json'])) as Role)
        .rules;
    const before = await rulesNow();
    const directive = join(temporaryFolder('directive'), 'directive.yaml');
    const spec = { targetVersion: 'v1' };
    const metadata = { name: 'clusterroles.rbac.authorization.k8s.io' };
    const wish = { kind: 'EnableTypeDirective', metadata, spec };
    writeFileSync(directive, JSON.stringify(wish));
    await verbs.done('enable', '-f', directive, '--allow-escalate');
    await federation.host.kubectl(['create', 'namespace', 'shop']);
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
    const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' };
    await federation.apply(
      { ...rbac, kind: 'ClusterRole', metadata: { name: 'looker' }, rules },
      {
        ...{ ...rbac, kind: 'RoleBinding', metadata: { name: 'lookers', namespace: 'shop' } },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'looker' },
        subjects: [{ kind: 'User', name: 'ann', apiGroup: 'rbac.authorization.k8s.io' }],
      },
    );
    const version = ['--version', 'v1', '--federated-version', 'v1alpha1', '--allow-escalate'];
    await verbs.done('enable', 'rolebindings', ...version);
    const config = ['federatedtypeconfig', 'rolebindings.rbac.authorization.k8s.io'];
    expect(await federation.get('host', [...config, ...inNamespace])).toMatchObject({
      spec: { federatedType: { version: 'v1alpha1' }, targetType: { version: 'v1' } },
    });
    await verbs.done('federate', 'ns', 'shop');
    await verbs.done('federate', 'clusterrole', 'looker');
    await verbs.done('federate', 'rolebinding', 'lookers', '-n=shop');
    for (const what of [
      ['clusterrole', 'looker'],
      ['rolebinding', 'lookers', '-n', 'shop'],
    ]) {
      const copy = await eventually(
        () => federation.get('one', what),
        ({ metadata: { labels } }) => labels?.['kubefed.io/managed'] === 'true',
        60_000,
      );
      expect(copy.metadata.name).toBe(what[1]);
    }
    await verbs.done('disable', 'rolebindings');
    await verbs.done('disable', 'clusterroles');
    expect(await rulesNow()).toEqual(before);
    await verbs.done('unjoin', 'one', '--cascade');
  });
});

/** As its release 0.10 leaves a member: a Secret with a token that never ends, every right. */
async function joinAsKubeFed(federation: Federation): Promise<void> {
  const one = federation.member('one');
  const metadata = { name: 'one-host', namespace: NAMESPACE };
  const role = { name: 'kubefed-controller-manager:one-host' };
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: role };
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { ...metadata, annotations: { 'kubernetes.io/service-account.name': 'one-host' } },
    },
    { ...rbac, kind: 'ClusterRole', rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
    {
      ...rbac,
      kind: 'ClusterRoleBinding',
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.name },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  ];
  await one.kubectl(
    ['apply', '-f', '-'],
    objects.map((each) => JSON.stringify(each)).join('\n---\n'),
  );
  const made = await eventually(
    () => federation.get('one', ['secret', 'one-host', ...inNamespace]),
    ({ data }) => data?.['token'] !== undefined,
  );
  const { token, 'ca.crt': caBundle } = made.data ?? {};
  await federation.apply(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'one-x7k2p', namespace: NAMESPACE },
      data: { token },
    },
    {
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedCluster',
      metadata: { name: 'one', namespace: NAMESPACE },
      spec: { apiEndpoint: one.server, caBundle, secretRef: { name: 'one-x7k2p' } },
    },
  );
}

describe('of one namespace', () => {
  let federation: Federation;
  let verbs: FederationVerbs;

  beforeAll(async () => {
    const options = { members: ['one'], withWorkloads: false, config: { scope: 'Namespaced' } };
    federation = await startFederation(options);
    verbs = federationVerbs(federation);
  }, 180_000);
  afterAll(() => federation.stop());

  it('what lies in it is propagated, with rights there alone', async () => {
    await verbs.done('join', 'one');
    await federation.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: NAMESPACE },
      data: { colour: 'red' },
    });
    await verbs.done('federate', 'configmap', 'settings', ...inNamespace);
    const copy = await eventually(
      () => federation.get('one', ['configmap', 'settings', ...inNamespace]),
      ({ metadata }) => metadata.labels?.['kubefed.io/managed'] === 'true',
    );
    expect(copy.data).toEqual({ colour: 'red' });
    const as = `system:serviceaccount:${NAMESPACE}:one-host`;
    const { kubectl } = federation.member('one');
    const may = (namespace: string) =>
      kubectl(['auth', 'can-i', 'create', 'configmaps', '-n', namespace, '--as', as]).catch(
        () => 'no',
      );
    expect([(await may(NAMESPACE)).trim(), (await may('default')).trim()]).toEqual(['yes', 'no']);
  });

  it('unjoin keeps a namespace with something in it', async () => {
    const said = await verbs.doneAsSaid('unjoin', 'one');
    expect(said).toContain('one: 1 of configmaps left running, without our marks');
    expect(said).toContain(
      `one: Namespace ${NAMESPACE} kept: there is ConfigMap ${NAMESPACE}/settings in it`,
    );
    const left = await everythingIn(federation.member('one'));
    expect([...left.keys()].filter((key) => key.includes('kubefed-controller-manager'))).toEqual(
      [],
    );
  });
});
