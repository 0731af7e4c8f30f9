/**
 * A type that shall be federated -> the CustomResourceDefinition of its Federated<Kind>, as KubeFed's
 * `enable` makes it, with columns of ours that say whether it was propagated.
 *
 * Source: specs of KubeFed 0.10, "enable".
 */

import { resourceName } from '../../api/kubefed/api-resource.ts';
import type { JsonObject } from '../../api/kubefed/federated-object.ts';
import {
  FEDERATED_API,
  federatedResource,
  federatedShortNames,
  type TargetType,
} from './federated-resource.ts';
import { federatedSchema } from './federated-schema.ts';

export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Cluster' | 'Namespaced';
    readonly names: CrdNames;
    readonly versions: readonly JsonObject[];
  };
}

interface CrdNames {
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
}

/** The first is what kubectl prints where there are no columns: all that KubeFed's had. */
const COLUMNS = [
  { name: 'age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  {
    name: 'propagated',
    type: 'string',
    jsonPath: ".status.conditions[?(@.type=='Propagation')].status",
  },
  {
    name: 'reason',
    type: 'string',
    jsonPath: ".status.conditions[?(@.type=='Propagation')].reason",
  },
];

export function federatedCrd(target: TargetType, api = FEDERATED_API): CustomResourceDefinition {
  const federated = federatedResource(target, api);
  const { group, kind, plural } = federated;
  const shortNames = federatedShortNames(target);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: resourceName(federated) },
    spec: {
      group,
      scope: federated.isNamespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        ...(shortNames.length > 0 && { shortNames }),
      },
      versions: [
        {
          name: api.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS,
          schema: {
            openAPIV3Schema: federatedSchema({
              ...target,
              isOfNamespaces: target.group === '' && target.kind === 'Namespace',
            }),
          },
        },
      ],
    },
  };
}
