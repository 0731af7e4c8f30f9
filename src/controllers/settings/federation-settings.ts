/**
 * FederationSettings: the settings as they are in force, read until they are good, and read again
 * while they last; the condition Ready of the KubeFedConfig says which of both is so. What cannot be
 * written there holds nothing up.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type SaidCondition, timeText, withConditions } from '../../api/conditions.ts';
import { fieldsWithoutEffect } from '../../api/kubefed/kubefed-config.ts';
import { listAt, textAt, valueAt } from '../../api/untyped.ts';
import { canonicalJson } from '../../federation/canonical-json.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { WritingClient } from '../../kubernetes/reconciling/paced-client.ts';
import { LOCK_NAME, SETTINGS_RETRY_MS } from '../limits.ts';
import {
  type Federation,
  kubeFedConfigPath,
  readFederation,
  type SeenFederation,
} from './read-federation.ts';

export interface FederationSettingsOptions {
  readonly host: Pick<WritingClient, 'get' | 'patch'>;
  readonly namespace: string;
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** Of the condition Ready; ours, KubeFed has none. */
export type SettingsReason = 'Valid' | 'Invalid' | 'FormerSettingsKept';

type Told = Omit<SaidCondition, 'type' | 'reason'> & { readonly reason: SettingsReason };

export class FederationSettings {
  readonly #options: FederationSettingsOptions;
  /** The Lease as last seen, and since when it is so, monotonic ms. */
  #lease: { readonly version: string; readonly sinceMs: number } | undefined;

  constructor(options: FederationSettingsOptions) {
    this.#options = options;
  }

  /** Asked until they are good; undefined: told to stop meanwhile. */
  async untilGood(signal: AbortSignal): Promise<Federation | undefined> {
    while (!signal.aborted) {
      const seen = await this.#read('control plane waits for its host');
      if (seen?.read.kind === 'good') return seen.read.value;
      if (seen?.read.kind === 'bad') {
        const { problem: message } = seen.read;
        this.#trouble('control plane waits: its settings are wrong', message);
        // Who leads goes by settings it read before, and says so itself.
        if (!(await this.#isLed())) {
          await this.#tell(seen.config, { status: 'False', reason: 'Invalid', message });
        }
      }
      await sleep(SETTINGS_RETRY_MS, undefined, { signal }).catch(() => {});
    }
    return undefined;
  }

  /** By who leads. undefined: they cannot be read now, or are wrong; what is in force stays. */
  async readAgain(): Promise<Federation | undefined> {
    const what = 'settings of the federation not read, the old ones stay';
    const seen = await this.#read(what);
    if (seen === undefined) return undefined;
    if (seen.read.kind === 'bad') {
      const { problem } = seen.read;
      this.#trouble('settings of the federation not taken, the old ones stay', problem);
      const message = `${problem}; the former settings stay in force`;
      await this.#tell(seen.config, { status: 'False', reason: 'FormerSettingsKept', message });
      return undefined;
    }
    const idle = fieldsWithoutEffect(seen.config).join(', ');
    const message = `the settings are in force${idle && `; without effect here: ${idle}`}`;
    await this.#tell(seen.config, { status: 'True', reason: 'Valid', message });
    return seen.read.value;
  }

  async #read(what: string): Promise<SeenFederation | undefined> {
    const { host, namespace, onTrouble } = this.#options;
    try {
      return await readFederation(host, namespace);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      onTrouble(what, error);
      return undefined;
    }
  }

  /** Where it differs. */
  async #tell(config: unknown, told: Told): Promise<void> {
    if (config === undefined) return;
    const before = valueAt(config, 'status');
    const generation = Number(valueAt(config, 'metadata', 'generation') ?? 0);
    const facts = { generation, now: timeText(new Date()) };
    const conditions = withConditions(before, [{ type: 'Ready', ...told }], facts);
    if (canonicalJson(listAt(before, 'conditions')) === canonicalJson(conditions)) return;
    const { host, namespace } = this.#options;
    const resourceVersion = textAt(config, 'metadata', 'resourceVersion');
    const body = { metadata: { resourceVersion }, status: { conditions } };
    try {
      await host.patch(`${kubeFedConfigPath(namespace)}/status`, body);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Written meanwhile by somebody else: it is read and told again.
      if (error.status !== 409) this.#trouble('condition of the KubeFedConfig not written', error);
    }
  }

  /** Whether somebody holds the Lease: it was renewed within its duration, by our clock. */
  async #isLed(): Promise<boolean> {
    const { host, namespace } = this.#options;
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${LOCK_NAME}`;
    try {
      const lease = await host.get(path);
      if ((textAt(lease, 'spec', 'holderIdentity') ?? '') === '') return false;
      const version = textAt(lease, 'metadata', 'resourceVersion') ?? '';
      if (this.#lease?.version !== version) this.#lease = { version, sinceMs: performance.now() };
      const durationMs = Number(valueAt(lease, 'spec', 'leaseDurationSeconds') ?? 0) * 1000;
      return performance.now() - this.#lease.sinceMs <= durationMs;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.status !== 404;
    }
  }

  #trouble(what: string, error: unknown): void {
    this.#options.onTrouble(what, error);
  }
}
