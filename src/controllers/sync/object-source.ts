/**
 * Where federated objects come from: the contract of a source, and the first one, Federated<Kind> of a
 * host. What the engine knows of an object is `FederatedObject` (template, placement, overrides,
 * deletion policy, retention of replicas, annotations by its type's word); all else that it does with
 * one goes through here, so that another source (plain objects of a federation API) need be nothing
 * like these: no status of its own, another way to be held.
 *
 * What a source promises: `read` is total, and says the same of the same object; objects of one
 * namespace and name are one object; `hold` is seen in the object before anything of it is made.
 */

import { type ApiResource, collectionPath, objectPath } from '../../api/kubefed/api-resource.ts';
import {
  type FederatedObject,
  readFederatedObject,
  SYNC_FINALIZER,
} from '../../api/kubefed/federated-object.ts';
import type { FederatedTypeConfig } from '../../api/kubefed/federated-type-config.ts';
import { servedShape } from '../../federation/conversion/convert-manifest.ts';
import { foldStatus, type PropagationInputs } from '../../federation/propagation-status.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import type { DeletionCause, DeletionCauses } from './deletion-cause.ts';

/** How its copies stand, or why none was looked at. */
export type SaidOfObject = Pick<
  PropagationInputs,
  'copies' | 'failed' | 'hasChanged' | 'limitedOut'
>;

/** All that is asynchronous throws ApiError for what is to be tried again. */
export interface ObjectSource {
  /** `<plural>.<group>`: with the federation's uid, whose copies they are (`fedns.io/owner`). */
  readonly name: string;
  /** What it is in the host: what belongs to an object names it as its owner. */
  readonly resource: ApiResource;
  /** The collection, followed. */
  readonly path: string;
  /** undefined: none of this source. */
  read(object: unknown): FederatedObject | undefined;
  /** It cannot go before its copies are gone. */
  isHeld(object: FederatedObject): boolean;
  hold(object: FederatedObject): Promise<void>;
  letGo(object: FederatedObject): Promise<void>;
  /** Why it is being deleted: for itself, or with all of its type or namespace. */
  causeOf(object: FederatedObject): Promise<DeletionCause>;
  /** Written where it differs from what is said there. */
  tell(object: FederatedObject, said: SaidOfObject): Promise<void>;
}

export interface FederatedKindsOptions {
  readonly config: Pick<FederatedTypeConfig, 'federated' | 'convertsTemplates'>;
  readonly host: PacedClient;
  /** Of a federation that is no more than a namespace. */
  readonly onlyNamespace: string | undefined;
  readonly causes: DeletionCauses;
}

/** Federated<Kind>, as KubeFed has them: a finalizer holds one, its status says how its copies stand. */
export function federatedKinds({
  config: { federated, convertsTemplates },
  host,
  onlyNamespace,
  causes,
}: FederatedKindsOptions): ObjectSource {
  const setFinalizers = async (object: FederatedObject, finalizers: readonly string[]) => {
    const { resourceVersion, uid } = object;
    await host.patch(objectPath(federated, object), {
      metadata: { resourceVersion, uid, finalizers },
    });
  };
  return {
    name: `${federated.plural}.${federated.group}`,
    resource: federated,
    path: collectionPath(federated, onlyNamespace),
    read: (object) => readFederatedObject(convertsTemplates ? servedShape(object) : object),
    isHeld: ({ finalizers }) => finalizers.includes(SYNC_FINALIZER),
    hold: (object) => setFinalizers(object, [...object.finalizers, SYNC_FINALIZER]),
    letGo: (object) =>
      setFinalizers(
        object,
        object.finalizers.filter((one) => one !== SYNC_FINALIZER),
      ),
    causeOf: ({ namespace }) => causes.causeOf(federated, namespace),
    async tell(object, said) {
      const { generation, status: before, resourceVersion, uid } = object;
      const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
      const status = foldStatus({ ...said, generation, before, now });
      if (status === undefined) return;
      const body = { metadata: { resourceVersion, uid }, status };
      await host.patch(`${objectPath(federated, object)}/status`, body);
    },
  };
}
