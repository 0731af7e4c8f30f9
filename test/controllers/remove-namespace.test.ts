/** A namespace that is to go from a member: what is collected yet is waited for, what others put there keeps it. */

import { expect, it } from 'vitest';
import { readFederatedObject } from '../../src/api/kubefed/federated-object.ts';
import { removeNamespace } from '../../src/controllers/sync/members/remove-namespace.ts';
import { type CopyPlace, removeCopy } from '../../src/controllers/sync/members/write-copy.ts';
import {
  CREATED_ANNOTATION,
  MANAGED_LABEL,
  OWNER_ANNOTATION,
} from '../../src/federation/copies/member-object.ts';

const UID = 'federation';
const OWNER = `${UID}/federatednamespaces.types.kubefed.io`;
const CORE = { group: '', version: 'v1', isNamespaced: true };
const NAMESPACES = { ...CORE, kind: 'Namespace', plural: 'namespaces', isNamespaced: false };
const JOBS = { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', isNamespaced: true };
const marked = {
  uid: 'copy',
  labels: { [MANAGED_LABEL]: 'true' },
  annotations: { [OWNER_ANNOTATION]: OWNER, [CREATED_ANNOTATION]: 'true' },
};

const resource = (kind: string, plural: string) => ({
  resource: plural,
  responseKind: { kind },
  scope: 'Namespaced',
  verbs: ['list'],
});
const group = (name: string, ...resources: object[]) => ({
  metadata: { name },
  versions: [{ version: 'v1', resources }],
});
const CATALOGUE: Readonly<Record<string, readonly object[]>> = {
  '/api': [group('', resource('Pod', 'pods'))],
  '/apis': [
    group('apps', resource('Deployment', 'deployments'), resource('ReplicaSet', 'replicasets')),
  ],
};

/** The member, with these objects in the namespace `shop` by plural. */
function placeWith(
  held: Readonly<Record<string, readonly object[]>>,
  target = NAMESPACES,
): { readonly place: CopyPlace; readonly bodies: unknown[] } {
  const bodies: unknown[] = [];
  const client = {
    async get(path: string) {
      const items = CATALOGUE[path];
      if (items !== undefined) return { items };
      const plural = path.split('/').at(-1) ?? '';
      if (plural === 'shop') return { metadata: { name: 'shop', ...marked } };
      return { metadata: {}, items: held[plural] ?? [] };
    },
    async patch(_: string, body: unknown) {
      bodies.push(body);
      return {};
    },
    async delete(_: string, body: unknown) {
      bodies.push(body);
      return {};
    },
  };
  const object = readFederatedObject({ metadata: { namespace: 'shop', name: 'shop' } });
  const mold = { object, target, owner: OWNER, takesAnnotations: false, clusterLabels: new Map() };
  return { place: { client, cluster: 'west', mold } as unknown as CopyPlace, bodies };
}

const ownedBy = (apiVersion: string, kind: string) => ({
  metadata: { name: 'web', uid: 'set', ownerReferences: [{ apiVersion, kind, uid: 'deployment' }] },
});

it('the ReplicaSet of a Deployment that went just now is waited for', async () => {
  const { place, bodies } = placeWith({ replicasets: [ownedBy('apps/v1', 'Deployment')] });
  expect(await removeNamespace(place, UID)).toMatchObject({
    status: 'WaitingForRemoval',
    message: 'replicasets shop/web goes first',
  });
  expect(bodies).toEqual([]);
});

it('what nobody owns, or somebody outside of it, keeps the namespace', async () => {
  const foreign = [{ metadata: { name: 'web', uid: 'pod' } }, ownedBy('example.io/v1', 'Fleet')];
  for (const pod of foreign) {
    const { place, bodies } = placeWith({ pods: [pod] });
    const written = await removeNamespace(place, UID);
    expect(written).toMatchObject({ kind: 'written' });
    expect(JSON.stringify(bodies)).toContain(`"${MANAGED_LABEL}":null`);
  }
});

it('an empty one goes', async () => {
  const { place, bodies } = placeWith({});
  await removeNamespace(place, UID);
  expect(bodies).toMatchObject([{ kind: 'DeleteOptions', preconditions: { uid: 'copy' } }]);
});

it('a Job goes with its pods, unless its owner said otherwise', async () => {
  const plain = placeWith({}, JOBS);
  await removeCopy(plain.place);
  expect(plain.bodies).toMatchObject([{ propagationPolicy: 'Background' }]);
  const said = placeWith({}, JOBS);
  const value = { propagationPolicy: 'Orphan' };
  const { mold } = said.place;
  const object = { ...mold.object, deleteOptions: { kind: 'good', value } as const };
  await removeCopy({ ...said.place, mold: { ...mold, object } });
  expect(said.bodies).toMatchObject([value]);
});
