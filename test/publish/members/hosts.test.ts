/** Hosts that members' Ingresses and HTTPRoutes claim, as they are published and change. */

import { afterEach, beforeEach, expect, it } from 'vitest';
import { formatName } from '../../../src/dns/name.ts';
import { MemberWorld } from './member-world.ts';

const ALL = { ingresses: 'all', select: '' };
const WWW = 'www';
let world: MemberWorld;

beforeEach(async () => {
  world = new MemberWorld(['c1', 'c2']);
  await world.open();
  for (const name of ['c1', 'c2']) {
    const member = world.member(name);
    member.node('n', 'west', name);
    member.hasIngresses();
    member.service('d/web', [], { type: 'ClusterIP' });
  }
  world.member('c1').ingress('d/shop', 'www.example', '192.0.2.1');
  world.member('c2').ingress('d/shop', 'www.example', '192.0.2.2');
});

afterEach(() => world.close());

it('one name with all members; what is behind it decides, and whoever goes takes its own', async () => {
  await world.start(ALL);
  await world.settles(WWW, 'A 192.0.2.1 192.0.2.2');
  expect(await world.published()).toEqual({ [WWW]: 'A 192.0.2.1 192.0.2.2' });
  world.member('c1').ready('d/web', 0);
  await world.settles(WWW, 'A 192.0.2.2');
  world.member('c1').ready('d/web', 1);
  await world.settles(WWW, 'A 192.0.2.1 192.0.2.2');
  world.member('c2').ingress('d/shop', 'other.example', '192.0.2.2');
  await world.settles(WWW, 'A 192.0.2.1');
  await world.settles('other', 'A 192.0.2.2');
  world.member('c1').removeIngress('d/shop');
  await world.settles(WWW, undefined);
  // A restart of ours moves nothing.
  await world.stop();
  world.log.length = 0;
  await world.start(ALL);
  expect(await world.published()).toEqual({ other: 'A 192.0.2.2' });
  expect(world.log.filter(({ message }) => message === 'name moved')).toEqual([]);
});

it('none unless asked for, and only those that are selected', async () => {
  await world.start({ select: '' });
  expect(await world.published()).toEqual({});
  expect(world.member('c1').api.requests.some((path) => path.includes('ingresses'))).toBe(false);
  await world.stop();
  world.member('c2').ingress('d/shop', 'www.example', '192.0.2.2', { labels: { public: 'yes' } });
  await world.start({ select: '', ingresses: 'public=yes' });
  expect(await world.published()).toEqual({ [WWW]: 'A 192.0.2.2' });
});

it('a host that may not be published is told with its object, and harms no other', async () => {
  world.member('c1').service('d/api', ['192.0.2.9']);
  world.member('c1').ingress('d/evil', 'api.d.fed.svc.example', '192.0.2.66');
  world.member('c1').ingress('d/star', '*.example', '192.0.2.66');
  world.member('c1').ingress('d/away', 'www.elsewhere', '192.0.2.66');
  await world.start({ ...ALL, select: 'load-balancers' });
  expect(await world.published()).toMatchObject({
    'api.d ': 'A 192.0.2.9',
    [WWW]: 'A 192.0.2.1 192.0.2.2',
  });
  expect(Object.keys(await world.published()).some((name) => /elsewhere|\*/.test(name))).toBe(
    false,
  );
  const told = world.log.filter(({ message }) => message === 'host read in part');
  expect(told.map(({ fields }) => [fields.ownerName, fields.reason]).sort()).toEqual([
    ['*.example', 'Ingress in namespace d: wildcard hosts are not published'],
    ['api.d.fed.svc.example', 'Ingress in namespace d: names below fed.svc are those of Services'],
  ]);
});

it('an HTTPRoute is where its Gateway is; the APIs may come later', async () => {
  await world.start(ALL);
  await world.stop();
  const c1 = world.member('c1');
  c1.hasGateways();
  c1.gateway('infra/edge', '192.0.2.7');
  c1.httpRoute('d/shop', 'shop.example', 'infra/edge');
  await world.start(ALL);
  await world.settles('shop', 'A 192.0.2.7');
  c1.gateway('infra/edge', '192.0.2.8');
  await world.settles('shop', 'A 192.0.2.8');
  expect(await world.published()).toMatchObject({ [WWW]: 'A 192.0.2.1 192.0.2.2' });
});

it('what claimed a host and cannot be read now is unknown, not gone; the rest is followed', async () => {
  const c1 = world.member('c1');
  c1.hasGateways();
  c1.gateway('infra/edge', '192.0.2.7');
  c1.httpRoute('d/shop', 'shop.example', 'infra/edge');
  await world.start(ALL);
  await world.settles('shop', 'A 192.0.2.7');
  await world.stop();
  c1.hidesGateways();
  world.log.length = 0;
  await world.start({ ...ALL, startPatienceSeconds: 6 });
  expect(await world.published()).toMatchObject({ shop: 'A 192.0.2.7' });
  expect(world.log.filter(({ message }) => message === 'name moved')).toEqual([]);
  c1.removeIngress('d/shop');
  await world.settles(WWW, 'A 192.0.2.2');
  expect(await world.published()).toMatchObject({ shop: 'A 192.0.2.7' });
});

it('is explained and drained like any other name', async () => {
  await world.start(ALL);
  const { plans } = world.running.source;
  const [owner] = [...plans.wanted()].flatMap((names) => [...names.keys()]);
  if (owner === undefined) throw new Error('nothing is wanted');
  expect(formatName(owner)).toBe('www.example.');
  expect(plans.keyOf(owner)).toBe('@/www.example');
  expect(plans.plannedAt(owner)?.level.considered.map(({ cluster }) => cluster)).toEqual([
    'c1',
    'c2',
  ]);
  await world.running.source.setDrain('c1/@/www.example', true);
  await world.settles(WWW, 'A 192.0.2.2');
});

it('a host of two namespaces is the older one, and status says who is kept out', async () => {
  const ages = { old: '2026-01-01T00:00:00Z', young: '2026-02-01T00:00:00Z' };
  world.member('c1').ingress('d/shop', 'www.example', '192.0.2.1', { createdAt: ages.young });
  world.member('c2').removeIngress('d/shop');
  world.member('c2').ingress('e/other', 'www.example', '192.0.2.2', { createdAt: ages.old });
  world.member('c2').service('e/web', [], { type: 'ClusterIP' });
  await world.start(ALL);
  await world.settles(WWW, 'A 192.0.2.2');
  const page = await new Map(world.running.pages).get('GET /status')?.(new URLSearchParams(), '');
  expect(JSON.parse(page !== undefined && 'body' in page ? page.body : '').troubled).toEqual([
    {
      service: '@/www.example',
      cluster: 'c1',
      cause: 'out: host claimed first by another namespace',
    },
  ]);
  world.member('c2').removeIngress('e/other');
  await world.settles(WWW, 'A 192.0.2.1');
});
