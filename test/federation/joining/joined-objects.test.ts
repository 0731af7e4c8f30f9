/** What join makes in member and host, and whose token a Secret holds. */

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  checkKubeFedCluster,
  readKubeFedCluster,
} from '../../../src/api/kubefed/kubefed-cluster.ts';
import { refOf } from '../../../src/cli/federation/object-writer.ts';
import { describe as describeRef } from '../../../src/cli/federation/report.ts';
import {
  accountOfSecret,
  kubefedCluster,
  tokenSecret,
} from '../../../src/federation/joining/host-objects.ts';
import { clusterNameProblem, hostNameProblem } from '../../../src/federation/joining/join-names.ts';
import {
  isCreatedByFederation,
  isOfFederation,
  withoutMarks,
} from '../../../src/federation/joining/member-marks.ts';
import {
  isMadeByJoin,
  leftByJoin,
  memberObjects,
} from '../../../src/federation/joining/member-objects.ts';

const names = { cluster: 'one', namespace: 'kube-federation-system', account: 'one-host' };
const type = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments' };
const types = [{ ...type, isNamespaced: true }];
const made = (scope: 'Cluster' | 'Namespaced') => memberObjects({ names, scope, types });

describe('in the member', () => {
  it.each([
    [
      'Cluster',
      [
        'Namespace kube-federation-system',
        'ServiceAccount kube-federation-system/one-host',
        'ClusterRole kubefed-controller-manager:one-host',
        'ClusterRoleBinding kubefed-controller-manager:one-host',
        'Role kube-federation-system/kubefed-controller-manager:one-host',
        'RoleBinding kube-federation-system/kubefed-controller-manager:one-host',
      ],
    ],
    [
      'Namespaced',
      [
        'Namespace kube-federation-system',
        'ServiceAccount kube-federation-system/one-host',
        'ClusterRole kubefed-controller-manager:kube-federation-system:healthcheck-one-host',
        'ClusterRoleBinding kubefed-controller-manager:kube-federation-system:healthcheck-one-host',
        'Role kube-federation-system/kubefed-controller-manager:one-host',
        'RoleBinding kube-federation-system/kubefed-controller-manager:one-host',
      ],
    ],
  ] as const)('%s', (scope, want) => {
    const objects = made(scope);
    expect(objects.map((one) => describeRef(refOf(one)))).toEqual(want);
    expect(objects.every(({ object }) => isMadeByJoin(object))).toBe(true);
    const left = leftByJoin(names);
    const back = [...left.rights, ...left.account].map(describeRef);
    expect(back).toEqual(expect.arrayContaining(want.slice(1)));
  });

  it('the types stand in the role that reaches them, its own token in its namespace', () => {
    const ruled = (scope: 'Cluster' | 'Namespaced', kind: string) =>
      JSON.stringify(made(scope).find(({ resource }) => resource.kind === kind)?.object);
    expect(ruled('Cluster', 'ClusterRole')).toContain('"deployments"');
    expect(ruled('Cluster', 'ClusterRole')).not.toContain('serviceaccounts/token');
    expect(ruled('Cluster', 'Role')).toContain('"resourceNames":["one-host"]');
    expect(ruled('Namespaced', 'Role')).toContain('"deployments"');
    expect(ruled('Namespaced', 'Role')).toContain('serviceaccounts/token');
    expect(ruled('Namespaced', 'ClusterRole')).not.toContain('"deployments"');
  });
});

describe('in the host', () => {
  const where = { name: 'one', namespace: 'kube-federation-system', secretName: 'one-token' };

  it.each([
    ['by an authority of its own', { ca: 'PEM', isUnchecked: false, proxyUrl: undefined }],
    ['unchecked', { ca: undefined, isUnchecked: true, proxyUrl: undefined }],
    ['by a proxy', { ca: undefined, isUnchecked: false, proxyUrl: 'http://192.0.2.1:3128/' }],
  ])('a KubeFedCluster that our own reader takes: %s', (_what, how) => {
    const { object } = kubefedCluster({ ...where, ...how, apiEndpoint: 'https://192.0.2.9:6443' });
    const written: unknown = JSON.parse(JSON.stringify(object));
    if (how.ca === undefined) expect(checkKubeFedCluster(written)).toEqual([]);
    expect(readKubeFedCluster(written)).toMatchObject({
      kind: how.ca === undefined ? 'good' : 'bad',
    });
  });

  it('a Secret that says whose token it is, and until when', () => {
    const expiresAt = new Date('2030-01-02T03:04:05.678Z');
    const account = { namespace: 'kube-federation-system', name: 'one-host' };
    const parts = { namespace: account.namespace, name: 'one-token', account };
    const { object } = tokenSecret({ ...parts, token: { token: 'a.b.c', expiresAt } });
    expect(object).toMatchObject({
      metadata: { annotations: { 'fedns.io/token-expires': '2030-01-02T03:04:05Z' } },
      data: { token: btoa('a.b.c') },
    });
    expect(accountOfSecret(object)).toEqual(account);
    expect(isMadeByJoin(object)).toBe(true);
  });

  const token = (claims: object) =>
    `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
  it.each([
    [
      "KubeFed's older form: the token itself says it",
      token({ sub: 'system:serviceaccount:kube-federation-system:one-cluster1' }),
      { namespace: 'kube-federation-system', name: 'one-cluster1' },
    ],
    ['a person', token({ sub: 'system:admin' }), undefined],
    ['no claims', 'opaque', undefined],
    ['half a token', 'x.!!.x', undefined],
  ])('whose: %s', (_what, text, want) => {
    expect(accountOfSecret({ data: { token: btoa(text) } })).toEqual(want);
  });
});

describe('names', () => {
  it.each([
    ['one', undefined],
    ['one.example', undefined],
    ['One', '"One" is no name of a KubeFedCluster'],
    ['', '"" is no name'],
  ])('of a cluster: %j', (name, want) => {
    const problem = clusterNameProblem(name);
    if (want === undefined) expect(problem).toBeUndefined();
    else expect(problem).toContain(want);
  });

  it.each(['arn:aws:eks:eu-west-1:1:cluster/a', 'gke_p_z_c', 'admin@kind'])(
    'of a host: %s wants --host-cluster-name',
    (name) => {
      expect(hostNameProblem(name)).toContain('say --host-cluster-name');
    },
  );
});

describe('marks', () => {
  it.each([
    ['ours', { 'fedns.io/owner': 'uid-1/federatedservices.types.kubefed.io' }, true],
    ["KubeFed's", {}, true],
    ["another federation's", { 'fedns.io/owner': 'uid-10/federatedservices' }, false],
  ])('%s', (_what, annotations, want) => {
    expect(isOfFederation({ metadata: { annotations } }, 'uid-1')).toBe(want);
  });

  it('come off, of this very object', () => {
    expect(
      isCreatedByFederation({ metadata: { annotations: { 'fedns.io/created': 'true' } } }),
    ).toBe(true);
    expect(withoutMarks('u')).toEqual(
      parse(`metadata:
  uid: u
  labels: {kubefed.io/managed: null}
  annotations:
    fedns.io/owner: null
    fedns.io/created: null
    fedns.io/given-annotations: null
    fedns.io/leaving: null
`),
    );
  });
});
