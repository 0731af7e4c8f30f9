/**
 * Why a federated object is being deleted: because somebody asked for that, or because its namespace
 * or its very type goes, and takes along what nobody meant. Asked of the host itself, after the
 * deletion was seen: a watch may be behind.
 */

import type { ApiResource } from '../../api/kubefed/api-resource.ts';
import { textAt } from '../../api/untyped.ts';
import { METADATA_ONLY } from '../../kubernetes/api-client.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';

export type DeletionCause = 'asked' | 'lost with its namespace' | 'lost with its type';

export class DeletionCauses {
  readonly #host: PacedClient;
  /** Path -> the question under way, and the one that begins after it. */
  readonly #asking = new Map<
    string,
    { now: Promise<boolean>; next: Promise<boolean> | undefined }
  >();

  constructor(host: PacedClient) {
    this.#host = host;
  }

  /** Throws ApiError: nothing is known then. */
  async causeOf(federated: ApiResource, namespace: string): Promise<DeletionCause> {
    const { plural, group } = federated;
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    if (await this.#isGoing(`${definitions}/${plural}.${group}`)) return 'lost with its type';
    if (namespace !== '' && (await this.#isGoing(`/api/v1/namespaces/${namespace}`))) {
      return 'lost with its namespace';
    }
    return 'asked';
  }

  /** Thousands that are deleted together ask once or twice: never by an answer older than the question. */
  #isGoing(path: string): Promise<boolean> {
    const asking = this.#asking.get(path);
    if (asking === undefined) {
      const now = this.#ask(path);
      const entry = { now, next: undefined };
      this.#asking.set(path, entry);
      return now.finally(() => {
        if (this.#asking.get(path) === entry && entry.next === undefined) this.#asking.delete(path);
      });
    }
    asking.next ??= asking.now
      .catch(() => false)
      .then(() => {
        this.#asking.delete(path);
        return this.#isGoing(path);
      });
    return asking.next;
  }

  async #ask(path: string): Promise<boolean> {
    try {
      const object = await this.#host.get(path, { accept: METADATA_ONLY });
      return textAt(object, 'metadata', 'deletionTimestamp') !== undefined;
    } catch (error) {
      // Gone altogether.
      if (error instanceof ApiError && error.status === 404) return true;
      throw error;
    }
  }
}
