/** The member clusters wired to a store: registry, book, probes, host names, plan, writer. */

import type { Registry } from 'prom-client';
import { checkedLabel, globalName, keyOfHost, serviceOfKey } from '../../discovery/owner-names.ts';
import { InputError } from '../../dns/errors.ts';
import { type DomainName, parseName } from '../../dns/name.ts';
import { MemberRegistry } from '../../members/registry.ts';
import type { LookUpHost } from '../../probe/host-addresses.ts';
import { PROBE_DEFAULTS } from '../../probe/probe-settings.ts';
import { ThreadedProber } from '../../probe/threaded-prober.ts';
import { ShardBook } from '../../publish/book/shard-book.ts';
import { type AskText, Canary } from '../../publish/canary.ts';
import { ChangeFeed } from '../../publish/change-feed.ts';
import { ContributedMembers } from '../../publish/contributed/contributed-members.ts';
import { ContributorAbsence } from '../../publish/contributed/contributor-absence.ts';
import { MembersSource } from '../../publish/members/members-source.ts';
import { ShardProbes } from '../../publish/members/shard-probes.ts';
import { Propagation } from '../../publish/propagation.ts';
import {
  labelNamesOf,
  selectHosts,
  selectServices,
} from '../../publish/reports/select-services.ts';
import { FederationView } from '../../publish/seen/federation-view.ts';
import { SeenMembers } from '../../publish/seen/seen-members.ts';
import type { Alarms } from '../../runtime/alarms.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ControlKeys } from '../../store/control/control-keys.ts';
import { writeFallbacks } from '../../store/control/fallback-value.ts';
import type { RecordStore } from '../../store/record-store.ts';
import { RecordWriter } from '../../store/record-writer.ts';
import { FollowedMembers } from '../config/members/followed-members.ts';
import {
  apiSettingsOf,
  contributorsOf,
  gracesOf,
  policiesOf,
} from '../config/members/member-settings.ts';
import type { ReadConfig } from '../config/read-config.ts';
import { registerMemberMetrics } from '../control/members/member-metrics.ts';
import { detectionRoundMs } from '../control/members/status-page.ts';
import { MemberTeller } from './member-teller.ts';
import { publishingPages } from './publishing-pages.ts';
import type { PublishPlace, RecordSource } from './record-source.ts';
import { toldHostAddresses } from './told-host-addresses.ts';
import { whyLines } from './why-lines.ts';

/** What is asked of it. */
export interface Answering {
  /** Whether it answers from this revision of the store, within this time, ms. */
  readonly serves: (revision: number, limitMs: number) => Promise<boolean>;
  readonly ask: AskText;
}

export interface MembersPublishingOptions {
  /** The system's resolvers unless said. */
  readonly lookUp?: LookUpHost;
  readonly read: ReadConfig;
  readonly alarms: Alarms;
  readonly logger: Logger;
  /** The server that answers in this process. */
  readonly answering?: Answering;
}

export class MembersPublishing implements RecordSource {
  readonly domain: DomainName;
  readonly pages: RecordSource['pages'];
  readonly registry: MemberRegistry;
  readonly source: MembersSource;
  readonly #options: MembersPublishingOptions;
  readonly #federation: string;
  readonly #book: ShardBook;
  readonly #prober: ThreadedProber;
  readonly #probes: ShardProbes;
  readonly #members: FollowedMembers;
  readonly #feed = new ChangeFeed();
  readonly #propagation = new Propagation();

