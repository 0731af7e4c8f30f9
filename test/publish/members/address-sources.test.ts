/** Services that are published by their nodes' or their endpoints' addresses, as these change. */

import { afterEach, beforeEach, expect, it } from 'vitest';
import { MemberWorld } from './member-world.ts';

const PORTS = { ports: [{ port: 80, protocol: 'UDP', nodePort: 30080 }] };
const BY_NODES = { 'fedns.io/addresses': 'node-ports' };
const BY_ENDPOINTS = { 'fedns.io/addresses': 'endpoints' };
let world: MemberWorld;

beforeEach(async () => {
  world = new MemberWorld(['c1']);
  await world.open();
  const c1 = world.member('c1');
  c1.node('n1', 'west', 'a', '192.0.2.1', true);
  c1.node('n2', 'west', 'a', '192.0.2.2', true);
  c1.service('d/web', ['192.0.2.99'], { annotations: BY_NODES, spec: PORTS });
});

afterEach(() => world.close());

it('a node that is not ready any more takes its address along, and brings it back', async () => {
  await world.start();
  await world.settles('web.d ', 'A 192.0.2.1 192.0.2.2');
  world.member('c1').node('n1', 'west', 'a', '192.0.2.1', false);
  await world.settles('web.d ', 'A 192.0.2.2');
  world.member('c1').node('n1', 'west', 'a', '192.0.2.3', true);
  await world.settles('web.d ', 'A 192.0.2.2 192.0.2.3');
});

it('Local: the address follows the endpoints from node to node', async () => {
  const c1 = world.member('c1');
  const spec = { ...PORTS, externalTrafficPolicy: 'Local' };
  c1.service('d/web', [], { annotations: BY_NODES, spec });
  c1.endpoints('d/web', [{ node: 'n1' }]);
  await world.start();
  await world.settles('web.d a.west', 'A 192.0.2.1');
  c1.endpoints('d/web', [{ node: 'n2' }]);
  await world.settles('web.d a.west', 'A 192.0.2.2');
});

it('nodes are read where a Service asks for them, also if a person said where they are', async () => {
  const c1 = world.member('c1');
  c1.service('d/web', ['192.0.2.99'], { spec: PORTS });
  for (const name of world.members.keys()) world.places.set(name, { region: 'west', zones: ['a'] });
  await world.start();
  await world.settles('web.d ', 'A 192.0.2.99');
  expect(world.running.registry.get('c1')?.member.objects.counts.nodes).toBe(0);
  c1.service('d/web', ['192.0.2.99'], { annotations: BY_NODES, spec: PORTS });
  await world.settles('web.d ', 'A 192.0.2.1 192.0.2.2');
  // A restart does not know the nodes at first, and nothing moves for that.
  await world.stop();
  world.log.length = 0;
  for (const name of world.members.keys()) world.places.set(name, { region: 'west', zones: ['a'] });
  await world.start();
  await world.settles('web.d ', 'A 192.0.2.1 192.0.2.2');
  expect(world.log.filter(({ message }) => message === 'name moved')).toEqual([]);
});

it('a headless Service is where its endpoints are, within what the member may say', async () => {
  const c1 = world.member('c1');
  c1.service('d/db', [], { annotations: BY_ENDPOINTS, type: 'LoadBalancer' });
  c1.endpoints('d/db', [{ address: '192.0.2.7' }, { address: '203.0.113.7' }]);
  await world.start();
  await world.settles('db.d ', 'A 192.0.2.7');
  c1.endpoints('d/db', [{ address: '192.0.2.8' }, { address: '2001:db8::8' }]);
  await world.settles('db.d ', 'A 192.0.2.8, AAAA 2001:db8::8');
});

it('a host name as CNAME, and what the loss of it would be', async () => {
  const c1 = world.member('c1');
  world.hosts.set('lb.example.net', ['192.0.2.50']);
  const annotations = { 'fedns.io/host-name-as': 'cname' };
  c1.service('d/web', ['lb.example.net'], { annotations });
  await world.start({ suspectShare: 1 });
  await world.settles('web.d a.west', 'CNAME lb.example.net.');
  const down = [{ kind: 'cluster', name: 'c1' }] as const;
  const { changes } = await world.running.source.simulate({ down: [...down], up: [] });
  // Where the chain ends is judged by what the name resolves to.
  expect(changes.map(({ goesEmpty, losesFamilies }) => [goesEmpty, losesFamilies])).toEqual(
    Array.from({ length: 3 }, () => [true, ['A']]),
  );
  c1.service('d/web', ['lb.example.net', '192.0.2.51'], { annotations });
  await world.settles('web.d a.west', 'A 192.0.2.50 192.0.2.51');
});
