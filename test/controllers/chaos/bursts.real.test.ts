/**
 * An API server that refuses all writes for a while: a member's, and the host's. The status tells it
 * where it can, other members and other objects go on, refused writes are tried again at a bounded
 * rate and not before the server's own word, all is well afterwards, and nothing is deleted.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiFault, ApiRequest } from '../../lab/api-proxy.ts';
import { eventually } from '../eventually.ts';
import { configMap, isWriteTo, type Proxied, startBehindProxies } from './behind-proxies.ts';

const BURSTS = [
  { status: 409, reason: 'Conflict' },
  { status: 422, reason: 'Invalid' },
  { status: 429, reason: 'TooManyRequests', retryAfterS: 7 },
  { status: 500, reason: 'InternalError' },
].map((refusal) => ({ kind: 'refused', ...refusal }) as const);
/** How long one lasts, ms. */
const BURST_MS = 9000;

let world: Proxied;

beforeAll(async () => {
  world = await startBehindProxies({ members: ['one', 'two'] });
  const names = BURSTS.flatMap(({ status }) => [`old-${status}`, `gone-${status}`]);
  await world.federation.apply(...names.map((name) => configMap(name, { colour: 'red' })));
  for (const name of names) await world.stands(name, 'one=OK two=OK');
}, 120_000);

afterAll(() => world?.federation.stop());

const copy = (cluster: string, name: string) => world.read(cluster, `configmaps/${name}`);

function hasColour(cluster: string, name: string, colour: string, limitMs?: number) {
  return eventually(
    () => copy(cluster, name),
    ({ data }) => data?.['colour'] === colour,
    limitMs,
  );
}

/** Tried again, and neither often nor before the server's own word. */
function areSeldom(requests: readonly ApiRequest[], { retryAfterS = 0 }: { retryAfterS?: number }) {
  expect(requests.length).toBeGreaterThanOrEqual(2);
  expect(requests.length).toBeLessThanOrEqual(BURST_MS / 1000 + 3);
  const times = requests.map(({ atMs }) => atMs);
  const waits = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(retryAfterS * 1000);
}

/** All kinds of refusal at once, each of objects of its own. */
describe('a member refuses every write', () => {
  it('of one object: told, tried again seldom, in nobody else’s way', async () => {
    const proxy = world.proxy('one');
    const ends = BURSTS.map((fault) => {
      const { status } = fault;
      const isBurst = (request: ApiRequest) =>
        [`old-${status}`, `new-${status}`, `gone-${status}`].some((name) =>
          isWriteTo(name)(request),
        );
      return proxy.inject(isBurst, fault satisfies ApiFault);
    });
    const begunMs = performance.now();
    for (const { status } of BURSTS) {
      await world.federation.host.kubectl([
        ...['delete', 'federatedconfigmap', `gone-${status}`, '-n', 'shop', '--wait=false'],
      ]);
    }
    await world.federation.apply(
      ...BURSTS.flatMap(({ status }) => [
        configMap(`old-${status}`, { colour: 'blue' }),
        configMap(`new-${status}`, { colour: 'blue' }),
      ]),
      configMap('bystander', { colour: 'blue' }),
    );
    await hasColour('one', 'bystander', 'blue', 8000);
    await world.stands('bystander', 'one=OK two=OK', 8000);
    for (const { status } of BURSTS) {
      await hasColour('two', `old-${status}`, 'blue', 8000);
      await world.stands(`old-${status}`, 'one=UpdateFailed two=OK');
      await world.stands(`new-${status}`, 'one=CreationFailed two=OK');
      await world.stands(`gone-${status}`, 'one=DeletionFailed');
    }
    await sleep(Math.max(0, begunMs + BURST_MS - performance.now()));
    for (const { status } of BURSTS) {
      expect((await copy('one', `old-${status}`)).data).toEqual({ colour: 'red' });
      expect((await copy('one', `gone-${status}`)).data).toEqual({ colour: 'red' });
    }
    for (const end of ends) end();
    const endedMs = performance.now();
    for (const { status } of BURSTS) {
      for (const name of [`old-${status}`, `new-${status}`]) {
        await hasColour('one', name, 'blue', 30_000);
        await world.stands(name, 'one=OK two=OK');
      }
      await eventually(
        () => world.read('host', 'federatedconfigmaps'),
        ({ items }) => items.every(({ metadata }) => metadata.name !== `gone-${status}`),
        30_000,
      );
    }
    for (const fault of BURSTS) {
      const during = proxy.requests.filter(
        (request) => request.atMs > begunMs && request.atMs < endedMs + 10_000,
      );
      areSeldom(during.filter(isWriteTo(`old-${fault.status}`)), fault);
      areSeldom(during.filter(isWriteTo(`new-${fault.status}`)), fault);
    }
  }, 120_000);
});

describe('the host refuses every write', () => {
  async function befalls(fault: (typeof BURSTS)[number]): Promise<void> {
    const proxy = world.proxy('host');
    const name = `old-${fault.status}`;
    const uids = await Promise.all(['one', 'two'].map((cluster) => copy(cluster, name)));
    const isBurst = ({ method, plural, objectName }: ApiRequest) => {
      const isOfIt = objectName === name || objectName === `configmap-${name}`;
      return isOfIt && method !== 'GET' && plural !== 'events';
    };
    const end = proxy.inject(isBurst, fault);
    const begunMs = performance.now();
    await world.federation.apply(configMap(name, { colour: 'green' }));
    for (const cluster of ['one', 'two']) await hasColour(cluster, name, 'green', 8000);
    await world.federation.apply(configMap(`beside-${fault.status}`, { colour: 'green' }));
    await world.stands(`beside-${fault.status}`, 'one=OK two=OK', 8000);
    const refused = () => proxy.requests.filter((one) => isBurst(one) && one.atMs > begunMs);
    const [first] = await eventually(
      async () => refused(),
      ({ length }) => length > 0,
    );
    await sleep((first?.atMs ?? 0) + BURST_MS - performance.now());
    areSeldom(refused(), fault);
    end();
    await eventually(
      () => world.read('host', `federatedconfigmaps/${name}`),
      ({ status, metadata }) => {
        const { observedGeneration } = status as { observedGeneration?: number };
        const isWell = status?.conditions?.[0]?.status === 'True';
        return isWell && observedGeneration === metadata.generation;
      },
      30_000,
    );
    const after = await Promise.all(['one', 'two'].map((cluster) => copy(cluster, name)));
    expect(after.map(({ metadata }) => metadata.uid)).toEqual(
      uids.map(({ metadata }) => metadata.uid),
    );
  }

  it('about one object: its copies are written all the same, its status once it can be', async () => {
    await Promise.all(BURSTS.map(befalls));
  }, 90_000);

  it('and one of 409 to a memory that is to be made is no success', async () => {
    const proxy = world.proxy('host');
    const isMade = ({ method, plural }: ApiRequest) =>
      method === 'POST' && plural === 'propagatedversions';
    const end = proxy.inject(isMade, { kind: 'refused', status: 409, reason: 'Conflict' });
    await world.federation.apply(configMap('remembered', { colour: 'red' }));
    for (const cluster of ['one', 'two']) await hasColour(cluster, 'remembered', 'red');
    // Long after the last event that would wake it.
    await sleep(5000);
    expect(proxy.requests.filter(isMade).length).toBeGreaterThan(2);
    end();
    await world.stands('remembered', 'one=OK two=OK');
    await world.read('host', 'propagatedversions/configmap-remembered');
  });
});
