/**
 * ClusterConditions: what we know of each member, as the condition `fedns.io/Watched` in the status
 * of its KubeFedCluster; conditions of others, and the rest of the status, stay. Only where the
 * account may patch it; it never holds anything up.
 *
 * Promised: written when it is another, and looked at again now and then, for whoever writes a
 * status whole takes it away. Every write names the resource version it read. One at a time.
 */

import type { ApiClient } from '../../kubernetes/api-client.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import {
  CONDITION_AGAIN_MS,
  CONDITION_CHECK_MS,
  CONDITION_REFUSED_REST_MS,
  CONDITION_TIMEOUT_MS,
} from '../limits.ts';
import { isSaidIn, patchWith, type WatchedCondition } from './watched-condition.ts';

export interface ClusterConditionsOptions {
  readonly client: Pick<ApiClient, 'get' | 'patch'>;
  /** Of the collection: `/apis/core.kubefed.io/v1beta1/namespaces/NAMESPACE/kubefedclusters`. */
  readonly path: string;
}

/** Gone, changed meanwhile, or refused for what it is: says nothing of the others. */
const OF_ONE_OBJECT: readonly (number | undefined)[] = [400, 404, 409, 413, 422];

export class ClusterConditions {
  readonly #options: ClusterConditionsOptions;
  readonly #ended = new AbortController();
  /** By member. */
  readonly #wanted = new Map<string, WatchedCondition>();
  readonly #due = new Set<string>();
  #isWriter = false;
  #isRunning = false;
  #timer: NodeJS.Timeout | undefined;
  #check: NodeJS.Timeout | undefined;

  constructor(options: ClusterConditionsOptions) {
    this.#options = options;
  }

  /** From now on this is so; undefined: the member is none, or is not ours to speak of. */
  set(cluster: string, condition: WatchedCondition | undefined): void {
    const before = this.#wanted.get(cluster);
    if (condition === undefined) {
      this.#wanted.delete(cluster);
      this.#due.delete(cluster);
      return;
    }
    const { status, reason, message } = condition;
    const isSame =
      before?.status === status && before.reason === reason && before.message === message;
    if (isSame) return;
    this.#wanted.set(cluster, condition);
    this.#due.add(cluster);
    void this.#run();
  }

  get clusters(): readonly string[] {
    return [...this.#wanted.keys()];
  }

  /** Of several processes the one that publishes writes: others may see a member otherwise. */
  write(isWriter: boolean): void {
    if (isWriter === this.#isWriter) return;
    this.#isWriter = isWriter;
    clearInterval(this.#check);
    if (!isWriter) return;
    this.#check = setInterval(() => this.#lookAtAll(), CONDITION_CHECK_MS);
    this.#lookAtAll();
  }

  stop(): void {
    this.#isWriter = false;
    clearInterval(this.#check);
    clearTimeout(this.#timer);
    this.#ended.abort();
  }

  #lookAtAll(): void {
    for (const cluster of this.#wanted.keys()) this.#due.add(cluster);
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#isRunning || this.#timer !== undefined) return;
    this.#isRunning = true;
    let restMs = 0;
    for (const cluster of [...this.#due]) {
      if (!this.#isWriter) break;
      this.#due.delete(cluster);
      try {
        await this.#write(cluster);
      } catch (error) {
        const status = error instanceof ApiError ? error.status : undefined;
        const isOfOne = OF_ONE_OBJECT.includes(status);
        // Another wrote it meanwhile; or it may not be written, at all or for now.
        if (status === 409 || !isOfOne) this.#due.add(cluster);
        if (status === 409) restMs = Math.max(restMs, CONDITION_AGAIN_MS);
        else if (!isOfOne) restMs = CONDITION_REFUSED_REST_MS;
        // Away, it is so for the others, too.
        if (status === undefined) break;
      }
    }
    this.#isRunning = false;
    if (restMs === 0 && this.#due.size > 0 && this.#isWriter) void this.#run();
    if (restMs === 0 || !this.#isWriter) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, restMs);
  }

  async #write(cluster: string): Promise<void> {
    const condition = this.#wanted.get(cluster);
    if (condition === undefined) return;
    const { client, path } = this.#options;
    const options = { timeoutMs: CONDITION_TIMEOUT_MS, signal: this.#ended.signal };
    const object = await client.get(`${path}/${cluster}`, options);
    if (isSaidIn(object, condition)) return;
    await client.patch(
      `${path}/${cluster}/status`,
      patchWith(object, condition, new Date()),
      options,
    );
  }
}
