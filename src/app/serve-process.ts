/**
 * One `fedns serve`: store, DNS server, shards file, windows; started in order, stopped in
 * reverse. Holds no rules.
 */

import { Registry } from 'prom-client';
import { AdminServer } from '../admin/http-server.ts';
import { InputError } from '../dns/errors.ts';
import { parseName } from '../dns/name.ts';
import type { Logger } from '../runtime/logger.ts';
import { registerQueryMetrics } from '../serve/query-metrics.ts';
import type { RecordStore } from '../store/record-store.ts';
import { adminPages } from './admin-pages.ts';
import { DnsServer } from './dns-server.ts';
import { listenSpec } from './listen-specs.ts';
import { openStore } from './open-store.ts';
import { type ReadConfig, reasonOf } from './read-config.ts';
import { ShardsPublishing } from './shards-publishing.ts';
import { zoneSources } from './zone-sources.ts';

export interface ServeProcessOptions {
  readonly read: ReadConfig;
  readonly isTakeover: boolean;
  readonly logger: Logger;
}

export class ServeProcess {
  /** Called once a newer process serves in our place. */
  onTakenOver: () => void = () => undefined;
  readonly #options: ServeProcessOptions;
  #store: RecordStore | undefined;
  #dns: DnsServer | undefined;
  #shards: ShardsPublishing | undefined;
  #admin: AdminServer | undefined;

  constructor(options: ServeProcessOptions) {
    this.#options = options;
  }

  /** Throws InputError for what a person got wrong: nothing stays started then. */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { read, logger, isTakeover } = this.#options;
    const shards =
      read.config.shardsFile === undefined ? undefined : new ShardsPublishing({ read, logger });
    const zones = zoneSources(read, shards === undefined ? [] : [shards.domain]);
    const { store, serialBase } = await openStore(read);
    this.#store = store;
    this.#shards = shards;
    this.#dns = new DnsServer({ read, zones, store, serialBase, isTakeover, logger });
    await this.#dns.start();
    await this.#startAdmin(this.#dns);
    await shards?.start(store);
  }

  /** SIGHUP: what can be reread is reread; when something is wrong, all stays as it was. */
  reload(): void {
    const { logger } = this.#options;
    try {
      this.#dns?.reload();
      this.#shards?.reload();
      logger.info('configuration reread');
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      logger.error('configuration not reread, the old one stays', { error: text });
    }
  }

  /** What a person at a terminal wants to know first. */
  greeting(): string[] {
    const dns = this.#dns;
    const first = dns?.listenAddresses[0];
    if (dns === undefined || first === undefined) return [];
    const where = dns.listenAddresses.map(({ address, port }) => `${address}:${port}`).join(', ');
    const name = this.#shards?.exampleName() ?? parseNameText(dns);
    const at = `-p ${first.port} @${first.address}`;
    return [
      `fedns listens on ${where} (UDP and TCP)`,
      'try:',
      `  dig ${at} ${name}`,
      `  dig ${at} ${name} AAAA`,
      `  npm run -s fedns -- query ${name} --server ${first.address}:${first.port}`,
    ];
  }

  async stop(): Promise<void> {
    await this.#shards?.stop();
    await this.#dns?.stop();
    await this.#admin?.stop();
    await this.#store?.stop();
  }

  async #startAdmin(dns: DnsServer): Promise<void> {
    const { read } = this.#options;
    const { listen, corednsNames } = read.config.admin;
    if (listen === 'none') return;
    const registry = new Registry();
    const prefixes = corednsNames ? ['fedns_dns', 'coredns_dns'] : ['fedns_dns'];
    registerQueryMetrics(registry, dns, prefixes);
    const { host, port } = listenSpec(listen, 'admin.listen');
    const address = host === '*' ? '0.0.0.0' : host;
    this.#admin = new AdminServer({ kind: 'tcp', host: address, port }, adminPages(dns, registry));
    try {
      await this.#admin.start();
    } catch (error) {
      throw new InputError('LISTEN', `admin.listen ${listen}: ${reasonOf(error)}`);
    }
  }
}

function parseNameText(dns: DnsServer): string {
  void parseName;
  return dns.apexes.length > 0 ? 'example.com' : '.';
}
