/** What a member gets, and what of its own it keeps. */

import { expect, it } from 'vitest';
import { type JsonObject, readFederatedObject } from '../../src/api/kubefed/federated-object.ts';
import { type CopyMold, leftOut, memberObject } from '../../src/federation/copies/member-object.ts';

const SERVICE = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  isNamespaced: true,
};
const LABELS = new Map([['one', new Map([['tier', 'front']])]]);
const OWNER = 'uid/federatedservices.types.kubefed.io';

function mold(spec: object, rest: Partial<CopyMold> = {}): CopyMold {
  const object = readFederatedObject({ metadata: { namespace: 'shop', name: 'web' }, spec });
  return {
    object,
    target: SERVICE,
    owner: OWNER,
    takesAnnotations: false,
    clusterLabels: LABELS,
    ...rest,
  };
}

const MARKS = {
  labels: { 'kubefed.io/managed': 'true' },
  annotations: { 'fedns.io/owner': OWNER },
};

it('no template at all is an object with nothing but its name', () => {
  expect(memberObject(mold({}), 'one', undefined)).toEqual({
    kind: 'good',
    value: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop', ...MARKS },
    },
  });
});

it('name, namespace and kind are never the template’s; its apiVersion and labels are', () => {
  const template = {
    apiVersion: 'v9',
    kind: 'Pod',
    metadata: { name: 'other', namespace: 'else', labels: { a: 'b' }, finalizers: ['x'] },
    status: { x: 1 },
  };
  expect(memberObject(mold({ template }), 'one', undefined)).toMatchObject({
    value: {
      apiVersion: 'v9',
      kind: 'Service',
      metadata: {
        name: 'web',
        namespace: 'shop',
        labels: { a: 'b', 'kubefed.io/managed': 'true' },
      },
    },
  });
  const made = JSON.stringify(memberObject(mold({ template }), 'one', undefined));
  expect(made).not.toMatch(/finalizers|status/);
});

it('the replicas of an autoscaled copy are the member’s, but for the first', () => {
  const overrides = [
    {
      clusterName: 'one',
      clusterOverrides: [
        { op: 'replace', path: '/spec/replicas', value: 5 },
        { op: 'replace', path: '/spec/paused', value: true },
      ],
    },
  ];
  const template = { spec: { replicas: 1, paused: false } };
  const made = (isAutoscaled: boolean, live?: object) =>
    memberObject(mold({ template, overrides }, { isAutoscaled }), 'one', live && { ...live });
  const live = { metadata: { name: 'web' }, spec: { replicas: 7 } };
  expect(made(true)).toMatchObject({ value: { spec: { replicas: 5, paused: true } } });
  expect(made(true, live)).toMatchObject({ value: { spec: { replicas: 7, paused: true } } });
  expect(made(false, live)).toMatchObject({ value: { spec: { replicas: 5, paused: true } } });
});

it('our marks stand whatever an override does', () => {
  const overrides = [
    {
      clusterName: 'one',
      clusterOverrides: [
        { op: 'add', path: '/metadata/labels', value: { 'kubefed.io/managed': 'false' } },
        { op: 'add', path: '/metadata/annotations', value: { note: 'x' } },
      ],
    },
  ];
  expect(memberObject(mold({ overrides }), 'one', undefined)).toMatchObject({
    value: {
      metadata: {
        labels: { 'kubefed.io/managed': 'true' },
        annotations: { note: 'x', 'fedns.io/owner': OWNER },
      },
    },
  });
});

it('annotations of a template come where the type takes them, and go with it', () => {
  const template = { metadata: { annotations: { note: 'one' } } };
  const taking = { takesAnnotations: true };
  const first = memberObject(mold({ template }, taking), 'one', undefined);
  if (first.kind === 'bad') throw new Error(first.problem);
  expect(first.value).toMatchObject({ metadata: { annotations: { note: 'one' } } });
  const live = {
    ...first.value,
    metadata: {
      ...(first.value['metadata'] as object),
      annotations: {
        ...(first.value['metadata'] as { annotations: object }).annotations,
        mine: 'member',
      },
    },
  };
  const second = memberObject(mold({ template: {} }, taking), 'one', live);
  expect(second).toMatchObject({
    value: { metadata: { annotations: { mine: 'member', 'fedns.io/owner': OWNER } } },
  });
  expect(JSON.stringify(second)).not.toContain('note');
  expect(leftOut(mold({ template }))).toEqual(['AnnotationsNotSupported']);
});

it('annotations of overrides go with them, and may be replaced again and again', () => {
  const path = '/metadata/annotations/example.com~1note';
  const made = (op: string, live: JsonObject | undefined, value?: string) => {
    const clusterOverrides = op === '' ? [] : [{ op, path, value }];
    const overrides = [{ clusterName: 'one', clusterOverrides }];
    const { kind, ...rest } = memberObject(mold({ overrides }), 'one', live);
    if (kind === 'bad') throw new Error(JSON.stringify(rest));
    return (rest as { value: JsonObject }).value;
  };
  const annotations = (object: JsonObject) => (object['metadata'] as JsonObject)['annotations'];
  const marks = { mine: 'member', 'fedns.io/owner': OWNER };
  const given = { ...marks, 'fedns.io/given-annotations': 'example.com/note' };
  let live: JsonObject = { metadata: { annotations: { mine: 'member' } } };
  live = made('add', live, 'one');
  expect(annotations(live)).toEqual({ ...given, 'example.com/note': 'one' });
  for (const value of ['two', 'three']) live = made('replace', live, value);
  expect(annotations(live)).toEqual({ ...given, 'example.com/note': 'three' });
  expect(annotations(made('', live))).toEqual(marks);
});

