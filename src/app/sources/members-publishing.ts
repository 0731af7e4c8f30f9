/** The member clusters wired to a store: registry, book, probes, host names, plan, writer. */

import type { Registry } from 'prom-client';
import { checkedLabel, globalName } from '../../discovery/owner-names.ts';
import { InputError } from '../../dns/errors.ts';
import { type DomainName, parseName } from '../../dns/name.ts';
import { Membership, type MembershipSources } from '../../members/membership.ts';
import { MemberRegistry } from '../../members/registry.ts';
import { AddressProber, PROBE_DEFAULTS } from '../../probe/address-prober.ts';
import { HostAddresses, type LookUpHost, resolverLookUp } from '../../probe/host-addresses.ts';
import { ShardBook } from '../../publish/book/shard-book.ts';
import { type AskText, Canary } from '../../publish/canary.ts';
import { ContributedMembers } from '../../publish/contributed/contributed-members.ts';
import { ContributorAbsence } from '../../publish/contributed/contributor-absence.ts';
import { FederationView } from '../../publish/members/federation-view.ts';
import { MembersSource } from '../../publish/members/members-source.ts';
import { SeenMembers } from '../../publish/members/seen-members.ts';
import { selectServices } from '../../publish/members/select-services.ts';
import { ShardProbes } from '../../publish/members/shard-probes.ts';
import { Propagation } from '../../publish/propagation.ts';
import type { Alarms } from '../../runtime/alarms.ts';
import type { Logger } from '../../runtime/logger.ts';
import { RateLimited } from '../../runtime/rate-limited.ts';
import { ControlKeys } from '../../store/control/control-keys.ts';
import { writeFallbacks } from '../../store/control/fallback-value.ts';
import type { RecordStore } from '../../store/record-store.ts';
import { RecordWriter } from '../../store/record-writer.ts';
import { apiSettingsOf, contributorsOf, gracesOf, policiesOf } from '../config/member-settings.ts';
import { readMembership } from '../config/member-specs.ts';
import type { ReadConfig } from '../config/read-config.ts';
import { jsonPage } from '../control/json-page.ts';
import { registerMemberMetrics } from '../control/member-metrics.ts';
import { memberPages } from '../control/member-pages.ts';
import { detectionRoundMs, statusOf } from '../control/status-page.ts';
import { MemberTeller } from './member-teller.ts';
import type { PublishPlace, RecordSource } from './record-source.ts';
import { whyLines } from './why-lines.ts';

/** Failures of one kind are told this often, ms. */
const HOST_LOG_INTERVAL_MS = 10_000;

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
  readonly #prober: AddressProber;
  readonly #probes: ShardProbes;
  readonly #membership: Membership;
  readonly #propagation = new Propagation();
  #sources: MembershipSources = { listed: [], host: undefined };

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
    this.registry = this.#memberRegistry(logger);
    this.#prober = new AddressProber({
      settings: { ...PROBE_DEFAULTS, ...members.probe },
      onVerdict: (key) => this.source.probeChanged(key),
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
      hosts: this.#hostAddresses(logger),
      probes: this.#probes,
      select: selectServices(members.select),
      fallbacks: federation.fallbacks,
      startPatienceMs: members.startPatienceSeconds * 1000,
      defaultPolicy: policiesOf(members),
      graces: gracesOf(members),
      detectionRoundMs: detectionRoundMs(members),
      alarms: options.alarms,
      propagation: this.#propagation,
      canary: this.#canary(),
      serves: options.answering?.serves,
      logger,
    });
    this.#membership = new Membership({
      onChange: (specs, how) => this.source.replaceMembers(specs, how),
      onProblem: (object, reason) =>
        logger.warn('host cluster read in part', { key: object, reason }),
    });
    const { source, registry } = this;
    const page = () =>
      statusOf({
        alarms: options.alarms,
        view,
        source,
        book: this.#book,
        members,
        propagation: this.#propagation,
      });
    this.pages = [
      ...memberPages({ registry, view, source }),
      ['GET /status', () => jsonPage(page())],
    ];
  }

  #memberRegistry(logger: Logger): MemberRegistry {
    const teller = new MemberTeller(
      this.#options.logger,
      (cluster) => this.registry.get(cluster)?.member.status,
    );
    return new MemberRegistry({
      settings: apiSettingsOf(this.#options.read.config.members),
      onService: (cluster, key) => this.source.serviceChanged(cluster, key),
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
      onProblem: (contributor, reason) => logger.warn('contributor', { key: contributor, reason }),
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
      suspectShare: members.suspectShare,
      probed: () => this.#probes.byMember,
      onProblem: (cluster, reason) => logger.warn('member located in part', { cluster, reason }),
    });
  }

  get exampleName(): DomainName | undefined {
    const [key] = this.#book.keys();
    if (key === undefined) return undefined;
    const [namespace = '', objectName = ''] = key.split('/');
    const naming = { federation: this.#federation, domain: this.domain, zoneNames: 'nested' };
    return globalName(naming as Parameters<typeof globalName>[0], { namespace, objectName });
  }

  whyOf(name: DomainName): readonly string[] | undefined {
    return whyLines(name, this.source.plans);
  }

  registerMetrics(registry: Registry): void {
    registerMemberMetrics(registry, {
      registry: this.registry,
      plans: this.source.plans,
      prober: this.#prober,
      propagation: this.#propagation,
    });
  }

  wasPublished(store: RecordStore): Promise<boolean> {
    return this.#book.isCompleteIn(store);
  }

  /** Throws InputError for what is wrong with the members' kubeconfigs. */
  async prepare(): Promise<void> {
    this.#sources = await readMembership(this.#options.read);
  }

  watch(): void {
    this.#membership.replace(this.#sources);
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
    return this.source.start({
      store,
      writer,
      fence,
      writeRules: (rules, how) => writeFallbacks({ store, fence, key }, rules, how),
    });
  }

  pause(): Promise<void> {
    return this.source.pause();
  }

  /** Members are read again; those that did not change go on undisturbed. */
  async readAgain(read: ReadConfig): Promise<() => void> {
    const sources = await readMembership(read);
    return () => {
      this.#sources = sources;
      this.#membership.replace(sources);
    };
  }

  async stop(): Promise<void> {
    await this.#membership.stop();
    await this.source.stop();
    await this.#prober.stop();
  }

  #hostAddresses(logger: Logger): HostAddresses {
    // Thousands of names may fail for one reason, a resolver that is away: one line tells of it.
    const complaints = new RateLimited(HOST_LOG_INTERVAL_MS);
    return new HostAddresses({
      lookUp: this.#options.lookUp ?? resolverLookUp(),
      onChange: (host) => this.source.hostChanged(host),
      onFailure: (host, reason) =>
        complaints.run(reason.replaceAll(host, ''), (others) =>
          logger.warn('host name not resolved, last good addresses stay', {
            address: host,
            reason,
            count: others + 1,
          }),
        ),
    });
  }
}

function said(text: string | undefined, setting: string): string {
  if (text !== undefined) return text;
  throw new InputError('CONFIG', `${setting}: needed where members are configured`);
}
