/**
 * `fedns federate -f FILE`: manifests -> the Federated<Kind>s they would be, printed. No cluster is
 * asked: a kind alone says what its federated one is called.
 *
 * Source: specs of KubeFed 0.10, "federate".
 */

import { stringify } from 'yaml';
import { type ApiResource, apiVersionOf, pluralOfKind } from '../../../api/kubefed/api-resource.ts';
import { isJsonObject, type JsonObject } from '../../../api/kubefed/federated-object.ts';
import { textAt } from '../../../api/untyped.ts';
import type { Manifest } from '../../../api/yaml/manifests.ts';
import { objectAt } from '../../../federation/copies/retained-fields.ts';
import { federateObject } from '../../../federation/federated-types/federate-object.ts';
import { federatedResource } from '../../../federation/federated-types/federated-resource.ts';
import { SHIPPED_TYPES } from '../../../federation/federated-types/shipped-types.ts';
import { print, VerbError } from '../../output.ts';
import { readManifestFiles, refusedManifest } from '../../plan/read-manifest-files.ts';

export function federateFile(
  path: string,
  { namespace, output }: { readonly namespace?: string; readonly output: 'text' | 'yaml' | 'json' },
): void {
  const manifests = readManifestFiles([path]);
  if (manifests.length === 0) throw new VerbError(`${path}: holds no object`, 2);
  const made = manifests.map((manifest) => federateOne(manifest, namespace));
  const isJson = output === 'json';
  print(isJson ? JSON.stringify(made, null, 2) : made.map((one) => stringify(one)).join('---\n'));
}

function federateOne(manifest: Manifest, said: string | undefined): JsonObject {
  const object = checked(manifest);
  const type = typeOf(object, said);
  const namespace = textAt(object, 'metadata', 'namespace') ?? said;
  const isWithin = type.isNamespaced && namespace !== undefined;
  const metadata = { ...objectAt(object, 'metadata'), ...(isWithin && { namespace }) };
  return federateObject({ ...object, metadata }, federatedResource(type));
}

function checked(manifest: Manifest): JsonObject {
  const { object } = manifest;
  if (!isJsonObject(object)) throw refusedManifest(manifest, '', 'is no object');
  for (const field of ['apiVersion', 'kind', 'metadata.name']) {
    if ((textAt(object, ...field.split('.')) ?? '') !== '') continue;
    throw refusedManifest(manifest, field, 'is missing');
  }
  return object;
}

/** Of an unknown type: where a namespace is said it is a namespaced one. */
function typeOf(object: JsonObject, said: string | undefined): ApiResource {
  const kind = textAt(object, 'kind') ?? '';
  const apiVersion = textAt(object, 'apiVersion') ?? '';
  const shipped = SHIPPED_TYPES.find(
    (type) => type.kind === kind && apiVersionOf(type) === apiVersion,
  );
  if (shipped !== undefined) return shipped;
  const slash = apiVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    plural: pluralOfKind(kind),
    isNamespaced: (textAt(object, 'metadata', 'namespace') ?? said) !== undefined,
  };
}
