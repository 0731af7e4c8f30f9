/** A law: whatever comes in whatever order, a service has just the slices that name it, and who changed is told. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEndpointSlice, readService } from '../../src/api/core.ts';
import { MemberObjects } from '../../src/members/objects/member-objects.ts';
import { NodeNumbers } from '../../src/members/objects/node-numbers.ts';
import { packService, packSlice } from '../../src/members/objects/packed-objects.ts';

const SERVICES = ['d/a', 'd/b', 'e/a'];
/** Named after a Service, after another than their own, after none. */
const SLICES = ['d/1', 'd/a-1', 'd/a-b-1', 'd/b-1', 'e/a-1', 'd/a'];

type Slice = { readonly of: string | undefined; readonly ready: number };
type Step =
  | { readonly kind: 'service'; readonly key: string; readonly version: string | undefined }
  | { readonly kind: 'slice'; readonly key: string; readonly slice: Slice | undefined }
  | { readonly kind: 'services'; readonly all: Readonly<Record<string, string>> }
  | { readonly kind: 'slices'; readonly all: Readonly<Record<string, Slice>> };

const version = fc.constantFrom('1', '2', '3');
const slice: fc.Arbitrary<Slice> = fc.record({
  of: fc.constantFrom('a', 'b', undefined),
  ready: fc.nat(2),
});
const serviceKey = fc.constantFrom(...SERVICES);
const sliceKey = fc.constantFrom(...SLICES);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('service' as const),
    key: serviceKey,
    version: fc.option(version, { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('slice' as const),
    key: sliceKey,
    slice: fc.option(slice, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('services' as const), all: fc.dictionary(serviceKey, version) }),
  fc.record({ kind: fc.constant('slices' as const), all: fc.dictionary(sliceKey, slice) }),
);

test('a service has just the slices that name it, and each change of it is told', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const told = new Set<string>();
      const objects = new MemberObjects({
        onService: (key) => told.add(key),
        onNodes: () => undefined,
        onNodesWanted: () => undefined,
        areExportsKnown: () => true,
      });
      const services = new Map<string, string>();
      const slices = new Map<string, Slice>();
      for (const one of steps) {
        const before = stateOf(services, slices);
        told.clear();
        take(objects, one);
        note(one, services, slices);
        const after = stateOf(services, slices);
        for (const key of SERVICES) {
          expect(seen(objects, key)).toEqual(after.get(key));
          const isAnother = JSON.stringify(before.get(key)) !== JSON.stringify(after.get(key));
          if (isAnother) expect(told).toContain(key);
        }
        expect([...objects.keys()].sort()).toEqual([...services.keys()].sort());
        expect(objects.counts).toMatchObject({
          services: services.size,
          slices: [...slices.values()].filter(({ of }) => of !== undefined).length,
        });
      }
    }),
    { numRuns: 500 },
  );
});

function take({ servicesSink, slicesSink }: MemberObjects, one: Step): void {
  switch (one.kind) {
    case 'service':
      if (one.version === undefined) servicesSink.remove(one.key);
      else servicesSink.put(one.key, serviceOf(one.version));
      return;
    case 'slice':
      if (one.slice === undefined) slicesSink.remove(one.key);
      else slicesSink.put(one.key, endpointSlice(one.slice));
      return;
    case 'services':
      servicesSink.replace(mapped(one.all, serviceOf));
      return;
    case 'slices':
      slicesSink.replace(mapped(one.all, endpointSlice));
      return;
    default:
      one satisfies never;
  }
}

function note(one: Step, services: Map<string, string>, slices: Map<string, Slice>): void {
  if (one.kind === 'service') {
    if (one.version === undefined) services.delete(one.key);
    else services.set(one.key, one.version);
  } else if (one.kind === 'slice') {
    if (one.slice === undefined) slices.delete(one.key);
    else slices.set(one.key, one.slice);
  } else if (one.kind === 'services') {
    services.clear();
    for (const [key, value] of Object.entries(one.all)) services.set(key, value);
  } else {
    slices.clear();
    for (const [key, value] of Object.entries(one.all)) slices.set(key, value);
  }
}

interface Seen {
  readonly version: string;
  readonly ready: readonly number[];
}

/** By brute force. */
function stateOf(
  services: ReadonlyMap<string, string>,
  slices: ReadonlyMap<string, Slice>,
): Map<string, Seen> {
  return new Map(
    [...services].map(([key, text]) => {
      const own = [...slices].filter(
        ([sliceKey, { of }]) => of !== undefined && `${sliceKey.split('/')[0]}/${of}` === key,
      );
      return [key, { version: ` ${text}`, ready: own.map(([, { ready }]) => ready).sort() }];
    }),
  );
}

function seen(objects: MemberObjects, key: string): Seen | undefined {
  const held = objects.get(key);
  if (held === undefined) return undefined;
  const ready = [...held.slices].map(({ readyCount }) => readyCount).sort();
  return { version: held.service.version, ready };
}

function serviceOf(resourceVersion: string) {
  return packService(readService({ metadata: { resourceVersion } }));
}

function endpointSlice({ of, ready }: Slice) {
  const slice = readEndpointSlice({
    metadata: { labels: of === undefined ? {} : { 'kubernetes.io/service-name': of } },
    endpoints: Array.from({ length: ready }, () => ({ conditions: { ready: true } })),
  });
  return packSlice(slice, new NodeNumbers(0));
}

function mapped<From, To>(all: Readonly<Record<string, From>>, made: (from: From) => To) {
  return new Map(Object.entries(all).map(([key, value]): [string, To] => [key, made(value)]));
}
