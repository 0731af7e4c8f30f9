/** `fedns render`: manifests in, what each member would get out; how it refuses them. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const CLUSTERS = `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: one}
---
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: two}
`;
const SHOP = `---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedNamespace
metadata: {name: shop, namespace: shop}
spec: {placement: {clusters: [{name: one}]}}
---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: {name: settings, namespace: shop}
spec: {template: {data: {colour: red}}, placement: {clusterSelector: {}}}
`;

function render(input: string, ...words: string[]) {
  const argv = [MAIN, 'render', '-f', '-', ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { input, encoding: 'utf8' });
  return { status, stdout, stderr };
}

it('documents by cluster, what is not given as a comment', () => {
  expect(render(CLUSTERS + SHOP)).toEqual({
    status: 0,
    stdout: `# cluster one: FederatedNamespace shop/shop
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    kubefed.io/managed: "true"
---
# cluster one: FederatedConfigMap shop/settings
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: shop
  labels:
    kubefed.io/managed: "true"
data:
  colour: red
---
# cluster two: FederatedNamespace shop/shop: nothing: NotPlaced
---
# cluster two: FederatedConfigMap shop/settings: nothing: NotPlaced: its FederatedNamespace is not placed there
`,
    stderr: '',
  });
});

it('json: of each cluster all objects, and why nothing', () => {
  const { status, stdout } = render(CLUSTERS + SHOP, '--output', 'json');
  expect(status).toBe(0);
  const labels = { 'kubefed.io/managed': 'true' };
  expect(JSON.parse(stdout)).toEqual([
    {
      cluster: 'one',
      object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } },
      reason: null,
    },
    {
      cluster: 'one',
      object: {
        ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { colour: 'red' } },
        metadata: { name: 'settings', namespace: 'shop', labels },
      },
      reason: null,
    },
    { cluster: 'two', object: null, reason: 'NotPlaced' },
    {
      cluster: 'two',
      object: null,
      reason: 'NotPlaced: its FederatedNamespace is not placed there',
    },
  ]);
  const ofTwo = render(CLUSTERS + SHOP, '--cluster', 'two', '--output', 'json');
  expect(JSON.parse(ofTwo.stdout)).toEqual(JSON.parse(stdout).slice(2));
});

it.each([
  ['no clusters', SHOP, [], 'no KubeFedCluster is among the manifests: nothing is placed anywhere'],
  [
    'no such cluster',
    CLUSTERS,
    ['--cluster', 'x'],
    '--cluster: "x" is none of the manifests: one, two',
  ],
  [
    'no namespace',
    `${CLUSTERS}---\napiVersion: types.kubefed.io/v1beta1\nkind: FederatedSecret\nmetadata: {name: a}\n`,
    [],
    'standard input:12: FederatedSecret a: metadata.namespace: is missing',
  ],
  [
    'an unknown type',
    `${CLUSTERS}---\napiVersion: types.kubefed.io/v1beta1\nkind: FederatedWidget\nmetadata: {name: a}\nspec: {}\n`,
    [],
    'standard input:10: FederatedWidget a: spec.template.apiVersion: is missing, and no FederatedTypeConfig says what type it federates',
  ],
  [
    'twice',
    `${CLUSTERS}---\n${CLUSTERS}`,
    [],
    'standard input:11: KubeFedCluster one: is there twice',
  ],
  ['no YAML', '{', [], 'standard input:1: Flow map must end with a }'],
])('%s: one line, exit 2', (_, input, words, line) => {
  expect(render(input, ...words)).toEqual({ status: 2, stdout: '', stderr: `fedns: ${line}\n` });
});
