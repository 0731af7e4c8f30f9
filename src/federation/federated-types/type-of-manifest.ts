/**
 * Which type a Federated<Kind> federates, where no API server can be asked: as a FederatedTypeConfig
 * beside it says, as one of the shipped types, or by the rules of names. Pure.
 *
 * Source: specs of KubeFed 0.10, "enable"; the apiVersion of an unknown type is its template's.
 */

import { type ApiResource, pluralOfKind } from '../../api/kubefed/api-resource.ts';
import type { FederatedTypeConfig } from '../../api/kubefed/federated-type-config.ts';
import { bad, good, type Read } from '../../api/read.ts';
import { textAt } from '../../api/untyped.ts';
import { FEDERATED_API, federatedResource } from './federated-resource.ts';
import { SHIPPED_TYPES } from './shipped-types.ts';

export type ManifestType = Pick<
  FederatedTypeConfig,
  'target' | 'takesAnnotations' | 'convertsTemplates' | 'isPropagating'
>;

/** undefined: the object is of no federated type. */
export function typeOfManifest(
  object: unknown,
  configs: readonly FederatedTypeConfig[],
): Read<ManifestType> | undefined {
  const kind = textAt(object, 'kind') ?? '';
  const { group } = groupAndVersion(textAt(object, 'apiVersion') ?? '');
  const config = configs.find(
    ({ federated }) => federated.group === group && federated.kind === kind,
  );
  if (config !== undefined) return good(config);
  const isOfOthers = OTHER_GROUPS.has(group);
  if (isOfOthers || !/^Federated./.test(kind)) return undefined;
  const shipped = SHIPPED_TYPES.find((target) => federatedResource(target).kind === kind);
  if (shipped !== undefined && group === FEDERATED_API.group) return good(unconfigured(shipped));
  return typeByName(object, kind.slice('Federated'.length));
}

/** KubeFed's own kinds that are no federated types: FederatedTypeConfig, FederatedServiceStatus. */
const OTHER_GROUPS: ReadonlySet<string> = new Set([
  'core.kubefed.io',
  'multiclusterdns.kubefed.io',
  'scheduling.kubefed.io',
]);

function typeByName(object: unknown, kind: string): Read<ManifestType> {
  const apiVersion = textAt(object, 'spec', 'template', 'apiVersion') ?? '';
  if (apiVersion === '') {
    return bad(
      'spec.template.apiVersion: is missing, and no FederatedTypeConfig says what type it federates',
    );
  }
  const isNamespaced = (textAt(object, 'metadata', 'namespace') ?? '') !== '';
  return good(
    unconfigured({
      ...groupAndVersion(apiVersion),
      kind,
      plural: pluralOfKind(kind),
      isNamespaced,
    }),
  );
}

function unconfigured(target: ApiResource): ManifestType {
  return { target, takesAnnotations: false, convertsTemplates: false, isPropagating: true };
}

function groupAndVersion(apiVersion: string): Pick<ApiResource, 'group' | 'version'> {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}
