/**
 * The loop of tokens: each member's is renewed by itself once a third of its life is over, while the
 * old one still opens the door. What came of it is a condition of its KubeFedCluster, and a metric.
 *
 * A token of KubeFed's older form, which never ends, is left as it is.
 */

import { objectPath } from '../../api/kubefed/api-resource.ts';
import { readSecretToken } from '../../api/kubefed/kubefed-cluster.ts';
import { textAt } from '../../api/untyped.ts';
import type { ClusterCondition, ClusterReasons } from '../../federation/cluster-condition.ts';
import { accountOfSecret, tokenPatch } from '../../federation/joining/host-objects.ts';
import { SECRET_RESOURCE } from '../../federation/joining/member-objects.ts';
import { isRenewalDue, lifeOfToken } from '../../federation/joining/token-life.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import { requestToken } from '../../kubernetes/credentials/token-request.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import { DONE, type Outcome, WorkQueue } from '../../kubernetes/reconciling/work-queue.ts';
import { RETRY_MAX_MS, RETRY_MIN_MS, TOKEN_CHECK_MS } from '../limits.ts';
import type { FederatedCluster, FederatedClusters } from './federated-clusters.ts';

export interface TokenRenewalOptions {
  readonly clusters: FederatedClusters;
  readonly host: PacedClient;
  readonly namespace: string;
  /** The condition of a cluster is another. */
  readonly onCondition: (cluster: string) => void;
  readonly onFault: (cluster: string, error: unknown) => void;
  readonly checkMs?: number | undefined;
}

/** Beside KubeFed's conditions. */
type TokenReason = ClusterReasons['fedns.io/Token'];

const TOKEN_CONDITION = 'fedns.io/Token';

export class TokenRenewal {
  readonly #options: TokenRenewalOptions;
  readonly #queue: WorkQueue;
  readonly #conditions = new Map<string, ClusterCondition>();
  readonly #ends = new Map<string, number>();

  constructor(options: TokenRenewalOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({
      controller: 'tokens',
      concurrency: 4,
      backoffMinMs: RETRY_MIN_MS,
      backoffMaxMs: RETRY_MAX_MS,
      work: (name) => this.#look(name),
      onFault: options.onFault,
    });
  }

  start(): void {
    this.#queue.start();
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
  }

  clusterChanged(name: string): void {
    this.#queue.add(name);
  }

  /** By cluster: when its token ends, ms since 1970; those that end. */
  get ends(): ReadonlyMap<string, number> {
    return this.#ends;
  }

  conditionOf(cluster: string): ClusterCondition | undefined {
    return this.#conditions.get(cluster);
  }

  async #look(name: string): Promise<Outcome> {
    const { clusters, checkMs = TOKEN_CHECK_MS } = this.#options;
    const cluster = clusters.get(name);
    if (cluster === undefined) {
      this.#conditions.delete(name);
      this.#ends.delete(name);
      return DONE;
    }
    try {
      await this.#renew(cluster);
      return { kind: 'again', afterMs: checkMs };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const endsAtMs = this.#ends.get(name);
      const left = endsAtMs === undefined ? '' : `; it ends ${textOf(endsAtMs)}`;
      this.#say(name, 'False', 'RenewalFailed', `${error.message}${left}`);
      return { kind: 'failed', atLeastMs: error.retryAfterMs };
    }
  }

  /** Throws ApiError of host or member. */
  async #renew({ name, object, client, isReady }: FederatedCluster): Promise<void> {
    const { host, namespace } = this.#options;
    const secretName = textAt(object, 'spec', 'secretRef', 'name') ?? '';
    const path = objectPath(SECRET_RESOURCE, { namespace, name: secretName });
    const secret = await host.get(path);
    const token = readSecretToken(secret);
    const life = token?.kind === 'good' ? lifeOfToken(token.value) : undefined;
    if (life === undefined) {
      this.#ends.delete(name);
      this.#say(name, 'True', 'NeverEnds', 'the token in its Secret does not say when it ends');
      return;
    }
    this.#ends.set(name, life.endsAtMs);
    const nowMs = Date.now();
    if (!isRenewalDue(life, nowMs)) {
      this.#say(name, 'True', 'Valid', `its token ends ${textOf(life.endsAtMs)}`);
      return;
    }
    const remedy = `"fedns members renew ${name}" makes another`;
    const account = accountOfSecret(secret);
    if (nowMs > life.endsAtMs) {
      this.#say(name, 'False', 'Ended', `its token ended ${textOf(life.endsAtMs)}: ${remedy}`);
      return;
    }
    if (account === undefined || client === undefined || !isReady) {
      const why =
        account === undefined
          ? `Secret "${secretName}" does not say whose it is`
          : 'the member cannot be asked now';
      this.#say(
        name,
        'False',
        'RenewalDue',
        `its token ends ${textOf(life.endsAtMs)}; ${why}: ${remedy}`,
      );
      return;
    }
    const granted = await requestToken(client, account);
    const resourceVersion = textAt(secret, 'metadata', 'resourceVersion');
    const patch = tokenPatch(account, granted);
    const metadata = { ...(patch['metadata'] as object), resourceVersion };
    await host.patch(path, { ...patch, metadata });
    this.#ends.set(name, granted.expiresAt.getTime());
    this.#say(name, 'True', 'Valid', `its token ends ${textOf(granted.expiresAt.getTime())}`);
  }

  #say(
    cluster: string,
    status: ClusterCondition['status'],
    reason: TokenReason,
    message: string,
  ): void {
    const before = this.#conditions.get(cluster);
    const isSame = before?.reason === reason && before.message === message;
    if (isSame) return;
    this.#conditions.set(cluster, { type: TOKEN_CONDITION, status, reason, message });
    this.#options.onCondition(cluster);
  }
}

function textOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
