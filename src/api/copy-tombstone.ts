/**
 * A CopyTombstone (core.fedns.io/v1alpha1): a copy in a member that could not be reached when its
 * object went. Ours: KubeFed lets the deletion wait without end.
 */

import type { ApiResource } from './kubefed/api-resource.ts';
import { isJsonObject, type JsonObject } from './kubefed/federated-object.ts';
import { bad, good, type Read } from './read.ts';
import { textAt, valueAt } from './untyped.ts';

export interface CopyTombstone {
  readonly name: string;
  readonly cluster: string;
  readonly target: ApiResource;
  readonly namespace: string;
  readonly objectName: string;
  /** Of the copy: another object of its name is not meant. Empty: nobody knew it; its marks decide. */
  readonly uid: string;
  /** `fedns.io/owner` of the copy. */
  readonly owner: string;
  readonly action: 'Delete' | 'Release';
  readonly deleteOptions: JsonObject;
}

export const TOMBSTONES: ApiResource = {
  group: 'core.fedns.io',
  version: 'v1alpha1',
  kind: 'CopyTombstone',
  plural: 'copytombstones',
  isNamespaced: true,
};

export function readCopyTombstone(object: unknown): Read<CopyTombstone> {
  const text = (field: string) => textAt(object, 'spec', field) ?? '';
  const target = valueAt(object, 'spec', 'target');
  const action = text('action');
  const deleteOptions = valueAt(object, 'spec', 'deleteOptions');
  const tombstone = {
    name: textAt(object, 'metadata', 'name') ?? '',
    cluster: text('cluster'),
    target: {
      group: textAt(target, 'group') ?? '',
      version: textAt(target, 'version') ?? '',
      kind: textAt(target, 'kind') ?? '',
      plural: textAt(target, 'pluralName') ?? '',
      isNamespaced: textAt(target, 'scope') === 'Namespaced',
    },
    namespace: text('namespace'),
    objectName: text('name'),
    uid: text('uid'),
    owner: text('owner'),
    deleteOptions: isJsonObject(deleteOptions) ? deleteOptions : {},
  };
  for (const field of ['cluster', 'objectName', 'owner'] as const) {
    if (tombstone[field] === '') {
      return bad(`spec.${field === 'objectName' ? 'name' : field}: is missing`);
    }
  }
  if (tombstone.target.plural === '' || tombstone.target.version === '') {
    return bad('spec.target: has no pluralName or no version');
  }
  if (action !== 'Delete' && action !== 'Release') {
    return bad('spec.action: is neither Delete nor Release');
  }
  return good({ ...tombstone, action });
}

/** As the API takes it. */
export function copyTombstoneObject(
  tombstone: Omit<CopyTombstone, 'name'>,
  at: { readonly namespace: string; readonly name: string },
): object {
  const { target, namespace, objectName, uid, ...rest } = tombstone;
  return {
    apiVersion: `${TOMBSTONES.group}/${TOMBSTONES.version}`,
    kind: TOMBSTONES.kind,
    metadata: at,
    spec: {
      ...rest,
      ...(uid !== '' && { uid }),
      ...(namespace !== '' && { namespace }),
      name: objectName,
      target: {
        group: target.group,
        version: target.version,
        kind: target.kind,
        pluralName: target.plural,
        scope: target.isNamespaced ? 'Namespaced' : 'Cluster',
      },
    },
  };
}
