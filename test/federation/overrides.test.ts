/** Overrides as RFC 6902 has them, and how each refusal is told. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Override } from '../../src/api/kubefed/federated-object.ts';
import { readFederatedObject } from '../../src/api/kubefed/federated-object.ts';
import { applyOverrides } from '../../src/federation/copies/overrides.ts';

const object = {
  metadata: { name: 'web', labels: { 'app/name': 'web' } },
  spec: { replicas: 3, containers: [{ image: 'nginx', args: ['-v'] }] },
};

const field = 'spec.overrides[0].clusterOverrides[1]';

const rows: readonly (readonly [Omit<Override, 'field'>, want: unknown])[] = [
  [{ op: 'replace', path: '/spec/replicas', value: 5 }, { spec: { replicas: 5 } }],
  [
    { op: 'replace', path: '/spec/containers/0/image', value: 'nginx:2' },
    { spec: { containers: [{ image: 'nginx:2', args: ['-v'] }] } },
  ],
  [
    { op: 'add', path: '/spec/containers/0/args/0', value: '-q' },
    { spec: { containers: [{ image: 'nginx', args: ['-q', '-v'] }] } },
  ],
  [
    { op: 'add', path: '/metadata/annotations', value: { foo: 'bar' } },
    { metadata: { annotations: { foo: 'bar' } } },
  ],
  [
    { op: 'remove', path: '/metadata/labels/app~1name', value: undefined },
    { metadata: { labels: {} } },
  ],
  [{ op: 'replace', path: '/spec/replicas', value: undefined }, { spec: { replicas: null } }],
];

it.each(rows)('%j', (override, want) => {
  expect(applyOverrides(object, [{ field, ...override }])).toMatchObject({
    kind: 'good',
    value: want,
  });
});

it.each([
  [
    { op: 'replace', path: '/spec/nothing', value: 1 },
    'override replace /spec/nothing: is not there',
  ],
  [{ op: 'remove', path: '/spec/nothing' }, 'override remove /spec/nothing: is not there'],
  [{ op: 'add', path: '/spec/a/b', value: 1 }, 'override add /spec/a/b: its parent is not there'],
  [{ op: 'add', path: '/spec/containers/9', value: 1 }, 'is beyond the end of the list'],
  [{ op: 'add', path: '/spec/containers/x', value: 1 }, 'is no index of a list'],
  [
    { op: 'add', path: 'spec.replicas', value: 1 },
    `${field}.path: spec.replicas is no JSON pointer: "fedns convert" makes it /spec/replicas`,
  ],
  [{ op: 'add', path: 'spec/x', value: 1 }, `${field}.path: spec/x is no JSON pointer: it begins`],
  [{ op: 'add', path: '/__proto__/polluted', value: 1 }, '__proto__'],
] as const)('%j is refused', (override, problem) => {
  const applied = applyOverrides(object, [{ value: undefined, field, ...override }]);
  expect(applied).toMatchObject({ kind: 'bad', problem: expect.stringContaining(problem) });
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

it('what is given stays as it was, and values are not shared', () => {
  const before = structuredClone(object);
  const value = { foo: 'bar' };
  const applied = applyOverrides(object, [
    { op: 'add', path: '/metadata/annotations', value, field },
    { op: 'add', path: '/metadata/annotations/more', value: 1, field },
  ]);
  expect(object).toEqual(before);
  expect(value).toEqual({ foo: 'bar' });
  expect(applied).toMatchObject({ kind: 'good' });
});

it('overrides on any object never throw', () => {
  const pointer = fc
    .array(fc.constantFrom('spec', 'a', '0', '-', 'constructor', '__proto__', '~1', '~'), {
      maxLength: 4,
    })
    .map((parts) => parts.map((part) => `/${part}`).join(''));
  const override = fc.record({
    op: fc.constantFrom('add', 'remove', 'replace'),
    path: pointer.filter((path) => path !== ''),
    value: fc.jsonValue(),
    field: fc.constant(field),
  });
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('spec', 'a', '0'), fc.jsonValue()),
      fc.array(override),
      (given, overrides) => {
        const before = structuredClone(given);
        const applied = applyOverrides(given, overrides as Override[]);
        expect(['good', 'bad']).toContain(applied.kind);
        expect(given).toEqual(before);
      },
    ),
  );
});

it.each([
  [[{ clusterName: 'a' }, { clusterName: 'a' }], 'spec.overrides[1].clusterName: "a" stands twice'],
  [
    [
      {
        clusterName: 'a',
        clusterOverrides: [
          { path: '/x', value: 1 },
          { path: '/x', value: 2 },
        ],
      },
    ],
    'spec.overrides[0].clusterOverrides[1].path: /x stands twice',
  ],
  [
    [{ clusterName: 'a', clusterOverrides: [{ path: '/metadata/name', value: 'b' }] }],
    'spec.overrides[0].clusterOverrides[0].path: /metadata/name may not be overridden',
  ],
  [
    [{ clusterName: 'a', clusterOverrides: [{ op: 'move', path: '/x' }] }],
    'spec.overrides[0].clusterOverrides[0].op: is none of add, remove, replace',
  ],
])('%j: one bad item, and the whole says which', (overrides, problem) => {
  const { overrides: read } = readFederatedObject({ metadata: { name: 'x' }, spec: { overrides } });
  expect(read).toEqual({ kind: 'bad', problem });
});