  /** Throws InputError. Starts nothing. */
  constructor(options: MembersPublishingOptions) {
    this.#options = options;
    const { config } = options.read;
    const { members, federation, store } = config;
    this.domain = parseName(said(federation.domain, 'federation.domain'));
    this.#federation = checkedLabel(said(federation.name, 'federation.name'), 'federation.name');
    const logger = options.logger.for('publish');
    this.#book = new ShardBook({
      controlPrefix: store.controlPrefix,
      contributor: federation.writer,
    });
    const teller = new MemberTeller({
      statusOf: (cluster) => this.registry.get(cluster)?.member.status,
      logger: options.logger,
      feed: this.#feed,
      onTurn: (cluster, turn) => this.#members.memberTurned(cluster, turn),
    });
    this.registry = this.#memberRegistry(teller, logger);
    this.#prober = new ThreadedProber({
      settings: { ...PROBE_DEFAULTS, ...members.probe },
      onVerdicts: (keys) => this.source.probesChanged(keys),
      alarms: options.alarms,
      logger,
    });
    this.#probes = new ShardProbes(this.#prober);
    const { contributed, absence } = this.#contributedMembers(logger);
    const seen = new SeenMembers(this.registry, contributed);
    const view = this.#viewMembers(seen, logger);
    this.source = new MembersSource({
      registry: this.registry,
      seen,
      contributed,
      absence,
      book: this.#book,
      view,
      hosts: toldHostAddresses(logger, (host) => this.source.hostChanged(host), options.lookUp),
      probes: this.#probes,
      select: selectServices(members.select),
      selectHosts: selectHosts(members.ingresses),
      fallbacks: federation.fallbacks,
      startPatienceMs: members.startPatienceSeconds * 1000,
      defaultPolicy: policiesOf(members),
      graces: gracesOf(members),
      detectionRoundMs: detectionRoundMs(members),
      servicesMax: members.servicesMax,
      alarms: options.alarms,
      propagation: this.#propagation,
      canary: this.#canary(),
      serves: options.answering?.serves,
      logger,
      feed: this.#feed,
    });
    options.alarms.onChange = (alarm, isOn) => this.#feed.tell({ kind: 'alarm', alarm, isOn });
    this.#members = new FollowedMembers({
      onChange: (specs, how) => {
        this.source.replaceMembers(specs, how);
        teller.replace(specs.map(({ name }) => name));
      },
      logger: options.logger.for('members'),
    });
    const { registry, source } = this;
    this.pages = publishingPages({
      ...{ registry, source, view, members, teller },
      book: this.#book,
      prober: this.#prober,
      propagation: this.#propagation,
      feed: this.#feed,
      alarms: options.alarms,
    });
  }

  #memberRegistry(teller: MemberTeller, logger: Logger): MemberRegistry {
    return new MemberRegistry({
      settings: apiSettingsOf(this.#options.read.config.members),
      readsHosts: this.#options.read.config.members.ingresses.trim() !== '',
      labelNames: labelNamesOf(this.#options.read.config.members.select),
      onService: (cluster, key) => this.source.serviceChanged(cluster, key),
      onHost: (cluster, host) => this.source.serviceChanged(cluster, keyOfHost(host)),
      onNodes: (cluster) => this.source.memberChanged(cluster),
      onCaused: (atMs) => this.#propagation.took('seen', Date.now() - atMs),
      onStatus: (cluster) => {
        teller.tell(cluster);
        this.source.memberChanged(cluster);
      },
      onSkipped: (cluster, key, reason) => logger.warn('object skipped', { cluster, key, reason }),
    });
  }

  #canary(): Canary | undefined {
    const { answering, alarms, read } = this.#options;
    const { federation, store } = read.config;
    if (answering === undefined || federation.canarySeconds === 0) return undefined;
    return new Canary({
      domain: this.domain,
      prefix: store.prefix,
      writer: federation.writer,
      periodMs: federation.canarySeconds * 1000,
      ask: answering.ask,
      propagation: this.#propagation,
      alarms,
    });
  }

  #contributedMembers(logger: Logger) {
    const { members, store } = this.#options.read.config;
    const { controlPrefix } = store;
    const forgetAfterMs = members.forgetContributorAfterSeconds * 1000;
    const contributed = new ContributedMembers({
      controlPrefix,
      contributors: contributorsOf(members),
      forgetAfterMs,
      onService: (cluster, key) => this.source.serviceChanged(cluster, key),
      onMember: (cluster) => this.source.contributedChanged(cluster),
      onProblem: (contributor, reason) =>
        logger.warn('contributor read in part', { key: contributor, reason }),
    });
    const absence = new ContributorAbsence({ contributed, controlPrefix, forgetAfterMs, logger });
    return { contributed, absence };
  }

  #viewMembers(seen: SeenMembers, logger: Logger): FederationView {
    const { federation, members } = this.#options.read.config;
    const { zoneNames, ttlSeconds } = federation;
    return new FederationView({
      seen,
      book: this.#book,
      naming: { federation: this.#federation, domain: this.domain, zoneNames },
      ttlSeconds,
      allow: members.allow,
      suspectShare: members.suspectShare,
      probed: () => this.#probes.byMember,
      onProblem: (cluster, reason) => logger.warn('member located in part', { cluster, reason }),
    });
  }

  get exampleName(): DomainName | undefined {
    const [key] = this.#book.keys();
    if (key === undefined) return undefined;
    const naming = { federation: this.#federation, domain: this.domain, zoneNames: 'nested' };
    return globalName(naming as Parameters<typeof globalName>[0], serviceOfKey(key));
  }

  whyOf(name: DomainName): readonly string[] | undefined {
    return whyLines(name, this.source.plans);
  }

  registerMetrics(registry: Registry): void {
    registerMemberMetrics(registry, {
      registry: this.registry,
      source: this.source,
      prober: this.#prober,
      propagation: this.#propagation,
    });
  }

  wasPublished(store: RecordStore): Promise<boolean> {
    return this.#book.isCompleteIn(store);
  }

  /** Throws InputError for what is wrong with the members' kubeconfigs. */
  async prepare(): Promise<void> {
    await this.#members.prepare(this.#options.read);
  }

  watch(): void {
    this.#members.start();
    this.#prober.start();
  }

  async start({ store, fence }: PublishPlace): Promise<number | undefined> {
    const { config } = this.#options.read;
    const { prefix, controlPrefix } = config.store;
    const { writer: name } = config.federation;
    const zones = [this.domain];
    const writer = new RecordWriter({
      store,
      prefix,
      writer: name,
      zones,
      controlPrefix,
      ...(fence && { fence }),
    });
    const key = new ControlKeys(controlPrefix).fallbacks(name);
    this.#members.writeConditions(true);
    return this.source.start({
      store,
      writer,
      fence,
      writeRules: (rules, how) => writeFallbacks({ store, fence, key }, rules, how),
    });
  }

  pause(): Promise<void> {
    this.#members.writeConditions(false);
    return this.source.pause();
  }

  /** Members are read again; those that did not change go on undisturbed. */
  readAgain(read: ReadConfig): Promise<() => void> {
    return this.#members.readAgain(read);
  }

  async stop(): Promise<void> {
    await this.#members.stop();
    await this.source.stop();
    await this.#prober.stop();
  }
}

function said(text: string | undefined, setting: string): string {
  if (text !== undefined) return text;
  throw new InputError('CONFIG', `${setting}: needed where members are configured`);
}
