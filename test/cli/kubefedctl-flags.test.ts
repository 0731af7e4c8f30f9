/** Command lines written for kubefedctl, and what is wrong with a call of its verbs. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readGoFlags } from '../../src/cli/federation/go-flags.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

describe('flags as Go programs take them', () => {
  it.each([
    ['join c1 --cluster-context c1 --v=2', 'join c1 --cluster-context c1'],
    ['join c1 -v 2 --logtostderr', 'join c1'],
    ['join c1 --v 4 --alsologtostderr=true --stderrthreshold INFO', 'join c1'],
    ['join c1 --log_dir=/tmp --skip_headers', 'join c1'],
    ['join c1 --error-on-existing=false', 'join c1 --no-error-on-existing'],
    ['join c1 --error-on-existing=true', 'join c1 --error-on-existing'],
    ['join c1 --dry-run=true', 'join c1 --dry-run'],
    ['unjoin c1 --force=false', 'unjoin c1'],
    ['unjoin c1 --force=maybe', 'unjoin c1 --force=maybe'],
    ['--v=2 --kubeconfig /k join c1', 'join --kubeconfig /k c1'],
    ['--kubeconfig=/k enable deploy', 'enable --kubeconfig=/k deploy'],
    [
      '--host-cluster-context h orphaning-deletion status cm a -n b',
      'orphaning-deletion status --host-cluster-context h cm a -n b',
    ],
    ['federate ns a -c=true -t', 'federate ns a -c -t'],
    ['federate ns a -c -t=true -n=b', 'federate ns a -c -t -n b'],
    ['federate ns a -c=false -t=F', 'federate ns a'],
    ['federate ns a -c=yes', 'federate ns a -c=yes'],
    ['federate ns a -ct -nb -o=yaml', 'federate ns a -c -t -n b -o yaml'],
    ['federate ns a -ctn=b -s secrets', 'federate ns a -c -t -n b -s secrets'],
    ['federate -f=x.yaml -f -', 'federate -f x.yaml -f -'],
    ['join c1 -v2 -v=4 -v 6', 'join c1'],
    ['-v2 -v=4 join c1', 'join c1'],
    ['version --v=2', 'version'],
    ['version -v 2 --logtostderr', 'version'],
    ['federate -f - -- --v=2', 'federate -f - -- --v=2'],
    // Of other verbs nothing is touched.
    ['log query -v 2', 'log query -v 2'],
    ['serve --v=2', 'serve --v=2'],
    ['', ''],
  ])('%s', (given, want) => {
    const words = (text: string) => text.split(' ').filter((word) => word !== '');
    expect(readGoFlags(words(given))).toEqual(words(want));
  });
});

const folder = mkdtempSync(join(tmpdir(), 'kubefedctl-'));
const kubeconfig = join(folder, 'config');
writeFileSync(
  kubeconfig,
  JSON.stringify({
    clusters: [{ name: 'dead', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'me', user: { token: 'secret-word' } }],
    contexts: ['dead', 'arn:aws:a/b'].map((name) => ({
      name,
      context: { cluster: 'dead', user: 'me' },
    })),
    'current-context': 'dead',
  }),
);
const directive = join(folder, 'directive.yaml');
writeFileSync(
  directive,
  'kind: EnableTypeDirective\nmetadata: {name: deploy}\nspec: {targetVesion: v1}\n',
);
const manifests = join(folder, 'manifests.yaml');
writeFileSync(manifests, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: n}\n');

function fedns(...words: string[]) {
  const argv = [MAIN, ...words, '--kubeconfig', kubeconfig];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

it('a switch of one letter with its value reaches the verb', () => {
  const read = fedns('federate', 'ns', 'a', '-c=true', '-t=true', '-o=yaml', '-v2');
  expect(read.stderr).toContain('-t, --enable-type: writes');
  const version = spawnSync(process.execPath, [MAIN, 'version', '--v=2'], { encoding: 'utf8' });
  expect(version.stdout).toMatch(/^fedns \d/);
});

it('federate -f: what its objects would be, without a cluster', () => {
  const file = join(folder, 'objects.yaml');
  const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
  const service =
    'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.0.0.9, ports: [{port: 80, nodePort: 30080}]}\n';
  writeFileSync(file, `${namespace}---\n${service}`);
  const { status, stdout, stderr } = fedns('federate', '-f', file, '-n=shop', '-o', 'json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const placement = { clusterSelector: { matchLabels: {} } };
  const types = { apiVersion: 'types.kubefed.io/v1beta1' };
  expect(JSON.parse(stdout)).toEqual([
    {
      ...{ ...types, kind: 'FederatedNamespace', metadata: { name: 'shop', namespace: 'shop' } },
      spec: { template: {}, placement },
    },
    {
      ...{ ...types, kind: 'FederatedService', metadata: { name: 'web', namespace: 'shop' } },
      spec: { template: { spec: { ports: [{ port: 80 }] } }, placement },
    },
  ]);
});

describe('refused with one line', () => {
  it.each([
    [2, ['join'], "missing required argument 'name'"],
    [2, ['join', 'One', '--cluster-context', 'dead'], '"One" is no name of a KubeFedCluster'],
    [2, ['join', 'one', '--cluster-context', 'deda'], 'no context "deda", did you mean "dead"?'],
    [
      2,
      ['join', 'one', '--cluster-context', 'dead', '--host-cluster-context', 'arn:aws:a/b'],
      'say --host-cluster-name',
    ],
    [
      1,
      ['join', 'one', '--cluster-context', 'dead'],
      'dead: GET /api/v1/namespaces/kube-federation-system: ',
    ],
    [2, ['join', 'one', '--claster-context', 'dead'], 'Did you mean --cluster-context?'],
    [1, ['unjoin', 'one', '--v=4'], 'ECONNREFUSED'],
    [2, ['enable'], 'say either NAME or -f FILE'],
    [2, ['enable', 'deploy', '-f', directive], 'say either NAME or -f FILE'],
    [2, ['enable', '-f', directive], 'unknown key "targetVesion", did you mean "targetVersion"?'],
    [
      2,
      ['enable', 'deploy', '--federated-group', 'types'],
      '--federated-group: "types" is no group',
    ],
    [2, ['enable', 'deploy', '-o', 'wide'], 'Allowed choices are text, yaml, json'],
    [1, ['disable', 'deployments.apps'], 'dead: GET'],
    [2, ['federate', 'cm'], 'say TYPE NAME, or -f FILE'],
    [2, ['federate', 'cm', 'a', '-f', manifests], 'say either TYPE NAME or -f FILE'],
    [2, ['federate', 'cm', 'a', '-t', '-o', 'yaml'], '-t, --enable-type: writes'],
    [2, ['federate', '-f', manifests], `${manifests}:3: ConfigMap n/: metadata.name: is missing`],
    [2, ['federate', '-f', '/nowhere.yaml'], '/nowhere.yaml: no such file'],
    [2, ['orphaning-deletion', 'status', 'cm'], "missing required argument 'name'"],
    [1, ['members', 'renew', 'one'], 'dead: GET'],
  ])('%i %j', (code, words, want) => {
    const { status, stdout, stderr } = fedns(...words);
    expect({ status, stdout, lines: stderr.trim().split('\n').length }).toEqual({
      status: code,
      stdout: '',
      lines: 1,
    });
    expect(stderr).toContain(want);
    expect(stderr).not.toContain('secret-word');
  });
});
