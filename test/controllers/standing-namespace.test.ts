/**
 * A namespace that is there already when it is to be made: one whose create timed out on its API server,
 * and the host's own, where the host is a member.
 */

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

it.each([
  ['the host’s own is taken, whatever is adopted', 'u1', { kind: 'written' }],
  ['another’s is not', 'u2', { kind: 'failed', status: 'AlreadyExists' }],
])('%s', async (_what, hostUid, want) => {
  const metadata = { name: 'shop', uid: 'u1', resourceVersion: '7' };
  const client = {
    get: async () => ({ metadata }),
    async post() {
      const facts = { status: 409, reason: 'AlreadyExists' };
      throw new ApiError('API_STATUS', 'is there', facts);
    },
    put: async (_: string, body: unknown) => body,
  };
  const object = readFederatedObject({ metadata: { namespace: 'shop', name: 'shop' } });
  const rest = { target: NAMESPACE, takesAnnotations: false, clusterLabels: new Map() };
  const mold = { object, owner: OWNER, ...rest };
  const place = { client, cluster: 'host', mold } as unknown as CopyPlace;
  const content = { contentHash: 'h', labelsHash: 1 };
  const options = { recorded: undefined, content, isThere: false, adopts: false };
  const isOfHost = async (uid: string) => uid === hostUid;
  expect(await writeCopy(place, { ...options, isOfHost })).toMatchObject(want);
});