it('a copy whose shard leaves says so in that cluster, and no longer', () => {
  const annotations = (cluster: string, leaving: readonly string[], live?: JsonObject) => {
    const made = memberObject(mold({}, { leaving: new Set(leaving) }), cluster, live);
    if (made.kind === 'bad') throw new Error(made.problem);
    return [made.value, (made.value['metadata'] as JsonObject)['annotations']] as const;
  };
  const owner = { 'fedns.io/owner': OWNER };
  const mark = { 'fedns.io/leaving': 'true', 'fedns.io/given-annotations': 'fedns.io/leaving' };
  const [live, marked] = annotations('one', ['one']);
  expect(marked).toEqual({ ...owner, ...mark });
  expect(annotations('two', ['one'])[1]).toEqual(owner);
  expect(annotations('one', [], live)[1]).toEqual(owner);
});

it('a mark that was left behind is no word of the member', () => {
  const left = { metadata: { annotations: { mine: 'x', 'fedns.io/leaving': 'true' } } };
  const adopted = memberObject(mold({}), 'one', left);
  expect(adopted).toMatchObject({ value: { metadata: { annotations: { mine: 'x' } } } });
  expect(JSON.stringify(adopted)).not.toContain('fedns.io/leaving');
});

it('a namespace that we make is known for ours, one that was there is not', () => {
  const target = { ...SERVICE, kind: 'Namespace', plural: 'namespaces', isNamespaced: false };
  const made = memberObject(mold({}, { target }), 'one', undefined);
  expect(made).toMatchObject({
    value: { metadata: { annotations: { 'fedns.io/created': 'true' } } },
  });
  const adopted = memberObject(mold({}, { target }), 'one', { metadata: { name: 'web' } });
  expect(JSON.stringify(adopted)).not.toContain('fedns.io/created');
});

const live = {
  kind: 'Service',
  metadata: {
    name: 'web',
    uid: 'u1',
    resourceVersion: '7',
    finalizers: ['service.kubernetes.io/load-balancer-cleanup'],
    annotations: { mine: 'member' },
    labels: { drifted: 'yes' },
  },
  spec: {
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1'],
    healthCheckNodePort: 30_100,
    ports: [
      { name: 'web', protocol: 'TCP', port: 80, nodePort: 30_001 },
      { name: 'dns', protocol: 'UDP', port: 53, nodePort: 30_002 },
    ],
  },
  status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
};

it('a Service keeps its addresses, its ports by name, protocol and number, and its status', () => {
  const ports = [
    { name: 'dns', protocol: 'UDP', port: 53 },
    { name: 'web', port: 80 },
    { name: 'web', port: 81 },
  ];
  const kept = memberObject(mold({ template: { spec: { ports } } }), 'one', live);
  expect(kept).toMatchObject({
    value: {
      metadata: {
        uid: 'u1',
        resourceVersion: '7',
        finalizers: live.metadata.finalizers,
        annotations: { mine: 'member' },
        labels: { 'kubefed.io/managed': 'true' },
      },
      spec: {
        clusterIP: '10.0.0.1',
        clusterIPs: ['10.0.0.1'],
        healthCheckNodePort: 30_100,
        ports: [{ ...ports[0], nodePort: 30_002 }, { ...ports[1], nodePort: 30_001 }, ports[2]],
      },
      status: live.status,
    },
  });
  expect(JSON.stringify(kept)).not.toContain('drifted');
});

it('an override of what the member owns wins', () => {
  const overrides = [
    { clusterName: 'one', clusterOverrides: [{ path: '/spec/clusterIP', value: 'None' }] },
  ];
  const kept = memberObject(mold({ overrides, template: { spec: {} } }), 'one', live);
  expect(kept).toMatchObject({ value: { spec: { clusterIP: 'None' } } });
});

it.each([
  ['ServiceAccount', {}, { secrets: [{ name: 't' }] }, { secrets: [{ name: 't' }] }],
  [
    'ServiceAccount',
    { secrets: [{ name: 'own' }] },
    { secrets: [{ name: 't' }] },
    { secrets: [{ name: 'own' }] },
  ],
  [
    'Job',
    { spec: { template: { metadata: { labels: { app: 'j' } }, spec: { x: 1 } } } },
    { spec: { selector: { a: 1 }, template: { metadata: { labels: { uid: 'g' } } } } },
    {
      spec: {
        selector: { a: 1 },
        template: { metadata: { labels: { uid: 'g', app: 'j' } }, spec: { x: 1 } },
      },
    },
  ],
  [
    'PersistentVolumeClaim',
    { spec: { x: 1 } },
    { spec: { volumeName: 'v' } },
    { spec: { x: 1, volumeName: 'v' } },
  ],
])('%s keeps what its member made of it', (kind, template, found, want) => {
  const target = { ...SERVICE, kind };
  const kept = memberObject(mold({ template }, { target }), 'one', { metadata: {}, ...found });
  expect(kept).toMatchObject({ value: want });
});

it('replicas are retained only where that is said', () => {
  const target = { ...SERVICE, kind: 'Deployment' };
  const template = { spec: { replicas: 3 } };
  const found = { metadata: {}, spec: { replicas: 9 } };
  const replicas = (retainReplicas: boolean) =>
    memberObject(mold({ template, retainReplicas }, { target }), 'one', found);
  expect(replicas(true)).toMatchObject({ value: { spec: { replicas: 9 } } });
  expect(replicas(false)).toMatchObject({ value: { spec: { replicas: 3 } } });
});
