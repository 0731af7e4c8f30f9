/**
 * LeaseElection: of several processes one leads, by a Lease in the host cluster.
 *
 * Promised: who leads has renewed within `renewDeadlineMs`, by its own clock, or has been told that
 * it lost; another takes over only when it has watched the lease unchanged for its whole duration,
 * by its own clock. Times in the Lease are for people: nobody's clock is compared with another's.
 *
 * Source: client-go's leader election, as KubeFed uses it (a lock named
 * kubefed-controller-manager); coordination.k8s.io/v1.
 */

import { textAt, valueAt } from '../../api/untyped.ts';
import type { ApiClient } from '../api-client.ts';
import { ApiError } from '../api-error.ts';

export interface LeaseTimes {
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

export interface LeaseElectionOptions {
  readonly client: Pick<ApiClient, 'get' | 'post' | 'put'>;
  readonly namespace: string;
  readonly name: string;
  /** Of this process: nobody else's. */
  readonly identity: string;
  readonly times: LeaseTimes;
  readonly onElected: () => void;
  /** Nothing more may be written. */
  readonly onLost: () => void;
  readonly onOther?: (holder: string) => void;
  readonly onTrouble?: (error: unknown) => void;
}

export class LeaseElection {
  readonly #options: LeaseElectionOptions;
  readonly #path: string;
  #isRunning = false;
  #round: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #isLeading = false;
  #holder: string | undefined;
  /** As we wrote it last: renewed without being read first, until somebody else writes it. */
  #ours: unknown;
  /** State of the lease as last seen, and since when it is so, monotonic ms. */
  #seen: { readonly version: string; readonly sinceMs: number } | undefined;

  constructor(options: LeaseElectionOptions) {
    this.#options = options;
    const { namespace } = options;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  }

  get isLeading(): boolean {
    return this.#isLeading;
  }

  get holder(): string | undefined {
    return this.#holder;
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#next(0);
  }

  /** Lets go of the lease where it is ours, so that another need not wait. */
  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    clearTimeout(this.#timer);
    await this.#round;
    const wasLeading = this.#isLeading;
    this.#lose();
    if (wasLeading) await this.#release().catch(() => undefined);
  }

  #next(afterMs: number): void {
    if (!this.#isRunning) return;
    this.#timer = setTimeout(() => {
      this.#round = this.#try().finally(() => {
        // Jittered, so that processes started together do not ask together.
        this.#next(this.#periodMs * (1 + Math.random() * 0.2));
      });
    }, afterMs);
  }

  /**
   * Our choice: who leads renews four times before its deadline. Client-go's 5 s of 10 leave one try,
   * and a server that takes 4 s to answer once costs the leadership.
   */
  get #periodMs(): number {
    const { retryPeriodMs, renewDeadlineMs } = this.#options.times;
    return this.#isLeading ? Math.min(retryPeriodMs, renewDeadlineMs / 4) : retryPeriodMs;
  }

  async #try(): Promise<void> {
    const begunMs = performance.now();
    try {
      if (await this.#takeOrRenew()) this.#lead(begunMs);
      else this.#lose();
    } catch (error) {
      // What cannot be asked changes nothing: the deadline ends it.
      if (this.#isRunning) this.#options.onTrouble?.(error);
    }
  }

  /** Whether the lease is ours now. */
  async #takeOrRenew(): Promise<boolean> {
    const { client, name, identity, times } = this.#options;
    const request = { timeoutMs: times.renewDeadlineMs / 2 };
    const path = `${this.#path}/${name}`;
    if (this.#isLeading && this.#ours !== undefined) {
      const wanted = this.#wanted(this.#ours);
      if (await this.#write(() => client.put(path, wanted, request))) return true;
    }
    let lease: unknown;
    try {
      lease = await client.get(path, request);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      return await this.#write(() => client.post(this.#path, this.#wanted(undefined), request));
    }
    const holder = textAt(lease, 'spec', 'holderIdentity') ?? '';
    const version = textAt(lease, 'metadata', 'resourceVersion') ?? '';
    const nowMs = performance.now();
    if (this.#seen?.version !== version) this.#seen = { version, sinceMs: nowMs };
    const seconds = Number(valueAt(lease, 'spec', 'leaseDurationSeconds') ?? 0);
    const isFree = holder === '' || nowMs - this.#seen.sinceMs > seconds * 1000;
    if (holder !== identity && !isFree) {
      if (this.#holder !== holder) this.#options.onOther?.(holder);
      this.#holder = holder;
      return false;
    }
    return await this.#write(() => client.put(path, this.#wanted(lease), request));
  }

  /** False: another was first. */
  async #write(write: () => Promise<unknown>): Promise<boolean> {
    try {
      const written = await write();
      const version = textAt(written, 'metadata', 'resourceVersion') ?? '';
      this.#seen = { version, sinceMs: performance.now() };
      this.#holder = this.#options.identity;
      this.#ours = written;
      return true;
    } catch (error) {
      this.#ours = undefined;
      if (error instanceof ApiError && error.status === 409) return false;
      throw error;
    }
  }

  #wanted(before: unknown): object {
    const { name, namespace, identity, times } = this.#options;
    const isOurs = textAt(before, 'spec', 'holderIdentity') === identity;
    const now = new Date().toISOString().replace('Z', '000Z');
    const transitions = Number(valueAt(before, 'spec', 'leaseTransitions') ?? 0);
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: valueAt(before, 'metadata') ?? { name, namespace },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(times.leaseDurationMs / 1000),
        acquireTime: isOurs ? (textAt(before, 'spec', 'acquireTime') ?? now) : now,
        renewTime: now,
        leaseTransitions: isOurs || before === undefined ? transitions : transitions + 1,
      },
    };
  }

  async #release(): Promise<void> {
    const { client, name, identity, times } = this.#options;
    const request = { timeoutMs: times.retryPeriodMs };
    const lease = await client.get(`${this.#path}/${name}`, request);
    if (textAt(lease, 'spec', 'holderIdentity') !== identity) return;
    const wanted = this.#wanted(lease) as { spec: object };
    const released = {
      ...wanted,
      spec: { ...wanted.spec, holderIdentity: '', leaseDurationSeconds: 1 },
    };
    await client.put(`${this.#path}/${name}`, released, request);
  }

  /** Counted from before the write: the server may have taken it at once. */
  #lead(sinceMs: number): void {
    clearTimeout(this.#deadline);
    const leftMs = this.#options.times.renewDeadlineMs - (performance.now() - sinceMs);
    this.#deadline = setTimeout(() => this.#lose(), Math.max(0, leftMs));
    if (this.#isLeading) return;
    this.#isLeading = true;
    this.#options.onElected();
  }

  #lose(): void {
    clearTimeout(this.#deadline);
    if (!this.#isLeading) return;
    this.#isLeading = false;
    this.#options.onLost();
  }
}
