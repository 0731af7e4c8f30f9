/**
 * A list-watch of an API that a cluster may not have (a CRD): looked for every so often, watched
 * while it is there. Not being there is an answer (404), not being reachable is none.
 */

import { listAt, textAt } from '../api/untyped.ts';
import type { ApiClient } from '../kubernetes/api-client.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { OPTIONAL_API_PERIOD_MS, OPTIONAL_API_RETRY_MS } from './limits.ts';

interface Watch {
  readonly status: { readonly hasSynced: boolean };
  start(): void;
  stop(): Promise<void>;
}

export interface OptionalWatchOptions {
  readonly client: ApiClient;
  /** `multicluster.x-k8s.io/v1alpha1`. */
  readonly groupVersion: string;
  readonly plural: string;
  /** undefined: those of all are read. */
  readonly onlyNamespace: string | undefined;
  /** Makes the watch of this path; it is started and stopped here. */
  readonly start: (path: string) => Watch;
  /** The API is not (or no more) there. */
  readonly onAbsent: () => void;
}

const LOOK_TIMEOUT_MS = 10_000;

export class OptionalWatch {
  readonly #options: OptionalWatchOptions;
  readonly #ended = new AbortController();
  #watch: Watch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isAbsent = false;

  constructor(options: OptionalWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#looking = this.#look();
  }

  /** The API is known not to be there, or was read whole; until then what it holds is unknown. */
  get isKnown(): boolean {
    return this.#isAbsent || this.#watch?.status.hasSynced === true;
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    clearTimeout(this.#timer);
    await this.#looking;
    await this.#watch?.stop();
  }

  async #look(): Promise<void> {
    const isThere = await this.#isThere();
    if (this.#ended.signal.aborted) return;
    if (isThere === true && this.#watch === undefined) {
      this.#isAbsent = false;
      const { groupVersion, plural, onlyNamespace, start } = this.#options;
      const within = onlyNamespace === undefined ? '' : `/namespaces/${onlyNamespace}`;
      this.#watch = start(`/apis/${groupVersion}${within}/${plural}`);
      this.#watch.start();
    }
    if (isThere === false) await this.#leave();
    if (this.#ended.signal.aborted) return;
    const waitMs = isThere === undefined ? OPTIONAL_API_RETRY_MS : OPTIONAL_API_PERIOD_MS;
    this.#timer = setTimeout(() => this.start(), waitMs);
  }

  async #leave(): Promise<void> {
    const ended = this.#watch;
    if (this.#isAbsent && ended === undefined) return;
    this.#watch = undefined;
    await ended?.stop();
    this.#isAbsent = true;
    this.#options.onAbsent();
  }

  /** undefined: not known now. */
  async #isThere(): Promise<boolean | undefined> {
    const { client, groupVersion, plural } = this.#options;
    const { signal } = this.#ended;
    try {
      const said = await client.get(`/apis/${groupVersion}`, {
        signal,
        timeoutMs: LOOK_TIMEOUT_MS,
      });
      return listAt(said, 'resources').some((resource) => textAt(resource, 'name') === plural);
    } catch (error) {
      return error instanceof ApiError && error.status === 404 ? false : undefined;
    }
  }
}
