/** A law: what is packed comes back as it was, names of nodes past the room for them too. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LoadBalancerTarget, SlimEndpointSlice, SlimService } from '../../src/api/core.ts';
import { NodeNumbers } from '../../src/members/objects/node-numbers.ts';
import {
  packService,
  packSlice,
  unpackService,
  unpackSlice,
} from '../../src/members/objects/packed-objects.ts';

const text = fc.string({ unit: 'binary' });
const texts = fc.array(text, { maxLength: 4 });
const perhaps = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
const map = fc.array(fc.tuple(text, text), { maxLength: 3 }).map((pairs) => new Map(pairs));
const target: fc.Arbitrary<LoadBalancerTarget> = fc.oneof(
  text.map((ip) => ({ ip })),
  text.map((hostname) => ({ hostname })),
);

const service: fc.Arbitrary<SlimService> = fc.record({
  version: text,
  type: text,
  loadBalancer: fc.array(target, { maxLength: 3 }),
  externalIPs: texts,
  clusterIPs: text,
  tcpPort: perhaps(fc.nat()),
  nodePorts: perhaps(fc.record({ tcp: perhaps(fc.nat()), isLocal: fc.boolean() })),
  labels: map,
  wishes: map,
});

const slice: fc.Arbitrary<SlimEndpointSlice> = fc.record({
  service: perhaps(text),
  readyCount: fc.nat(),
  servingTerminatingCount: fc.nat(),
  causedAtMs: perhaps(fc.nat()),
  nodeNames: texts,
  addresses: texts,
  tcpPort: perhaps(fc.nat()),
});

test('a Service', () => {
  fc.assert(
    fc.property(service, (one) => {
      expect(unpackService(packService(one))).toEqual(one);
    }),
  );
});

test('slices of one member', () => {
  fc.assert(
    fc.property(fc.array(slice), (slices) => {
      const nodes = new NodeNumbers(3);
      const packed = slices.map((one) => packSlice(one, nodes));
      expect(packed.map((one) => unpackSlice(one, nodes))).toEqual(slices);
    }),
  );
});
