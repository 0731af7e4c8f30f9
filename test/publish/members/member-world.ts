/**
 * Members played by faulty APIs, watched by the real publishing side into a memory store: for
 * tests of what is published, restarts of ours included.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../src/app/config/read-config.ts';
import { MembersPublishing } from '../../../src/app/members-publishing.ts';
import { describeContent } from '../../../src/discovery/explain.ts';
import { formatName, parseName } from '../../../src/dns/name.ts';
import { Alarms } from '../../../src/runtime/alarms.ts';
import type { LogFields } from '../../../src/runtime/log-keys.ts';
import type { Logger } from '../../../src/runtime/logger.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { RecordWriter } from '../../../src/store/record-writer.ts';
import { waitUntil } from '../../lab/process.ts';
import { FaultyApi } from '../../support/faulty-api.ts';

const SERVICES = '/api/v1/services';
const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';
const NODES = '/api/v1/nodes';
const MCS = '/apis/multicluster.x-k8s.io/v1alpha1';
const EXPORTS = `${MCS}/serviceexports`;

/** One member: what it holds is put as a person would say it. */
class FakeMember {
  readonly api = new FaultyApi([SERVICES, SLICES, NODES, EXPORTS]);
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** `address` undefined: a node that says none; `isReady` undefined: nor whether it is. */
  node(name: string, region: string, zone: string, address?: string, isReady?: boolean): void {
    const labels = { 'topology.kubernetes.io/region': region, 'topology.kubernetes.io/zone': zone };
    const addresses = address === undefined ? [] : [{ type: 'InternalIP', address }];
    const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False' }];
    this.api.at(NODES).put(name, { metadata: { labels }, status: { addresses, conditions } });
  }

  /** What is behind a headless Service, or which nodes have something of it. */
  endpoints(key: string, given: readonly { address?: string; node?: string }[]): void {
    const [namespace, name] = key.split('/');
    const labels = { 'kubernetes.io/service-name': name, 'service.kubernetes.io/headless': '' };
    const endpoints = given.map(({ address, node: nodeName }) => ({
      addresses: address === undefined ? [] : [address],
      nodeName,
      conditions: { ready: true },
    }));
    this.api.at(SLICES).put(`${namespace}/${name}-1`, { metadata: { labels }, endpoints });
  }

  /** `ready` undefined: no slice at all. */
  service(
    key: string,
    addresses: readonly string[],
    more: {
      ready?: number;
      annotations?: Record<string, string>;
      type?: string;
      spec?: object;
    } = {},
  ): void {
    const { ready = 1, annotations = {}, type = 'LoadBalancer', spec = {} } = more;
    // A name has a letter beyond those of hexadecimal numbers.
    const ingress = addresses.map((one) => (/[g-z]/.test(one) ? { hostname: one } : { ip: one }));
    const status = { loadBalancer: { ingress } };
    this.api.at(SERVICES).put(key, { metadata: { annotations }, spec: { type, ...spec }, status });
    this.ready(key, ready);
  }

  ready(key: string, count: number): void {
    const [namespace, name] = key.split('/');
    const labels = { 'kubernetes.io/service-name': name };
    const endpoints = Array.from({ length: count }, () => ({ conditions: { ready: true } }));
    this.api.at(SLICES).put(`${namespace}/${name}-1`, { metadata: { labels }, endpoints });
  }

  /** From now on it has the API of ServiceExports. */
  hasExports(): void {
    this.api.texts.set(MCS, JSON.stringify({ resources: [{ name: 'serviceexports' }] }));
  }

  /** Nothing can be learnt of it: every question after it is an error. */
  hidesExports(): void {
    this.api.texts.set(MCS, 'no JSON');
  }

  export(key: string): void {
    this.api.at(EXPORTS).put(key);
  }

  unexport(key: string): void {
    this.api.at(EXPORTS).remove(key);
  }

  remove(key: string): void {
    this.api.at(SERVICES).remove(key);
  }
}

