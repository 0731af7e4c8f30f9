/**
 * ServingCertificate: the certificate that the webhook shows, made and renewed by ourselves, in a
 * Secret that all replicas share; and the bundle that API servers trust, in the configurations.
 *
 * Promised: of replicas that write at once one wins, and the others serve what it wrote; a host that
 * is away changes nothing: what is served stays. Not promised: that the Secret of one name is shared
 * with anybody else.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { valueAt } from '../api/untyped.ts';
import type { ApiClient } from '../kubernetes/api-client.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import type { Logger } from '../runtime/logger.ts';
import { OneAfterAnother } from '../runtime/one-after-another.ts';
import { RateLimited } from '../runtime/rate-limited.ts';
import { type KeyPair, makeAuthority, makeServing } from './certificate-authority.ts';
import {
  bundleOf,
  type CertificateLife,
  type CertificateState,
  type CertificateStep,
  certificateData,
  lifeOf,
  planCertificates,
  readCertificateState,
} from './certificate-plan.ts';
import {
  CERTIFICATE_TIMES,
  type CertificateTimes,
  CONFLICTS_MAX,
  HOST_REQUEST_MS,
  TROUBLE_LOG_MS,
} from './limits.ts';
import { type ConfigurationNames, tellBundle } from './webhook-configurations.ts';

export interface ServingCertificateOptions {
  readonly client: Pick<ApiClient, 'get' | 'post' | 'put' | 'patch'>;
  readonly namespace: string;
  /** The Secret's name. */
  readonly secret: string;
  /** DNS names and addresses by which we are called. */
  readonly names: readonly string[];
  readonly configurations: ConfigurationNames;
  readonly logger: Logger;
  /** Another one is to be shown from now on. */
  readonly onCertificate: (pair: KeyPair) => void;
  readonly times?: Partial<CertificateTimes> | undefined;
  /** Wall clock: certificates live by it. */
  readonly now?: (() => number) | undefined;
}

