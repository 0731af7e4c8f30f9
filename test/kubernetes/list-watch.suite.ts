/**
 * What a list-watch promises of any API server in good health: run against our faulty one (without
 * faults) and, where there is one, against a real kube-apiserver.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { textAt } from '../../src/api/untyped.ts';
import type { ApiClient } from '../../src/kubernetes/api-client.ts';
import { ApiError } from '../../src/kubernetes/api-error.ts';
import type { ListWatchLimits } from '../../src/kubernetes/limits.ts';
import { ListWatch } from '../../src/kubernetes/list-watch.ts';
import type { ListWatchOptions } from '../../src/kubernetes/list-watch-options.ts';
import { waitUntil } from '../lab/process.ts';

/** A server with a collection that nobody else writes to while the suite runs. */
export interface ListWatchServer {
  readonly client: ApiClient;
  /** `/api/v1/namespaces/suite/services`; its objects are told apart by their names. */
  readonly path: string;
  create(name: string): Promise<void>;
  /** Another state: resourceVersion changes, uid does not. */
  update(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** All objects are gone, whatever was left of a test before. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

const QUICK: Partial<ListWatchLimits> = {
  watchSecondsMin: 2,
  watchSecondsMax: 2,
  backoffMinMs: 50,
  backoffMaxMs: 400,
  backoffResetMs: 1000,
  listPeriodMs: 50,
};

export function describeListWatch(name: string, start: () => Promise<ListWatchServer>): void {
  describe(`${name}: a list-watch`, () => {
    let server: ListWatchServer;
    let held: Map<string, string>;
    let told: string[];
    const watches: ListWatch<string>[] = [];

    beforeEach(async () => {
      server = await start();
      await server.clear();
      [held, told] = [new Map(), []];
    });

    afterEach(async () => {
      await Promise.all(watches.splice(0).map((watch) => watch.stop()));
      await server.stop();
    });

    function follow(
      client: ListWatchOptions<string>['client'] = server.client,
      limits: Partial<ListWatchLimits> = {},
    ): ListWatch<string> {
      const watch = new ListWatch<string>({
        client,
        path: server.path,
        project: (object) => textAt(object, 'metadata', 'resourceVersion'),
        sink: {
          replace: (objects) => {
            held = new Map([...objects].map(([key, version]) => [nameOf(key), version]));
            told.push(`replace ${[...held.keys()].sort().join(' ')}`.trim());
          },
          put: (key, version) => {
            told.push(`put ${nameOf(key)}`);
            held.set(nameOf(key), version);
          },
          remove: (key) => {
            told.push(`remove ${nameOf(key)}`);
            held.delete(nameOf(key));
          },
        },
        limits: { ...QUICK, ...limits },
      });
      watches.push(watch);
      watch.start();
      return watch;
    }

    async function createMany(count: number): Promise<void> {
      for (let index = 0; index < count; index++) await server.create(`s${index}`);
    }

    const names = () => [...held.keys()].sort();

    it('an empty collection is synced, and empty', async () => {
      const watch = follow();
      await waitUntil('synced', () => watch.status.hasSynced, 5000);
      expect(told).toEqual(['replace']);
      expect(watch.status).toMatchObject({ isInContact: true, objectCount: 0, listCount: 1 });
    });

    it('what is there comes as one list, what changes in order', async () => {
      await createMany(3);
      const watch = follow();
      await waitUntil('synced', () => watch.status.hasSynced, 5000);
      await server.update('s1');
      await server.remove('s0');
      await server.create('s9');
      await waitUntil('all of it', () => told.length >= 4, 5000);
      expect(told).toEqual(['replace s0 s1 s2', 'put s1', 'remove s0', 'put s9']);
      expect(watch.status).toMatchObject({ objectCount: 3, listCount: 1, skippedCount: 0 });
      expect(watch.status.receivedOctets).toBeGreaterThan(300);
    });

    it('one deleted and made again is another one', async () => {
      await server.create('s0');
      const watch = follow();
      await waitUntil('synced', () => watch.status.hasSynced, 5000);
      await server.remove('s0');
      await server.create('s0');
      await waitUntil('all of it', () => told.length >= 3, 5000);
      expect(told).toEqual(['replace s0', 'remove s0', 'put s0']);
    });

    it('watches follow one another without a list and without a loss', async () => {
      await createMany(1);
      const watch = follow();
      await waitUntil('a third watch', () => watch.status.watchCount >= 3, 15_000);
      await server.create('late');
      await waitUntil('the late one', () => held.has('late'), 5000);
      expect(watch.status).toMatchObject({ listCount: 1, ignoredCount: 0, isInContact: true });
      expect(told).toEqual(['replace s0', 'put late']);
    });

    it('contact lost: it says so, and what is held stays', async () => {
      await createMany(2);
      const watch = follow();
      await waitUntil('synced', () => watch.status.hasSynced, 5000);
      await server.client.close();
      await waitUntil('it knows', () => !watch.status.isInContact, 5000);
      expect(names()).toEqual(['s0', 's1']);
      expect(watch.status.lastError).toMatch(/./);
    });

    it('a silent minute does not come: something is heard in every watch', async () => {
      const watch = follow();
      await waitUntil('synced', () => watch.status.hasSynced, 5000);
      const before = watch.status.heardAtMs ?? 0;
      await waitUntil('heard again', () => (watch.status.heardAtMs ?? 0) > before, 5000);
    });

    it('pages make the same list', async () => {
      await createMany(7);
      const watch = follow(withoutStreamedLists(server.client), { pageSize: 3 });
      await waitUntil('synced', () => watch.status.hasSynced, 10_000);
      expect(told[0]).toBe('replace s0 s1 s2 s3 s4 s5 s6');
      await server.remove('s3');
      await waitUntil('removed', () => !held.has('s3'), 5000);
    });
  });
}

/** Any server, as one that knows no lists by watch. */
function withoutStreamedLists(client: ApiClient): ListWatchOptions<string>['client'] {
  return {
    get: (path, options) => client.get(path, options),
    async *stream(path, options) {
      if (options.query?.['sendInitialEvents'] === 'true') {
        throw new ApiError('API_STATUS', 'sendInitialEvents is forbidden', { status: 422 });
      }
      yield* client.stream(path, options);
    },
  };
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
