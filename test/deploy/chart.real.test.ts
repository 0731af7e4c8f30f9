/**
 * The chart by Helm on a real cluster, as people with KubeFed's values have it (guide W3): what it
 * deploys really runs, with the rights that it gives and no others (of every loop: chart/rights.real);
 * an upgrade keeps what people changed, brings the definitions up to date, the next one changes nothing.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject } from '../../src/api/kubefed/federated-object.ts';
import { listAt, textAt, valueAt } from '../../src/api/untyped.ts';
import { canonicalJson } from '../../src/federation/canonical-json.ts';
import { eventually } from '../controllers/eventually.ts';
import { exceptRoles } from './chart/every-loop.ts';
import { type HostWithPods, NAMESPACE, startHostWithPods } from './host-with-pods.ts';

const LONG_MS = 180_000;
let on: HostWithPods;

beforeAll(async () => {
  on = await startHostWithPods(['west']);
}, LONG_MS);
afterAll(() => on?.stop());

const federatedConfigMap = {
  apiVersion: 'types.kubefed.io/v1beta1',
  kind: 'FederatedConfigMap',
  metadata: { name: 'words', namespace: 'demo' },
  spec: {
    template: { data: { word: 'one' } },
    placement: { clusters: [{ name: 'west' }] },
  },
};

const apply = (...objects: readonly object[]) => on.apply(...objects);

describe('values of KubeFed 0.3.1 on a new host', () => {
  it(
    'install, and say what they ignore',
    async () => {
      const said = await on.upgrade('kubefed-0.3.1.yaml');
      expect(said).toContain('IGNORED: controllermanager.controller.image');
      expect(said).toContain('STATUS: deployed');
    },
    LONG_MS,
  );

  it('controllers run and lead, with no right missing', async () => {
    await eventually(
      () => on.get('host', 'lease', 'kubefed-controller-manager', '-n', NAMESPACE),
      (lease) => (textAt(lease, 'spec', 'holderIdentity') ?? '') !== '',
    );
    const controllers = on.runner.running().filter((name) => name.includes('controller-manager'));
    expect(controllers).toHaveLength(2);
  });

  it('the webhook is asked by its Service, and refuses', async () => {
    const wrong = {
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedCluster',
      metadata: { name: 'wrong', namespace: NAMESPACE },
      spec: { apiEndpoint: 'east..example', secretRef: { name: 'wrong' } },
    };
    const refusal = await eventually(
      () => apply(wrong).then(() => 'taken', String),
      (said) => said.includes('its host is no name'),
    );
    expect(refusal).toContain('spec.apiEndpoint');
  });

  it(
    'a joined member gets what is federated',
    async () => {
      const joined = await on.fedns(
        ...['join', 'west', '--cluster-context', 'west', '--host-cluster-context', 'host', '--v=2'],
      );
      expect(joined, joined.stderr).toMatchObject({ code: 0 });
      await eventually(
        () => on.get('host', 'kubefedcluster', 'west', '-n', NAMESPACE),
        (cluster) =>
          listAt(cluster, 'status', 'conditions').some(
            (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
          ),
        30_000,
      );
      await on.host.kubectl(['create', 'namespace', 'demo']);
      const federatedNamespace = {
        apiVersion: 'types.kubefed.io/v1beta1',
        kind: 'FederatedNamespace',
        metadata: { name: 'demo', namespace: 'demo' },
        spec: { placement: { clusterSelector: {} } },
      };
      await apply(federatedNamespace, federatedConfigMap);
      const copy = await eventually(
        () => on.get('west', 'configmap', 'words', '-n', 'demo'),
        (seen) => textAt(seen, 'data', 'word') === 'one',
        40_000,
      );
      expect(textAt(copy, 'metadata', 'labels', 'kubefed.io/managed')).toBe('true');
      const seen = await eventually(
        () => on.get('host', 'federatedconfigmap', 'words', '-n', 'demo'),
        (object) => valueAt(object, 'status', 'conditions') !== undefined,
      );
      expect(listAt(seen, 'status', 'conditions')[0]).toMatchObject({ status: 'True' });
    },
    LONG_MS,
  );
});

describe('an upgrade with values of 0.10', () => {
  const rule = {
    apiGroups: ['example.io'],
    resources: ['*'],
    verbs: ['get', 'watch', 'list', 'update', 'patch'],
  };
  const types = ['federatedtypeconfigs.core.kubefed.io', '-n', NAMESPACE];

  it(
    'keeps the rule that the guide’s JSON patch added, and types that are switched off',
    async () => {
      const patch = JSON.stringify([{ op: 'add', path: '/rules/1', value: rule }]);
      await on.host.kubectl(['patch', 'clusterrole', 'kubefed-role', '--type=json', '-p', patch]);
      const off = '{"spec": {"propagation": "Disabled"}}';
      await on.host.kubectl(['patch', ...types, 'jobs.batch', '--type=merge', '-p', off]);
      const column = '[{"op": "remove", "path": "/spec/versions/0/additionalPrinterColumns"}]';
      const definition = ['crd', 'kubefedclusters.core.kubefed.io'];
      await on.host.kubectl(['patch', ...definition, '--type=json', '-p', column]);

      await on.upgrade('kubefed-0.10.yaml');

      const role = await on.get('host', 'clusterrole', 'kubefed-role');
      expect(listAt(role, 'rules')[1]).toEqual(rule);
      const job = await on.get('host', ...types, 'jobs.batch');
      expect(textAt(job, 'spec', 'propagation')).toBe('Disabled');
      const crd = await on.get('host', ...definition);
      expect(JSON.stringify(crd)).toContain('additionalPrinterColumns');
      const config = await on.get('host', 'kubefedconfig', 'kubefed', '-n', NAMESPACE);
      expect(valueAt(config, 'spec', 'syncController', 'maxConcurrentReconciles')).toBe(4);
    },
    LONG_MS,
  );

  it(
    'a second time changes nothing',
    async () => {
      const before = await installed();
      await on.upgrade('kubefed-0.10.yaml');
      expect(await installed()).toEqual(before);
    },
    LONG_MS,
  );

  async function installed(): Promise<ReadonlyMap<string, string>> {
    const kinds = [
      ...['deployments', 'configmaps', 'services', 'serviceaccounts', 'roles', 'rolebindings'],
      ...['clusterroles', 'clusterrolebindings', 'kubefedconfigs', 'federatedtypeconfigs', 'pods'],
      'validatingwebhookconfigurations,mutatingwebhookconfigurations,crd',
    ].join(',');
    const all = await on.get('host', kinds, '-n', NAMESPACE, '-l', 'app.kubernetes.io/name=fedns');
    return new Map(
      listAt(all, 'items').map((object) => {
        const text = (...path: string[]) => textAt(object, 'metadata', ...path) ?? '';
        const key = `${textAt(object, 'kind')} ${text('name')} ${text('uid')}`;
        const { status: _, metadata: __, ...rest } = isJsonObject(object) ? object : {};
        return [key, canonicalJson(rest)];
      }),
    );
  }
});

describe('the end of a release', () => {
  it(
    'is refused while federated objects exist; until now no right was missing, of no job either',
    async () => {
      await expect(on.helm('uninstall', 'kubefed', '--timeout', '60s')).rejects.toThrow();
      expect(on.refusals()).toEqual([]);
      expect(exceptRoles(on.refusals('west'))).toEqual([]);
      expect(await on.get('host', 'federatedconfigmap', 'words', '-n', 'demo')).toBeDefined();
      const refused = await on.fedns('uninstall', '--host-cluster-context', 'host');
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.stderr).toContain('helm uninstall takes it away');
    },
    LONG_MS,
  );

  it(
    'leaves copies and definitions, and no type that nobody lets go of',
    async () => {
      const ended = await on.fedns(
        ...['uninstall', '--only-types', '--workloads=orphan', '--host-cluster-context', 'host'],
      );
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      await on.helm('uninstall', 'kubefed', '--wait', '--timeout', '120s');
      const types = await on.get('host', 'federatedtypeconfigs', '-n', NAMESPACE);
      expect(listAt(types, 'items')).toEqual([]);
      const copy = await on.get('west', 'configmap', 'words', '-n', 'demo');
      expect(valueAt(copy, 'metadata', 'labels')).toBeUndefined();
      await on.get('host', 'crd', 'kubefedclusters.core.kubefed.io');
    },
    LONG_MS,
  );
});
