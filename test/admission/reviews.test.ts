/** Reviews as API servers send them -> what is answered: who passes, what is refused and how it is said. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDefaults,
  formatAnswer,
  type Judge,
  readReview,
  validate,
} from '../../src/admission/admission-review.ts';
import { textAt, valueAt } from '../../src/api/untyped.ts';

const CONTROLLER = 'system:serviceaccount:kube-federation-system:fedns';
const ACCOUNTS = new Set([CONTROLLER]);

const cluster = (spec: object, metadata: object = {}) => ({
  apiVersion: 'core.kubefed.io/v1beta1',
  kind: 'KubeFedCluster',
  metadata: { name: 'east', namespace: 'kube-federation-system', ...metadata },
  spec: { secretRef: { name: 'east' }, ...spec },
});
const GOOD = cluster({ apiEndpoint: 'https://192.0.2.1:6443' });
const BAD = cluster({ apiEndpoint: 'east..example' });
const WORSE = cluster({ apiEndpoint: 'east..example', caBundle: 'aGVsbG8=' });

const preference = (cluster: object) => ({
  apiVersion: 'scheduling.kubefed.io/v1alpha1',
  kind: 'ReplicaSchedulingPreference',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    targetKind: 'FederatedDeployment',
    totalReplicas: 3,
    clusters: { A: { minReplicas: 7, maxReplicas: 6, ...cluster } },
  },
});

function answerTo(request: object, judge: Judge = validate): unknown {
  const object = valueAt(request, 'object') ?? valueAt(request, 'oldObject');
  const [group, version] = (textAt(object, 'apiVersion') ?? '').split('/');
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: { group, version, kind: textAt(object, 'kind') },
      name: textAt(object, 'metadata', 'name'),
      userInfo: { username: 'someone' },
      ...request,
    },
  };
  const read = readReview(JSON.stringify(review));
  if (read.kind === 'bad') throw new Error(read.problem);
  return valueAt(formatAnswer(read.value, judge(read.value, ACCOUNTS)), 'response');
}

const PASSES = { uid: 'u-1', allowed: true };
const isDeleted = { deletionTimestamp: '2030-01-01T00:00:00Z', finalizers: ['a'] };

it.each([
  ['what is good', { operation: 'CREATE', object: GOOD }],
  ['a deletion', { operation: 'DELETE', oldObject: BAD }],
  ['a connection', { operation: 'CONNECT' }],
  [
    'what is being deleted',
    { operation: 'UPDATE', object: cluster(BAD.spec, isDeleted), oldObject: GOOD },
  ],
  ['our own controller', { operation: 'CREATE', object: BAD, userInfo: { username: CONTROLLER } }],
  ['what was wrong before', { operation: 'UPDATE', object: BAD, oldObject: BAD }],
  ['what becomes less wrong', { operation: 'UPDATE', object: BAD, oldObject: WORSE }],
  [
    'one of two faults of a preference mended',
    { operation: 'UPDATE', object: preference({}), oldObject: preference({ weight: -1 }) },
  ],
  [
    'the other of the two mended',
    {
      operation: 'UPDATE',
      object: preference({ weight: -1, minReplicas: 1 }),
      oldObject: preference({ weight: -1 }),
    },
  ],
  [
    'a label of what is wrong',
    { operation: 'UPDATE', object: cluster(BAD.spec, { labels: { a: 'b' } }), oldObject: BAD },
  ],
  [
    'a status, whatever the spec',
    { operation: 'UPDATE', subResource: 'status', object: BAD, oldObject: GOOD },
  ],
  [
    'another subresource',
    { operation: 'UPDATE', subResource: 'scale', object: BAD, oldObject: GOOD },
  ],
  [
    'a kind of others',
    { operation: 'CREATE', object: { apiVersion: 'v1', kind: 'Pod', metadata: {} } },
  ],
])('%s passes', (_, request) => {
  expect(answerTo(request)).toEqual(PASSES);
});

describe('a refusal', () => {
  it('says every field and why, as kubectl prints it', () => {
    expect(answerTo({ operation: 'CREATE', object: WORSE })).toEqual({
      uid: 'u-1',
      allowed: false,
      status: {
        status: 'Failure',
        code: 422,
        reason: 'Invalid',
        message: expect.stringMatching(
          /^KubeFedCluster "east" is invalid: spec\.apiEndpoint: .+; spec\.caBundle: is no PEM/,
        ),
        details: {
          name: 'east',
          group: 'core.kubefed.io',
          kind: 'KubeFedCluster',
          causes: [
            { reason: 'FieldValueInvalid', field: 'spec.apiEndpoint', message: expect.any(String) },
            { reason: 'FieldValueInvalid', field: 'spec.caBundle', message: expect.any(String) },
          ],
        },
      },
    });
  });

  it('of an update is of what is new', () => {
    const answer = answerTo({ operation: 'UPDATE', object: WORSE, oldObject: BAD });
    expect(textAt(answer, 'status', 'message')).toMatch(/is invalid: spec\.caBundle: /);
  });

  it('of an update of a preference is of what is new', () => {
    const [object, oldObject] = [preference({ weight: -1 }), preference({})];
    const answer = answerTo({ operation: 'UPDATE', object, oldObject });
    expect(valueAt(answer, 'status', 'details', 'causes')).toMatchObject([
      { field: 'spec.clusters.A.weight' },
    ]);
    expect(answerTo({ operation: 'CREATE', object: oldObject })).toMatchObject({ allowed: false });
  });

  it('says that a field is missing', () => {
    const answer = answerTo({ operation: 'CREATE', object: cluster({}) });
    expect(valueAt(answer, 'status', 'details', 'causes')).toMatchObject([
      { reason: 'FieldValueRequired', field: 'spec.apiEndpoint' },
    ]);
  });

  it('of a status is of the status', () => {
    const object = { ...GOOD, status: { conditions: [{ type: 'Fine' }] } };
    const request = { operation: 'UPDATE', subResource: 'status', object, oldObject: GOOD };
    expect(answerTo(request)).toMatchObject({ allowed: false });
    expect(answerTo({ ...request, userInfo: { username: CONTROLLER } })).toEqual(PASSES);
  });

  it('of thousands of fields stays readable', () => {
    const overrides = Array.from({ length: 5000 }, () => ({ clusterOverrides: [] }));
    const object = {
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: 'FederatedDeployment',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { overrides },
    };
    const answer = answerTo({ operation: 'CREATE', object });
    expect(valueAt(answer, 'status', 'details', 'causes')).toHaveLength(100);
    expect(textAt(answer, 'status', 'message')).toMatch(/; and 4900 more$/);
  });
});

describe('defaults', () => {
  const config = (spec: unknown) => ({
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedConfig',
    metadata: { name: 'kubefed' },
    ...(spec !== undefined && { spec }),
  });
  const patchOf = (request: object) => {
    const answer = answerTo(request, addDefaults);
    const patch = textAt(answer, 'patch');
    return patch === undefined ? [] : JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
  };

  it('are added at creation, missing gates too', () => {
    const [operation, ...others] = patchOf({
      operation: 'CREATE',
      object: config({ scope: 'Cluster' }),
    });
    expect(others).toEqual([]);
    expect(operation).toMatchObject({ op: 'add', path: '/spec' });
    expect(operation.value).toMatchObject({
      scope: 'Cluster',
      leaderElect: { leaseDuration: '15s' },
      featureGates: [
        { name: 'PushReconciler', configuration: 'Enabled' },
        { name: 'RawResourceStatusCollection', configuration: 'Disabled' },
        { name: 'SchedulerPreferences', configuration: 'Enabled' },
      ],
    });
  });

  it('are none where all is said, of an update, of a spec that is none, and of other kinds', () => {
    const [{ value }] = patchOf({ operation: 'CREATE', object: config(undefined) });
    expect(patchOf({ operation: 'CREATE', object: config(value) })).toEqual([]);
    expect(patchOf({ operation: 'UPDATE', object: config({}), oldObject: config({}) })).toEqual([]);
    expect(patchOf({ operation: 'CREATE', object: config('any') })).toEqual([]);
    expect(patchOf({ operation: 'CREATE', object: GOOD })).toEqual([]);
  });
});

describe('a review that is none', () => {
  it.each([
    ['', 'not JSON'],
    ['{', 'not JSON'],
    ['null', 'not an AdmissionReview'],
    [
      '{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}',
      'not an AdmissionReview',
    ],
    ['{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}', 'request.uid'],
    [
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"a"}}',
      'request.operation',
    ],
    [
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"a","operation":"CREATE","object":[]}}',
      'request.object',
    ],
  ])('%s: %s', (text, problem) => {
    const read = readReview(text);
    expect(read).toMatchObject({ kind: 'bad', problem: expect.stringContaining(problem) });
  });

  it('never throws, nor does judging what looks like one', () => {
    const kinds = fc.constantFrom(
      'KubeFedCluster',
      'KubeFedConfig',
      'FederatedTypeConfig',
      'FederatedSecret',
    );
    const groups = fc.constantFrom('core.kubefed.io/v1beta1', 'types.kubefed.io/v1beta1');
    const object = fc.record({
      apiVersion: groups,
      kind: kinds,
      metadata: fc.jsonValue(),
      spec: fc.jsonValue(),
      status: fc.jsonValue(),
    });
    const request = fc.record({
      uid: fc.constant('a'),
      operation: fc.constantFrom('CREATE', 'UPDATE', 'DELETE'),
      subResource: fc.constantFrom('', 'status'),
      kind: fc.constant({ group: 'core.kubefed.io', kind: 'KubeFedConfig' }),
      object,
      oldObject: fc.option(object),
    });
    fc.assert(
      fc.property(request, (each) => {
        const review = {
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          request: each,
        };
        const read = readReview(JSON.stringify(review));
        if (read.kind === 'bad') return;
        for (const judge of [validate, addDefaults]) {
          formatAnswer(read.value, judge(read.value, ACCOUNTS));
        }
      }),
    );
  });
});
