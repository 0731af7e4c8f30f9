/**
 * The chart, rendered by our own reader: what it takes over from elsewhere is equal to it, KubeFed's
 * values are read, and what is wrong is told. `UPDATE_CRDS=1` writes the copies anew.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { resourceName } from '../../src/api/kubefed/api-resource.ts';
import type { JsonObject } from '../../src/api/kubefed/federated-object.ts';
import { listAt, textAt, valueAt } from '../../src/api/untyped.ts';
import { SHIPPED_TYPES } from '../../src/federation/federated-types/shipped-types.ts';
import { typeConfigFor } from '../../src/federation/federated-types/type-config.ts';
import { readChart, renderChart } from '../../src/install/chart.ts';
import { mergeValues, readSetting, valueProblems } from '../../src/install/chart-values.ts';
import { DEPLOY } from './admission-table.ts';

const CHART = join(DEPLOY, 'chart');
const chart = readChart();
const NAMESPACE = 'kube-federation-system';
const RELEASE = { name: 'kubefed', namespace: NAMESPACE };

function render(...said: readonly JsonObject[]) {
  return renderChart(chart, mergeValues(chart.values, said), RELEASE);
}

function valuesFile(name: string): JsonObject {
  return parse(readFileSync(join(import.meta.dirname, 'chart/values', name), 'utf8'));
}

function objectOf(objects: readonly JsonObject[], kind: string, name: string): unknown {
  return objects.find((one) => textAt(one, 'kind') === kind && nameOf(one) === name);
}

const nameOf = (object: unknown) => textAt(object, 'metadata', 'name') ?? '';

/** The copy is what the source makes; written where that is asked for. */
function expectCopy(path: string, text: string): void {
  if (process.env['UPDATE_CRDS'] !== undefined) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(readFileSync(path, 'utf8')).toBe(text);
}

