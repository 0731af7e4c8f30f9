/**
 * One `fedns webhook`: the HTTPS window that API servers ask at admission, and the certificate it
 * shows: of our own, in a Secret of the host, or of others, in a folder. Any number of them may run;
 * none keeps anything but that Secret.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { CertificateFiles } from '../admission/certificate-files.ts';
import { ALARM_PERIOD_MS, type CertificateTimes, TROUBLE_LOG_MS } from '../admission/limits.ts';
import { readOwnAccount } from '../admission/own-account.ts';
import { ServingCertificate } from '../admission/serving-certificate.ts';
import { WebhookServer } from '../admission/webhook-server.ts';
import { InputError, problemOf } from '../dns/errors.ts';
import { ApiClient } from '../kubernetes/api-client.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { Alarms } from '../runtime/alarms.ts';
import type { Logger } from '../runtime/logger.ts';
import { compareConfig } from './config/compare-config.ts';
import { listenSpec } from './config/listen-specs.ts';
import { readControlPlaneHost } from './config/members/member-specs.ts';
import { type ReadConfig, reasonOf } from './config/read-config.ts';
import { registerOwnFacts, statusPages } from './control/admin-pages.ts';
import { registerWebhookMetrics } from './control/webhook-metrics.ts';
import { Windows } from './windows.ts';

export interface WebhookProcessOptions {
  readonly read: ReadConfig;
  /** Throws InputError. */
  readonly readAgain: () => ReadConfig;
  readonly logger: Logger;
  readonly times?: Partial<CertificateTimes> | undefined;
}

type CertificateSource = CertificateFiles | ServingCertificate;

export class WebhookProcess {
  readonly #options: WebhookProcessOptions;
  readonly #logger: Logger;
  readonly #windows = new Windows(0);
  readonly #ended = new AbortController();
  readonly #accounts: Set<string>;
  readonly #alarms: Alarms;
  #server: WebhookServer | undefined;
  #certificate: CertificateSource | undefined;
  #host: ApiClient | undefined;
  #watch: NodeJS.Timeout | undefined;
  /** Where it listens, once it does. */
  port = 0;

  constructor(options: WebhookProcessOptions) {
    this.#options = options;
    this.#logger = options.logger.for('admission');
    this.#alarms = new Alarms(this.#logger);
    this.#accounts = new Set(options.read.config.webhook.accounts);
  }

  /** Waits for a host that is away. Throws InputError for what a person got wrong. */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { read } = this.#options;
    const { webhook, admin } = read.config;
    const { host, port } = listenSpec(webhook.listen, 'webhook.listen');
    const access = await readControlPlaneHost(read);
    if (access !== undefined) this.#host = new ApiClient(access.access);
    const server = new WebhookServer({
      ...{ listen: { host, port }, accounts: this.#accounts, logger: this.#logger },
    });
    this.#server = server;
    const certificate = this.#certificateOf(server, access?.namespace);
    this.#certificate = certificate;
    const prepared = await certificate.prepare();
    if (typeof prepared === 'string') {
      throw new InputError('CONFIG', `webhook.certDir: ${prepared}`);
    }
    if (this.#ended.signal.aborted) return;
    try {
      this.port = await server.start();
    } catch (error) {
      throw new InputError('LISTEN', `webhook.listen ${webhook.listen}: ${reasonOf(error)}`);
    }
    const ready = () => {
      const { isReady } = server;
      const body = isReady ? 'ready\n' : 'not ready: stopping\n';
      return { status: isReady ? 200 : 503, type: 'text/plain', body } as const;
    };
    await this.#windows.openPage(admin.listen, statusPages(this.#registry(), ready));
    certificate.start();
    this.#lookAtEnd();
    this.#watch = setInterval(() => this.#lookAtEnd(), ALARM_PERIOD_MS);
    if (webhook.accounts.length === 0 && this.#host !== undefined) {
      void this.#learnOwnAccount(this.#host);
    }
  }

  #certificateOf(server: WebhookServer, namespace: string | undefined): CertificateSource {
    const { read, times } = this.#options;
    const { certDir, secret, service, names, ...others } = read.config.webhook;
    const common = {
      logger: this.#logger,
      onCertificate: (pair: Parameters<WebhookServer['show']>[0]) => server.show(pair),
    };
    if (certDir !== undefined) {
      return new CertificateFiles({ ...common, folder: read.resolvePath(certDir) });
    }
    if (this.#host === undefined || namespace === undefined) {
      const why = 'neither webhook.certDir nor, for a certificate of our own, controlPlane.host';
      throw new InputError('CONFIG', `nothing to show as certificate: ${why} is set`);
    }
    return new ServingCertificate({
      ...common,
      client: this.#host,
      namespace,
      secret,
      names: [`${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`, ...names],
      configurations: {
        validating: others.validatingConfiguration,
        mutating: others.mutatingConfiguration,
      },
      times,
    });
  }

  /** Until the host answers; until then nobody passes unchecked. */
  async #learnOwnAccount(client: ApiClient): Promise<void> {
    const { signal } = this.#ended;
    for (let waitMs = 1000; !signal.aborted; waitMs = Math.min(waitMs * 2, TROUBLE_LOG_MS)) {
      try {
        const account = await readOwnAccount(client);
        // A person's account is checked like everybody's: only a pod's is a controller's.
        if (!account?.startsWith('system:serviceaccount:')) return;
        this.#accounts.add(account);
        this.#logger.info('writes of this account always pass', { key: account });
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#logger.warn('own account not known: its writes are checked too', {
          error: problemOf(error),
        });
        // Refused: another try would be too.
        if (error instanceof ApiError && error.code === 'API_STATUS') return;
      }
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** SIGHUP: certificates are looked after now, the log level is read again. */
  async reload(): Promise<void> {
    const { logger, read: before, readAgain } = this.#options;
    await this.#certificate?.round();
    try {
      const read = readAgain();
      const changes = compareConfig(before, read);
      logger.setLevel(read.config.log.level);
      for (const key of changes.needRestart) logger.warn('setting changed, restart', { key });
      logger.info('configuration reread', { count: changes.live.length });
    } catch (error) {
      logger.error('configuration not reread, the old one stays', { error: problemOf(error) });
    }
  }

  /** What is under way is answered. */
  async stop(): Promise<void> {
    this.#ended.abort();
    clearInterval(this.#watch);
    await this.#server?.stop();
    await this.#windows.stop();
    // Before the client, which cuts a round that waits for the host.
    const stopped = this.#certificate?.stop();
    await this.#host?.close();
    await stopped;
  }

  #lookAtEnd(): void {
    const life = this.#certificate?.life;
    if (life === undefined || Date.now() < life.alarmMs) {
      this.#alarms.clear('certificate-ends', 'certificate is renewed');
      return;
    }
    const reason = `it ends at ${new Date(life.endMs).toISOString()}`;
    this.#alarms.raise('certificate-ends', 'certificate is not renewed', { reason });
  }

  #registry(): Registry {
    const registry = new Registry();
    registerOwnFacts(this.#alarms, registry);
    registerWebhookMetrics(registry, {
      counts: () => this.#server?.counts,
      certificateEndMs: () => this.#certificate?.life?.endMs,
    });
    return registry;
  }
}
