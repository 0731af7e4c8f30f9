/**
 * Whose namespaces a federation is: all, or where its KubeFedConfig has scope Namespaced the one that
 * its control plane is in. Nothing else of that object is looked at: what is wrong elsewhere in it
 * keeps nobody from the members.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { textAt } from '../../api/untyped.ts';
import type { ApiClient } from '../../kubernetes/api-client.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import { HOST_SCOPE_RETRY_MS } from '../limits.ts';

export interface FederatedNamespaceOptions {
  /** Of the host. */
  readonly client: ApiClient;
  /** Of the control plane. */
  readonly namespace: string;
  readonly signal: AbortSignal;
  /**
   * Asked again after each, the same one often. Status 404: it is not there yet, or never; 403: who asks
   * has a role that is older than the question.
   */
  readonly onUnsure: (error: ApiError) => void;
}

/** Asked until it is known; empty: all; undefined: told to stop meanwhile. */
export async function federatedNamespace({
  client,
  namespace,
  signal,
  onUnsure,
}: FederatedNamespaceOptions): Promise<string | undefined> {
  const path = `/apis/core.kubefed.io/v1beta1/namespaces/${namespace}/kubefedconfigs/kubefed`;
  while (!signal.aborted) {
    try {
      const config = await client.get(path, { signal });
      return textAt(config, 'spec', 'scope') === 'Namespaced' ? namespace : '';
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof ApiError)) throw error;
      onUnsure(error);
    }
    await sleep(HOST_SCOPE_RETRY_MS, undefined, { signal }).catch(() => {});
  }
  return undefined;
}
