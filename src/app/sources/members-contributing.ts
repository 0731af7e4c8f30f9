/**
 * `fedns controller --contribute`: the member clusters as a source of shards for another that
 * publishes. Of several processes with one contributor's name one leads and writes.
 */

import type { Registry } from 'prom-client';
import { keyOfHost } from '../../discovery/owner-names.ts';
import { InputError } from '../../dns/errors.ts';
import { type DomainName, parseName, ROOT } from '../../dns/name.ts';
import { MemberRegistry } from '../../members/registry.ts';
import { ShardBook } from '../../publish/book/shard-book.ts';
import { contributorElection } from '../../publish/contributed/contributed-keys.ts';
import { ContributingSource } from '../../publish/contributed/contributing-source.ts';
import {
  labelNamesOf,
  selectHosts,
  selectServices,
} from '../../publish/reports/select-services.ts';
import { ServiceQuota } from '../../publish/reports/service-quota.ts';
import { FederationView } from '../../publish/seen/federation-view.ts';
import { SeenMembers } from '../../publish/seen/seen-members.ts';
import type { Alarms } from '../../runtime/alarms.ts';
import type { Logger } from '../../runtime/logger.ts';
import { FollowedMembers } from '../config/members/followed-members.ts';
import { apiSettingsOf, policiesOf } from '../config/members/member-settings.ts';
import type { ReadConfig } from '../config/read-config.ts';
import { jsonPage } from '../control/json-page.ts';
import { registerWatchMetrics } from '../control/members/member-metrics.ts';
import { membersSeen } from '../control/members/member-pages.ts';
import { MemberTeller } from './member-teller.ts';
import type { PublishPlace, RecordSource } from './record-source.ts';

export interface MembersContributingOptions {
  readonly read: ReadConfig;
  readonly alarms: Alarms;
  readonly logger: Logger;
}

export class MembersContributing implements RecordSource {
  /** It has none: whoever publishes says it. */
  readonly domain: DomainName = ROOT;
  readonly exampleName = undefined;
  readonly election: string;
  readonly pages: RecordSource['pages'];
  readonly #read: ReadConfig;
  readonly #registry: MemberRegistry;
  readonly #source: ContributingSource;
  readonly #members: FollowedMembers;

  /** Throws InputError. Starts nothing. */
  constructor({ read, alarms, logger: root }: MembersContributingOptions) {
    this.#read = read;
    const { members, federation, store } = read.config;
    const { contributor, zoneNames, ttlSeconds } = federation;
    const { name, domain } = hostNaming(read);
    if (contributor === undefined) throw new InputError('CONFIG', 'federation.contributor: needed');
    this.election = contributorElection(contributor);
    const logger = root.for('publish');
    const teller = new MemberTeller({
      statusOf: (cluster) => this.#registry.get(cluster)?.member.status,
      logger: root,
    });
    this.#registry = new MemberRegistry({
      settings: apiSettingsOf(members),
      readsHosts: members.ingresses.trim() !== '',
      labelNames: labelNamesOf(members.select),
      onHost: (cluster, host) => this.#source.serviceChanged(cluster, keyOfHost(host)),
      onService: (cluster, key) => this.#source.serviceChanged(cluster, key),
      onNodes: (cluster) => this.#source.memberChanged(cluster),
      onStatus: (cluster) => {
        teller.tell(cluster);
        this.#source.memberChanged(cluster);
      },
      onSkipped: (cluster, key, reason) => logger.warn('object skipped', { cluster, key, reason }),
    });
    const book = new ShardBook({
      controlPrefix: store.controlPrefix,
      contributor,
      isContribution: true,
    });
    const seen = new SeenMembers(this.#registry);
    const view = new FederationView({
      seen,
      book,
      naming: { federation: name, domain, zoneNames },
      ttlSeconds,
      allow: members.allow,
      suspectShare: members.suspectShare,
      probed: () => new Map(),
      onProblem: (cluster, reason) => logger.warn('member located in part', { cluster, reason }),
    });
    this.#source = new ContributingSource({
      registry: this.#registry,
      book,
      view,
      select: selectServices(members.select),
      selectHosts: selectHosts(members.ingresses),
      defaultPolicy: policiesOf(members),
      quota: new ServiceQuota({ book, seen, servicesMax: members.servicesMax, alarms, logger }),
      logger,
    });
    this.#members = new FollowedMembers({
      onChange: (specs, how) => {
        this.#source.replaceMembers(specs, how);
        teller.replace(specs.map(({ name }) => name));
      },
      logger: root.for('members'),
    });
    const registry = this.#registry;
    this.pages = [['GET /members', () => jsonPage(membersSeen({ registry, view }))]];
  }

  whyOf(): undefined {
    return undefined;
  }

  registerMetrics(registry: Registry): void {
    registerWatchMetrics(registry, this.#registry);
  }

  async wasPublished(): Promise<boolean> {
    return true;
  }

  async prepare(): Promise<void> {
    await this.#members.prepare(this.#read);
  }

  watch(): void {
    this.#members.start();
  }

  async start({ store, fence }: PublishPlace): Promise<undefined> {
    await this.#source.start({ store, fence });
  }

  pause(): Promise<void> {
    return this.#source.pause();
  }

  readAgain(read: ReadConfig): Promise<() => void> {
    return this.#members.readAgain(read);
  }

  async stop(): Promise<void> {
    await this.#members.stop();
    await this.#source.stop();
  }
}

/** Hosts below the domain are passed on; whoever publishes judges them again. Throws InputError. */
function hostNaming({ config }: ReadConfig): { name: string; domain: DomainName } {
  const { name = '', domain } = config.federation;
  if (config.members.ingresses.trim() !== '' && domain === undefined) {
    throw new InputError('CONFIG', 'federation.domain: needed where members.ingresses is set');
  }
  return { name, domain: domain === undefined ? ROOT : parseName(domain) };
}