export class ServingCertificate {
  readonly #options: ServingCertificateOptions;
  readonly #times: CertificateTimes;
  readonly #now: () => number;
  readonly #path: string;
  readonly #ended = new AbortController();
  readonly #troubles = new RateLimited(TROUBLE_LOG_MS);
  readonly #rounds = new OneAfterAnother();
  #state: CertificateState | undefined;
  /** The next authority, and since when it has been in every configuration. */
  #announced: { readonly cert: string; readonly sinceMs: number } | undefined;
  #absent = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ServingCertificateOptions) {
    this.#options = options;
    this.#times = { ...CERTIFICATE_TIMES, ...options.times };
    this.#now = options.now ?? Date.now;
    this.#path = `/api/v1/namespaces/${options.namespace}/secrets`;
  }

  /** Of what is served; undefined: there is none yet. */
  get life(): CertificateLife | undefined {
    return this.#state && lifeOf(this.#state.serving.cert);
  }

  /** There is one to serve; tries until there is. False: stopped meanwhile. */
  async prepare(): Promise<boolean> {
    while (!this.#ended.signal.aborted) {
      try {
        await this.#rounds.run(() => this.#settle());
        return true;
      } catch (error) {
        this.#tell('no certificate yet: its Secret cannot be had', error);
      }
      const { signal } = this.#ended;
      const waitMs = Math.min(this.#times.roundMs, 5000);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
    return false;
  }

  /** Rounds without end, the first at once. */
  start(): void {
    if (this.#ended.signal.aborted) return;
    void this.round().then(() => {
      // Jittered, so that replicas started together do not write together.
      const waitMs = this.#times.roundMs * (0.8 + Math.random() * 0.4);
      if (!this.#ended.signal.aborted) this.#timer = setTimeout(() => this.start(), waitMs);
    });
  }

  /** One look at all; never rejects. */
  round(): Promise<void> {
    return this.#rounds.run(() => this.#round());
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    clearTimeout(this.#timer);
    await this.#rounds.run(async () => undefined);
  }

  async #round(): Promise<void> {
    try {
      const state = await this.#settle();
      await this.#tellBundle(state);
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      this.#announced = undefined;
      this.#tell('certificate not looked after, what is served stays', error);
    }
  }

  /** Read, planned, written; until nothing is left to do, or another was faster too often. */
  async #settle(): Promise<CertificateState> {
    for (let conflicts = 0; ; ) {
      const secret = await this.#read();
      const state = readCertificateState(secret);
      const step = planCertificates(state, {
        nowMs: this.#now(),
        names: this.#options.names,
        announcedForMs: this.#announcedForMs(state),
        times: this.#times,
      });
      if (step.kind === 'keep' && state !== undefined) {
        this.#serve(state);
        return state;
      }
      const next = await this.#next(state, step);
      try {
        await this.#write(secret, next);
        this.#logStep(step);
        this.#serve(next);
        return next;
      } catch (error) {
        const isConflict = error instanceof ApiError && error.status === 409;
        if (!isConflict || ++conflicts > CONFLICTS_MAX) throw error;
      }
    }
  }

  /** The state after one step; keys are made here. */
  async #next(
    state: CertificateState | undefined,
    step: CertificateStep,
  ): Promise<CertificateState> {
    const nowMs = this.#now();
    const newAuthority = () => makeAuthority({ nowMs, lifeMs: this.#times.authorityLifeMs });
    const newServing = (authority: KeyPair, names: readonly string[]) =>
      makeServing(authority, names, { nowMs, lifeMs: this.#times.servingLifeMs });
    if (state === undefined || step.kind === 'begin') {
      const authority = await newAuthority();
      const serving = await newServing(authority, this.#options.names);
      return { authority, serving, next: undefined, previous: [] };
    }
    switch (step.kind) {
      case 'renew':
        return { ...state, serving: await newServing(state.authority, step.names) };
      case 'announce':
        return { ...state, next: await newAuthority() };
      case 'promote':
        return {
          authority: step.next,
          serving: await newServing(step.next, this.#options.names),
          next: undefined,
          previous: [state.authority.cert, ...state.previous],
        };
      case 'forget':
        return { ...state, previous: [] };
      case 'keep':
        return state;
      default:
        return step satisfies never;
    }
  }

  async #read(): Promise<unknown> {
    try {
      const path = `${this.#path}/${this.#options.secret}`;
      return await this.#options.client.get(path, { timeoutMs: HOST_REQUEST_MS });
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Rejects with 409 where it is not as it was read. */
  async #write(before: unknown, state: CertificateState): Promise<void> {
    const { client, secret: name, namespace } = this.#options;
    const data = certificateData(state);
    const request = { timeoutMs: HOST_REQUEST_MS };
    const isNew = before === undefined;
    const known = isNew ? {} : valueAt(before, 'data');
    const merged = Object.entries({ ...(typeof known === 'object' ? known : {}), ...data });
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: { name, namespace },
      ...(typeof before === 'object' ? before : {}),
      data: Object.fromEntries(merged.filter(([, value]) => value !== null)),
    };
    if (isNew) await client.post(this.#path, secret, request);
    else await client.put(`${this.#path}/${name}`, secret, request);
  }

  #serve(state: CertificateState): void {
    const before = this.#state?.serving.cert;
    this.#state = state;
    if (before !== state.serving.cert) this.#options.onCertificate(state.serving);
  }

  async #tellBundle(state: CertificateState): Promise<void> {
    const { client, configurations, logger } = this.#options;
    const { changed, absent } = await tellBundle(client, configurations, bundleOf(state));
    for (const key of changed) logger.info('authorities told to the API servers', { key });
    if (absent.join() !== this.#absent) {
      this.#absent = absent.join();
      for (const key of absent) logger.warn('no such webhook configuration, nobody asks', { key });
    }
    const cert = state.next?.cert;
    if (cert === undefined) this.#announced = undefined;
    else if (this.#announced?.cert !== cert) this.#announced = { cert, sinceMs: this.#now() };
  }

  #announcedForMs(state: CertificateState | undefined): number {
    const announced = this.#announced;
    if (announced === undefined || state?.next?.cert !== announced.cert) return 0;
    return this.#now() - announced.sinceMs;
  }

  #logStep(step: CertificateStep): void {
    const { logger, secret: key } = this.#options;
    const reason = 'reason' in step ? step.reason : undefined;
    const what = STEP_WORDS[step.kind];
    logger.info(what, { key, ...(reason !== undefined && { reason }) });
  }

  #tell(what: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#troubles.run(what, () => this.#options.logger.warn(what, { error: text }));
  }
}

const STEP_WORDS: Readonly<Record<CertificateStep['kind'], string>> = {
  keep: 'certificates stay',
  begin: 'certificates made',
  renew: 'certificate renewed',
  announce: 'next authority made, not signing yet',
  promote: 'next authority signs',
  forget: 'authority before is trusted no more',
};
