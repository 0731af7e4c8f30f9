/**
 * A member whose API server shows the past for a while: lists and single objects, and watches that
 * lag; to an engine that runs, and to one that starts. Nothing is deleted or released on its word, no newer field of
 * anybody is undone, and it ends at what is wanted.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApiProxy, ApiRequest } from '../../lab/api-proxy.ts';
import { eventually } from '../eventually.ts';
import { configMap, isWriteTo, type Proxied, startBehindProxies } from './behind-proxies.ts';

const OWNER = 'fedns.io/owner';
const MANAGED = 'kubefed.io/managed';
const ANOTHER = 'another/federatedconfigmaps.types.kubefed.io';
const NAMES = ['shared', 'hands-off', 'made-anew', 'taken', 'brief'];

let world: Proxied;
let one: ApiProxy;

const copy = (name: string) => world.read('one', `configmaps/${name}`);
const host = (...args: string[]) => world.federation.host.kubectl(args);
const remove = (name: string) =>
  host('delete', 'federatedconfigmap', name, '-n', 'shop', '--wait=false');

beforeAll(async () => {
  world = await startBehindProxies({ members: ['one'] });
  one = world.proxy('one');
  await world.federation.apply(...NAMES.map((name) => configMap(name, { colour: 'red' })));
  for (const name of NAMES) await world.stands(name, 'one=OK');
}, 120_000);

afterAll(() => world?.federation.stop());

/** From now on ConfigMaps are shown as they are now. */
async function freeze(): Promise<() => void> {
  const { body } = await one.ask('GET', '/api/v1/configmaps?limit=1');
  const { metadata } = body as { metadata: { resourceVersion: string } };
  const version = metadata.resourceVersion;
  return one.inject(({ plural }) => plural === 'configmaps', { kind: 'past', version });
}

it('what was changed since is not deleted, released or undone', async () => {
  const made = await copy('made-anew');
  const thaw = await freeze();
  await world.change('one', 'shared', { metadata: { annotations: { note: 'newer' } } });
  await world.change('one', 'hands-off', { metadata: { labels: { [MANAGED]: 'false' } } });
  await world.change('one', 'taken', { metadata: { annotations: { [OWNER]: ANOTHER } } });
  const path = '/api/v1/namespaces/shop/configmaps';
  await one.ask('DELETE', `${path}/made-anew`);
  await one.ask('POST', path, { metadata: { name: 'made-anew' }, data: { colour: 'theirs' } });
  await host('annotate', 'federatedconfigmap', 'taken', '-n', 'shop', 'kubefed.io/orphan=true');
  for (const name of ['hands-off', 'made-anew', 'taken']) await remove(name);
  await world.federation.apply(configMap('shared', { colour: 'blue' }));
  for (const name of ['shared', 'hands-off', 'made-anew', 'taken']) {
    await eventually(
      async () => one.requests.filter(isWriteTo(name)).at(-1)?.status,
      (status) => status === 409,
    );
  }
  await sleep(4000);
  expect((await copy('hands-off')).data).toEqual({ colour: 'red' });
  expect((await copy('made-anew')).data).toEqual({ colour: 'theirs' });
  expect((await copy('made-anew')).metadata.uid).not.toBe(made.metadata.uid);
  expect((await copy('taken')).metadata.labels).toEqual({ [MANAGED]: 'true' });
  expect((await copy('shared')).data).toEqual({ colour: 'red' });
  for (const name of NAMES) {
    // Refused again and again, ever more seldom.
    expect(one.requests.filter(isWriteTo(name)).length).toBeLessThan(10);
  }
  thaw();
  await eventually(
    () => copy('shared'),
    ({ data }) => data?.['colour'] === 'blue',
  );
  expect((await copy('shared')).metadata.annotations).toMatchObject({ note: 'newer' });
  const left = () => world.read('host', 'federatedconfigmaps');
  await eventually(left, ({ items }) => items.length === 2);
  expect((await copy('hands-off')).metadata.labels).toEqual({ [MANAGED]: 'false' });
  expect((await copy('made-anew')).data).toEqual({ colour: 'theirs' });
  expect((await copy('taken')).metadata.annotations).toMatchObject({ [OWNER]: ANOTHER });
});

it('a start that reads the past first makes, deletes and undoes nothing', async () => {
  const thaw = await freeze();
  await world.federation.apply(configMap('newest', { colour: 'green' }));
  await eventually(
    () => copy('newest'),
    () => true,
  );
  await world.stands('newest', 'one=OK');
  await remove('brief');
  await eventually(
    () => world.read('one', 'configmaps'),
    ({ items }) => items.every(({ metadata }) => metadata.name !== 'brief'),
  );
  const path = '/api/v1/namespaces/shop/configmaps';
  await one.ask('POST', path, { metadata: { name: 'brief' }, data: { colour: 'theirs' } });
  await eventually(
    () => world.read('host', 'federatedconfigmaps'),
    ({ items }) => items.every(({ metadata }) => metadata.name !== 'brief'),
  );
  const before = new Map<string, unknown>();
  for (const name of ['shared', 'newest', 'brief']) before.set(name, await copy(name));
  await world.federation.controlPlane.stop();
  const begunMs = performance.now();
  await world.federation.startControlPlane();
  const isOfPast = ({ plural, atMs }: ApiRequest) => plural === 'configmaps' && atMs > begunMs;
  await eventually(
    async () => one.requests.filter((request) => isOfPast(request) && isWriteTo('newest')(request)),
    (writes) => writes.some(({ status }) => status === 409),
    60_000,
  );
  await sleep(4000);
  for (const [name, seen] of before) expect(await copy(name)).toEqual(seen);
  thaw();
  await world.stands('newest', 'one=OK', 30_000);
  await world.federation.apply(configMap('newest', { colour: 'blue' }));
  await eventually(
    () => copy('newest'),
    ({ data }) => data?.['colour'] === 'blue',
    30_000,
  );
  expect(await copy('brief')).toEqual(before.get('brief'));
}, 120_000);
