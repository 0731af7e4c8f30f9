/** `fedns plan replicas`: what it prints of a plan file, and how it refuses one. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseReplicaPlanFile } from '../../src/cli/plan/replica-plan-file.ts';
import { InputError } from '../../src/dns/errors.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const HEAD = `apiVersion: scheduling.kubefed.io/v1alpha1
kind: ReplicaSchedulingPreference
metadata: {namespace: test-ns, name: test-deployment}
`;
const AT_MOST_20 = `${HEAD}spec:
  targetKind: FederatedDeployment
  totalReplicas: 50
  clusters:
    "*": {weight: 1}
    C: {weight: 1, maxReplicas: 20}
`;

function fedns(input: string, ...words: string[]) {
  const argv = [MAIN, 'plan', 'replicas', '-f', '-', ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { input, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('the command', () => {
  it('json', () => {
    const given = `${AT_MOST_20}clusters: [{name: C}, {name: B}, {name: A}]`;
    const stdout = '{"plan":{"A":17,"B":17,"C":16},"overflow":{}}\n';
    expect(fedns(given, '--output', 'json')).toEqual({ status: 0, stdout, stderr: '' });
  });

  it('a table for people; who is not ready is out', () => {
    const given = `${AT_MOST_20.replace('50', '90')}  rebalance: true
clusters:
- {name: A, current: 30, capacity: 31, labels: {region: east}}
- {name: B, ready: false, current: 7}
- {name: C}
`;
    expect(fedns(given)).toEqual({
      status: 0,
      stdout: `CLUSTER  CURRENT  CAPACITY  PLAN       OVERFLOW
A        30       31        31         14
B        7        -         not ready  0
C        -        -         20         0
total    37                 51 of 90   14
`,
      stderr: '',
    });
  });

  it('a selector that is not given is told of, and leaves nobody out', () => {
    const given = `${AT_MOST_20}  intersectWithClusterSelector: true\nclusters: [{name: A}]`;
    const { status, stdout, stderr } = fedns(given, '-o', 'json');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '{"plan":{"A":50},"overflow":{}}\n' });
    expect(stderr).toMatch(/^fedns: standard input: spec\.intersectWithClusterSelector: .*\n$/);
  });

  it('what is wrong is a line each, and exit code 2', () => {
    const given = `${AT_MOST_20.replace('weight: 1}', 'weight: -1}')}clusters: [{nam: A}]`;
    expect(fedns(given)).toEqual({
      status: 2,
      stdout: '',
      stderr: `fedns: standard input:8: spec.clusters.*.weight: is -1, expected a whole number from 0 to 9007199254740991
fedns: standard input:10: clusters[0].name: is missing
fedns: standard input:10: clusters[0]: unknown key "nam", did you mean "name"?
`,
    });
  });

  it('a file that is not there', () => {
    const argv = [MAIN, 'plan', 'replicas', '-f', '/nowhere/plan.yaml'];
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'fedns: /nowhere/plan.yaml: no such file or folder\n',
    });
  });
});

describe('clusters', () => {
  const SELECTING = `${AT_MOST_20}  intersectWithClusterSelector: true\n`;
  const CLUSTERS = `clusters:
- {name: A, labels: {region: east}}
- {name: B, labels: {region: west}, ready: false}
- {name: C}
`;
  it.each([
    ['all', AT_MOST_20, '', 'A C'],
    ['a placement that nobody asked for', AT_MOST_20, 'placement: {}', 'A C'],
    ['no placement', SELECTING, '', 'A C'],
    ['a placement without selector', SELECTING, 'placement: {}', ''],
    ['an empty selector', SELECTING, 'placement: {clusterSelector: {}}', 'A C'],
    ['by label', SELECTING, 'placement: {clusterSelector: {matchLabels: {region: east}}}', 'A'],
    [
      'by expression',
      SELECTING,
      'placement: {clusterSelector: {matchExpressions: [{key: region, operator: DoesNotExist}]}}',
      'C',
    ],
  ])('%s', (_what, preference, placement, want) => {
    const file = parseReplicaPlanFile(`${preference}${CLUSTERS}${placement}`, 'plan.yaml');
    const left = file.clusters.filter(({ outBecause }) => outBecause === undefined);
    expect(left.map(({ name }) => name).join(' ')).toBe(want);
  });
});

describe('refused', () => {
  it.each([
    ['clusters: [{name: A}, {name: A}]', '10: clusters[1].name: cluster "A" is there twice'],
    ['clusters: [{name: "*"}]', '10: clusters[0].name: is no name of a cluster'],
    ['clusters: [{name: ""}]', '10: clusters[0].name: is empty'],
    ['clusters: [{name: A, current: -1}]', '10: clusters[0].current: is -1, expected a whole'],
    ['clusters: [{name: A, capacity: x}]', '10: clusters[0].capacity: is "x", expected a whole'],
    ['clusters: [{name: A, ready: x}]', '10: clusters[0].ready: is "x", expected true or false'],
    ['clusters: [{name: A, labels: {a: 1}}]', '10: clusters[0].labels.a: is 1, expected a text'],
    ['clusters: 3', '10: clusters: is 3, expected a list of clusters'],
    ['placement: {}', '1: clusters: is missing'],
    ['clusters: []\nclusterz: []', '11: unknown key "clusterz", did you mean "clusters"?'],
    [
      'clusters: []\nplacement: {clusterSelector: {matchLabel: {}}}',
      '11: placement.clusterSelector: unknown key "matchLabel", did you mean "matchLabels"?',
    ],
    [
      'clusters: []\nplacement: {clusterSelector: {matchExpressions: [{key: a, operator: Im}]}}',
      '11: placement.clusterSelector: matchExpressions[0].operator: is none of In, NotIn',
    ],
    ['clusters: [', 'plan.yaml:'],
  ])('%s', (rest, want) => {
    const parse = () => parseReplicaPlanFile(AT_MOST_20 + rest, 'plan.yaml');
    expect(parse).toThrow(InputError);
    expect(parse).toThrow(want.startsWith('plan.yaml') ? want : `plan.yaml:${want}`);
  });
});
