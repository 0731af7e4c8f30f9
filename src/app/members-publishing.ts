/** The member clusters wired to a store: registry, book, probes, host names, plan, writer. */

import type { Registry } from 'prom-client';
import type { LivenessGraces } from '../discovery/health/liveness.ts';
import { checkedLabel, globalName, keyOfHost } from '../discovery/owner-names.ts';
import { InputError } from '../dns/errors.ts';
import { type DomainName, parseName } from '../dns/name.ts';
import { Membership, type MembershipSources } from '../members/membership.ts';
import { MemberRegistry } from '../members/registry.ts';
import { AddressProber, PROBE_DEFAULTS } from '../probe/address-prober.ts';
import { HostAddresses, type LookUpHost, resolverLookUp } from '../probe/host-addresses.ts';
import { FederationView } from '../publish/members/federation-view.ts';
import { MembersSource } from '../publish/members/members-source.ts';
import { selectHosts, selectServices } from '../publish/members/select-services.ts';
import { ShardBook } from '../publish/members/shard-book.ts';
import { ShardProbes } from '../publish/members/shard-probes.ts';
import type { Alarms } from '../runtime/alarms.ts';
import type { Logger } from '../runtime/logger.ts';
import { RateLimited } from '../runtime/rate-limited.ts';
import { ControlKeys } from '../store/control/control-keys.ts';
import { writeFallbacks } from '../store/control/fallback-value.ts';
import type { RecordStore } from '../store/record-store.ts';
import { RecordWriter } from '../store/record-writer.ts';
import { readMembership } from './config/member-specs.ts';
import type { ReadConfig } from './config/read-config.ts';
import { jsonPage } from './control/json-page.ts';
import { registerMemberMetrics } from './control/member-metrics.ts';
import { memberPages } from './control/member-pages.ts';
import { detectionRoundMs, statusOf } from './control/status-page.ts';
import type { PublishPlace, RecordSource } from './record-source.ts';

/** Failures of one kind are told this often, ms. */
const HOST_LOG_INTERVAL_MS = 10_000;

export interface MembersPublishingOptions {
  /** The system's resolvers unless said. */
  readonly lookUp?: LookUpHost;
  readonly read: ReadConfig;
  readonly alarms: Alarms;
  readonly logger: Logger;
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
  #sources: MembershipSources = { listed: [], host: undefined };
  /** Cluster -> state last told. */
  readonly #toldOf = new Map<string, string>();

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
    const { api, probe } = members;
    this.registry = new MemberRegistry({
      settings: {
        probePeriodMs: api.periodMs,
        probeTimeoutMs: api.timeoutMs,
        probeFall: api.fall,
        probeRise: api.rise,
        watchSilenceMs: api.silenceMs,
      },
      readsHosts: members.ingresses.trim() !== '',
      onService: (cluster, key) => this.source.serviceChanged(cluster, key),
      onHost: (cluster, host) => this.source.serviceChanged(cluster, keyOfHost(host)),
      onNodes: (cluster) => this.source.memberChanged(cluster),
      onStatus: (cluster) => {
        this.#tellStatus(cluster);
        this.source.memberChanged(cluster);
      },
      onSkipped: (cluster, key, reason) => logger.warn('object skipped', { cluster, key, reason }),
    });
    this.#prober = new AddressProber({
      settings: { ...PROBE_DEFAULTS, ...probe },
      onVerdict: (key) => this.source.probeChanged(key),
    });
    this.#probes = new ShardProbes(this.#prober);
    const view = this.#viewMembers(logger);
    this.source = new MembersSource({
      registry: this.registry,
      book: this.#book,
      view,
      hosts: this.#hostAddresses(logger),
      probes: this.#probes,
      select: selectServices(members.select),
      selectHosts: selectHosts(members.ingresses),
      fallbacks: federation.fallbacks,
      startPatienceMs: members.startPatienceSeconds * 1000,
      whenUnreachable: members.whenUnreachable,
      graces: gracesOf(members),
      detectionRoundMs: detectionRoundMs(members),
      servicesMax: members.servicesMax,
      alarms: options.alarms,
      logger,
    });
    this.#membership = new Membership({
      onChange: (specs, how) => this.source.replaceMembers(specs, how),
      onProblem: (object, reason) =>
        logger.warn('host cluster read in part', { key: object, reason }),
    });
    const { source, registry } = this;
    const page = () =>
      statusOf({ alarms: options.alarms, view, source, book: this.#book, members });
    this.pages = [
      ...memberPages({ registry, view, source }),
      ['GET /status', () => jsonPage(page())],
    ];
  }

  #viewMembers(logger: Logger): FederationView {
    const { federation, members } = this.#options.read.config;
    const { zoneNames, ttlSeconds } = federation;
    return new FederationView({
      registry: this.registry,
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

  registerMetrics(registry: Registry): void {
    registerMemberMetrics(registry, {
      registry: this.registry,
      source: this.source,
      prober: this.#prober,
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
      writeRules: (rules) => writeFallbacks({ store, fence, key }, rules),
    });
  }

  pause(): Promise<void> {
    return this.source.pause();
  }

  /** Members are read again; those that did not change go on undisturbed. */
  async reload(read: ReadConfig): Promise<void> {
    this.#sources = await readMembership(read);
    this.#membership.replace(this.#sources);
  }

  async stop(): Promise<void> {
    await this.#membership.stop();
    await this.source.stop();
    await this.#prober.stop();
  }

  #tellStatus(cluster: string): void {
    const logger = this.#options.logger.for('members');
    const { api, hasSynced, reason } = this.registry.get(cluster)?.member.status ?? {
      api: 'lost',
      hasSynced: false,
      reason: 'left',
    };
    const state = hasSynced ? api : 'not read yet';
    if (this.#toldOf.get(cluster) === state) return;
    this.#toldOf.set(cluster, state);
    if (state === 'fresh') logger.info('member fresh', { cluster });
    else if (hasSynced) {
      logger.warn('member lost, what it said last stays', { cluster, reason: reason ?? '' });
    }
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

function gracesOf(members: ReadConfig['config']['members']): LivenessGraces {
  const graceMs = (seconds: number | 'never') =>
    seconds === 'never' ? Number.POSITIVE_INFINITY : seconds * 1000;
  return {
    lostMs: graceMs(members.lostGraceSeconds),
    unknownMs: graceMs(members.unknownGraceSeconds),
    deathMs: graceMs(members.deathGraceSeconds),
  };
}

function said(text: string | undefined, setting: string): string {
  if (text !== undefined) return text;
  throw new InputError('CONFIG', `${setting}: needed where members are configured`);
}
