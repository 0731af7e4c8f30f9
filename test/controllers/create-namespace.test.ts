/** A namespace whose create timed out on its API server may be there all the same: it is looked for. */

import { expect, it } from 'vitest';
import { readFederatedObject } from '../../src/api/kubefed/federated-object.ts';
import { type CopyPlace, writeCopy } from '../../src/controllers/sync/members/write-copy.ts';
import { ApiError } from '../../src/kubernetes/api-error.ts';

const OWNER = 'federation/source';
const CORE = { group: '', version: 'v1' };
const NAMESPACE = { ...CORE, kind: 'Namespace', plural: 'namespaces', isNamespaced: false };
const CONFIG_MAP = { ...CORE, kind: 'ConfigMap', plural: 'configmaps', isNamespaced: true };

/** The create is done, and told to have timed out. */
function writing(target: CopyPlace['mold']['target']) {
  let stored: object | undefined;
  const client = {
    async get() {
      if (stored === undefined) throw new ApiError('API_STATUS', 'not found', { status: 404 });
      return stored;
    },
    async post(_: string, body: { metadata: object }) {
      stored = { ...body, metadata: { ...body.metadata, uid: 'u1', resourceVersion: '7' } };
      throw new ApiError('API_STATUS', 'too slow', { status: 504, reason: 'ServerTimeout' });
    },
    put: async (_: string, body: unknown) => body,
  };
  const object = readFederatedObject({ metadata: { namespace: 'shop', name: 'shop' } });
  const mold = { object, target, owner: OWNER, takesAnnotations: false, clusterLabels: new Map() };
  const place = { client, cluster: 'west', mold } as unknown as CopyPlace;
  const content = { contentHash: 'h', labelsHash: 1 };
  return writeCopy(place, { recorded: undefined, content, isThere: false, adopts: false });
}

it('a namespace is taken as ours', async () => {
  const written = await writing(NAMESPACE);
  expect(written).toMatchObject({ kind: 'written', facts: { uid: 'u1', owner: OWNER } });
});

it('of other kinds the member is asked again later', async () => {
  expect(await writing(CONFIG_MAP)).toMatchObject({ kind: 'failed', status: 'CreationFailed' });
});
