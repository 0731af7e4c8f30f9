/** What unjoin makes up for in a member that was away: only what was to be deleted, and only those very objects. */

import { expect, it } from 'vitest';
import { copyTombstoneObject } from '../../src/api/copy-tombstone.ts';
import type {
  ClusterClient,
  HostCluster,
  ReachedCluster,
} from '../../src/cli/federation/host-cluster.ts';
import { deleteLate, readTombstones } from '../../src/cli/federation/joining/late-deletions.ts';
import { Report } from '../../src/cli/federation/report.ts';
import { ApiError } from '../../src/kubernetes/api-error.ts';

const NAMESPACE = 'kube-federation-system';
const CONFIG_MAPS = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  isNamespaced: true,
};
const NAMESPACES = { ...CONFIG_MAPS, kind: 'Namespace', plural: 'namespaces', isNamespaced: false };

const buried = (objectName: string, more: object = {}) => ({
  ...{ cluster: 'west', target: CONFIG_MAPS, namespace: 'shop', objectName },
  ...{ uid: `uid-of-${objectName}`, owner: 'federation/type', action: 'Delete' as const },
  ...{ deleteOptions: {}, ...more },
});

function hostWith(list: () => unknown): HostCluster {
  const client: Pick<ClusterClient, 'get'> = { get: async () => list() };
  return { client, namespace: NAMESPACE } as unknown as HostCluster;
}

it('tombstones of this member alone; none where the host has no such kind', async () => {
  const items = [buried('one'), buried('other', { cluster: 'east' })].map((one) =>
    copyTombstoneObject(one, { namespace: NAMESPACE, name: one.uid }),
  );
  const found = await readTombstones(
    hostWith(() => ({ metadata: {}, items })),
    'west',
  );
  expect(found.map(({ objectName }) => objectName)).toEqual(['one']);
  const kubefed = hostWith(() => {
    throw new ApiError('API_STATUS', 'not found', { status: 404 });
  });
  expect(await readTombstones(kubefed, 'west')).toEqual([]);
});

const report = (isDryRun: boolean) => new Report({ format: 'text', isDryRun });

it('deletes what was to be deleted by its uid; no namespace, and nothing that was to stay', async () => {
  const deleted: [string, unknown][] = [];
  const client: Pick<ClusterClient, 'delete'> = {
    async delete(path, body) {
      deleted.push([path, body]);
      if (path.endsWith('/another')) {
        throw new ApiError('API_STATUS', 'the uid is another', { status: 409 });
      }
    },
  };
  const member = { client, context: 'west' } as unknown as ReachedCluster;
  const tombstones = [
    buried('one'),
    buried('another'),
    buried('kept', { action: 'Release' }),
    buried('shop', { target: NAMESPACES, namespace: '' }),
  ].map((one) => ({ ...one, name: one.uid }));
  await deleteLate(member, tombstones, report(false));
  expect(deleted.map(([path]) => path)).toEqual([
    '/api/v1/namespaces/shop/configmaps/one',
    '/api/v1/namespaces/shop/configmaps/another',
  ]);
  expect(deleted[0]?.[1]).toMatchObject({ preconditions: { uid: 'uid-of-one' } });
  deleted.length = 0;
  await deleteLate(member, tombstones, report(true));
  expect(deleted).toEqual([]);
});