export interface Told {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

export class MemberWorld {
  readonly members: ReadonlyMap<string, FakeMember>;
  readonly store = new MemoryStore();
  readonly log: Told[] = [];
  /** Host name -> addresses; any other name fails. */
  readonly hosts = new Map<string, readonly string[]>();
  readonly #folder = mkdtempSync(join(tmpdir(), 'fedns-members-'));
  #settings: Record<string, unknown> = {};
  #running: MembersPublishing | undefined;

  constructor(names: readonly string[]) {
    this.members = new Map(names.map((name) => [name, new FakeMember(name)]));
  }

  member(name: string): FakeMember {
    const member = this.members.get(name);
    if (member === undefined) throw new Error(`no member ${name}`);
    return member;
  }

  get running(): MembersPublishing {
    if (this.#running === undefined) throw new Error('not started');
    return this.#running;
  }

  /** Starts the members that do not run yet. */
  async open(): Promise<void> {
    for (const { api } of this.members.values()) await api.start();
  }

  /**
   * Our process: from now on these members are joined. `settings` go into `members`, but for
   * `placed`: region and zones that a person says of each.
   */
  async start(
    settings: Record<string, unknown> = {},
    joined = [...this.members.keys()],
  ): Promise<void> {
    this.#settings = settings;
    const logger = recorder(this.log);
    this.#running = new MembersPublishing({
      read: this.#read(joined),
      alarms: new Alarms(logger),
      logger,
      lookUp: async (host) => {
        const addresses = this.hosts.get(host);
        if (addresses === undefined) throw new Error(`${host}: no resolver answers`);
        return { addresses, ttlSeconds: 60 };
      },
    });
    await this.#running.prepare();
    this.#running.watch();
    await this.#running.start({ store: this.store, fence: undefined });
  }

  /** SIGHUP; with the same settings unless given. */
  reload(joined: readonly string[], settings = this.#settings): Promise<void> {
    this.#settings = settings;
    return this.running.reload(this.#read(joined));
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    for (const { api } of this.members.values()) await api.stop().catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Name (below the domain) -> content, as it rests in the store. */
  async published(): Promise<Record<string, string>> {
    const writer = new RecordWriter({
      store: this.store,
      prefix: '/skydns',
      writer: 'fedns',
      zones: [parseName('example.')],
    });
    const owners = await writer.load();
    return Object.fromEntries(
      [...owners]
        .map(([owner, rrsets]) => [
          formatName(owner)
            .replace(/\.fed\.svc\.?/, ' ')
            .replace(/\.?example\.$/, ''),
          describeContent(rrsets).replaceAll('.fed.svc.', ' '),
        ])
        .sort(),
    );
  }

  async settles(name: string, want: string | undefined, limitMs = 5000): Promise<void> {
    let last: string | undefined;
    await waitUntil(
      `${name}: ${want}`,
      async () => {
        last = (await this.published())[name];
        return last === want;
      },
      limitMs,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${last}`);
    });
  }

  #read(joined: readonly string[]) {
    const { placed = {}, ...settings } = this.#settings;
    const list = joined.map((name) => {
      const kubeconfig = join(this.#folder, `${name}.json`);
      writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(this.member(name))));
      return { name, kubeconfig, allow: ['192.0.2.0/24', '2001:db8::/32'], ...(placed as object) };
    });
    const file = join(this.#folder, 'fedns.json');
    const quick = { startPatienceSeconds: 3, api: { periodMs: 100, timeoutMs: 100, fall: 2 } };
    writeFileSync(
      file,
      JSON.stringify({
        federation: { name: 'fed', domain: 'example' },
        members: { list, select: 'load-balancers', ...quick, ...settings },
      }),
    );
    return readConfig({ file, environment: {}, flags: new Map() });
  }
}

function kubeconfigOf({ api, name }: FakeMember): object {
  const server = `http://127.0.0.1:${api.port}`;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
}

function recorder(log: Told[]): Logger {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      log.push({ level, message, fields });
    };
  const logger: Logger = {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: () => undefined,
    for: () => logger,
    setLevel: () => undefined,
    level: 'info',
  };
  return logger;
}