describe('copies in the chart', () => {
  const kinds = readdirSync(join(DEPLOY, 'crds')).filter((name) => name.endsWith('.yaml'));
  const types = readdirSync(join(DEPLOY, 'crds/types')).map((name) => `types/${name}`);

  it('of the definitions, and no others', () => {
    const copied = readdirSync(join(CHART, 'crds')).filter((name) => name.endsWith('.yaml'));
    expect(copied).toEqual(kinds);
    expect(readdirSync(join(CHART, 'crds/external-dns'))).toEqual(['dnsendpoints.yaml']);
    expect(readdirSync(join(CHART, 'crds/types')).map((name) => `types/${name}`)).toEqual(types);
  });

  it.each([...kinds, ...types, 'external-dns/dnsendpoints.yaml'])('crds/%s', (name) => {
    const [definition = ''] = readFileSync(join(DEPLOY, 'crds', name), 'utf8').split(/^---$/m);
    const bare = definition.replace(/^(#.*\n)+/, '');
    expectCopy(
      join(CHART, 'crds', name),
      `# A copy of deploy/crds/${name}: change that one.\n${bare}`,
    );
  });

  it.each(SHIPPED_TYPES.map((type) => [resourceName(type), type] as const))(
    'templates/types/%s',
    (name, type) => {
      const { spec, ...object } = typeConfigFor(type);
      const text = [
        '{{- /* Made by test/deploy/chart.test.ts of src/federation/federated-types. */ -}}\n',
        `{{- $live := lookup "core.kubefed.io/v1beta1" "FederatedTypeConfig" .Release.Namespace "${name}" }}\n`,
        stringify(object).trimEnd(),
        '\n  namespace: {{ .Release.Namespace }}\n  labels:\n',
        '    {{- include "fedns.labels" . | nindent 4 }}\n',
        stringify({ spec }).replace(
          'propagation: Enabled',
          'propagation: {{ if $live }}{{ $live.spec.propagation }}{{ else }}Enabled{{ end }}',
        ),
      ].join('');
      expectCopy(join(CHART, `templates/types/${name}.yaml`), text);
    },
  );

  it('of the webhook configurations', () => {
    const text = readFileSync(join(DEPLOY, 'webhook/configurations.yaml'), 'utf8')
      .replaceAll('name: fedns-webhook', 'name: kubefed-admission-webhook')
      .replaceAll(`${NAMESPACE}:fedns'`, `${NAMESPACE}:kubefed-controller'`);
    const { objects } = render();
    for (const document of parseAllDocuments(text)) {
      const source: unknown = document.toJS();
      const ours = objectOf(objects, textAt(source, 'kind') ?? '', nameOf(source));
      const webhooks = listAt(ours, 'webhooks').map((webhook) => {
        const text = JSON.stringify(webhook);
        return JSON.parse(text.replaceAll(',"scope":"*"', '').replaceAll(',"port":443', ''));
      });
      expect(webhooks).toEqual(valueAt(source, 'webhooks'));
    }
  });
});

describe('values', () => {
  it.each(['kubefed-0.3.1.yaml', 'kubefed-0.10.yaml'])('%s are read', (name) => {
    const values = mergeValues(chart.values, [valuesFile(name)]);
    expect(valueProblems(chart.schema, values)).toEqual([]);
    const { objects, notes } = render(valuesFile(name));
    expect(valueAt(objectOf(objects, 'KubeFedConfig', 'kubefed'), 'spec')).toMatchObject({
      scope: 'Cluster',
      clusterHealthCheck: { period: '2s', timeout: '1s', failureThreshold: 3 },
      leaderElect: { leaseDuration: '5s', resourceLock: 'leases' },
    });
    expect(notes).toContain('IGNORED: controllermanager.controller.tag');
    expect(notes).toContain('IGNORED: controllermanager.webhook.image');
    const deployment = objectOf(objects, 'Deployment', 'kubefed-controller-manager');
    expect(JSON.stringify(deployment)).toContain('"image":"fedns:');
  });

  it('our defaults are right, and nothing of them is ignored', () => {
    expect(valueProblems(chart.schema, chart.values)).toEqual([]);
    expect(render().notes).not.toContain('IGNORED');
  });

  it.each([
    ['controllermanager.clusterHealthCheckPerod=1s', 'clusterHealthCheckPerod'],
    ['controllermanager.featureGates.PushReconciler=true', 'PushReconciler'],
    ['global.scope=Everything', 'global.scope'],
    ['dns.replicaCount=two', 'dns.replicaCount'],
  ])('%s is refused', (setting, where) => {
    const said = readSetting(setting);
    if (said === undefined) throw new Error(`${setting} is no setting`);
    expect(valueProblems(chart.schema, mergeValues(chart.values, [said])).join()).toContain(where);
  });

  it('lists are taken whole, null takes a default away', () => {
    const said = { a: { list: [3], gone: null, deep: { kept: 1 } } };
    expect(mergeValues({ a: { list: [1, 2], gone: 1, deep: { more: 2 } } }, [said])).toEqual({
      a: { list: [3], deep: { more: 2, kept: 1 } },
    });
  });
});

describe('what is rendered', () => {
  it('has KubeFed’s names and selectors', () => {
    const { objects } = render();
    const selectors = objects
      .filter((object) => textAt(object, 'kind') === 'Deployment')
      .map((object) => [nameOf(object), valueAt(object, 'spec', 'selector', 'matchLabels')]);
    expect(selectors).toEqual([
      ['kubefed-controller-manager', { 'kubefed-control-plane': 'controller-manager' }],
      ['kubefed-admission-webhook', { 'kubefed-admission-webhook': 'true' }],
    ]);
    expect(objectOf(objects, 'ClusterRole', 'kubefed-role')).toBeDefined();
    expect(objectOf(objects, 'Service', 'kubefed-admission-webhook')).toBeDefined();
  });

  it('gives the controllers no right over everything', () => {
    for (const object of render().objects) {
      if (!/Role$/.test(textAt(object, 'kind') ?? '') || /admin|edit|view/.test(nameOf(object)))
        continue;
      for (const rule of listAt(object, 'rules')) {
        expect(listAt(rule, 'apiGroups')).not.toContain('*');
        expect(listAt(rule, 'verbs')).not.toContain('*');
      }
    }
  });

  it('of one namespace, has no object of the cluster that two of them would share', () => {
    const namesIn = (namespace: string) => {
      const values = mergeValues(chart.values, [{ global: { scope: 'Namespaced' } }]);
      return renderChart(chart, values, { name: 'kubefed', namespace })
        .objects.filter((object) => textAt(object, 'metadata', 'namespace') === undefined)
        .map((object) => `${textAt(object, 'kind')} ${nameOf(object)}`);
    };
    const shared = namesIn('one').filter((name) => namesIn('two').includes(name));
    expect(namesIn('one').length).toBeGreaterThan(3);
    expect(shared).toEqual([]);
  });

  it('DNS servers answer from etcd where there is one, else from the members', () => {
    const configOf = (...said: readonly JsonObject[]) =>
      parse(
        textAt(objectOf(render(...said).objects, 'ConfigMap', 'fedns-dns'), 'data', 'fedns.yaml') ??
          '',
      );
    const dns = { enabled: true, domain: 'example.com' };
    expect(configOf({ dns })).toMatchObject({
      zones: ['example.com'],
      members: { host: { kubeconfig: 'in-cluster', namespace: NAMESPACE } },
      store: { kind: 'file' },
    });
    const withEtcd = configOf({ dns, etcd: { enabled: true } });
    expect(withEtcd).toMatchObject({
      store: { kind: 'etcd', urls: [`http://fedns-etcd.${NAMESPACE}.svc:2379`] },
    });
    expect(withEtcd).not.toHaveProperty('members');
    expect(() => render({ dns: { enabled: true } })).toThrow('dns.domain');
  });

  it('certificates of cert-manager, where that is wished', () => {
    const { objects } = render({ controllermanager: { certManager: { enabled: true } } });
    const kinds = objects.map((object) => textAt(object, 'kind'));
    expect(kinds.filter((kind) => kind === 'Certificate' || kind === 'Issuer')).toHaveLength(4);
    expect(objectOf(objects, 'Secret', 'fedns-webhook-certificate')).toBeUndefined();
    const config = objectOf(
      objects,
      'ValidatingWebhookConfiguration',
      'validation.core.kubefed.io',
    );
    expect(valueAt(config, 'metadata', 'annotations')).toEqual({
      'cert-manager.io/inject-ca-from': `${NAMESPACE}/kubefed-certificate`,
    });
  });
});

it.each([
  ['no DNS servers', {}, {}],
  ['DNS servers that answer from the members', { enabled: true }, { servedTtlSeconds: 180 }],
  [
    'DNS servers on an etcd, which the controllers write',
    { enabled: true, etcdUrls: ['http://etcd.example:2379'] },
    { publishRecords: true },
  ],
])('what the controllers know of who answers: %s', (_, dns, wanted) => {
  const { objects } = render({ dns: { domain: 'example.com', ...dns } });
  const text = textAt(objectOf(objects, 'ConfigMap', 'fedns-controllers'), 'data', 'fedns.yaml');
  const { host, ...said } = parse(text ?? '').controlPlane;
  expect(host).toEqual({ kubeconfig: 'in-cluster', namespace: NAMESPACE });
  expect(said).toEqual(wanted);
});
