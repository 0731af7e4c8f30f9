/**
 * Members played by faulty APIs, watched by the real publishing side into a memory store: for
 * tests of what is published, restarts of ours included.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../src/app/config/read-config.ts';
import { MembersContributing } from '../../../src/app/sources/members-contributing.ts';
import { MembersPublishing } from '../../../src/app/sources/members-publishing.ts';
import { describeContent } from '../../../src/discovery/explain.ts';
import { formatName, parseName } from '../../../src/dns/name.ts';
import { Alarms } from '../../../src/runtime/alarms.ts';
import type { LogFields } from '../../../src/runtime/log-keys.ts';
import type { Logger } from '../../../src/runtime/logger.ts';
import { Leadership } from '../../../src/store/control/leadership.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { RecordWriter } from '../../../src/store/record-writer.ts';
import { waitUntil } from '../../lab/process.ts';
import { FakeMember } from './fake-member.ts';

type Contributing = { readonly source: MembersContributing; readonly leadership: Leadership };

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
  /** Member -> what a person says of where it is, and of its networks. */
  readonly places = new Map<string, { readonly region?: string; readonly zones?: string[] }>();
  readonly allow = new Map<string, string[]>();
  readonly #folder = mkdtempSync(join(tmpdir(), 'fedns-members-'));
  #settings: Record<string, unknown> = {};
  #federation: Record<string, unknown> = {};
  readonly #contributing = new Map<string, Contributing>();
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
    federation: Record<string, unknown> = {},
  ): Promise<void> {
    this.#federation = federation;
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
  async reload(joined: readonly string[], settings = this.#settings): Promise<void> {
    this.#settings = settings;
    const take = await this.running.readAgain(this.#read(joined));
    take();
  }

  /** Another process: watches these members for us, under this name. */
  async contribute(
    name: string,
    joined: readonly string[] = [name],
    settings: Record<string, unknown> = {},
  ): Promise<void> {
    const logger = recorder(this.log);
    const source = new MembersContributing({
      read: this.#read(joined, { contributor: name }, settings),
      alarms: new Alarms(logger),
      logger,
    });
    await source.prepare();
    source.watch();
    const leadership = new Leadership({
      store: this.store,
      controlPrefix: '/fedns',
      name: source.election,
      holder: 'test',
      beatMs: 300,
      onElected: (fence) => void source.start({ store: this.store, fence }),
      onLost: () => undefined,
    });
    leadership.start();
    this.#contributing.set(name, { source, leadership });
  }

  /** SIGHUP to it: watches just these from now on. */
  async recontribute(name: string, joined: readonly string[]): Promise<void> {
    const read = this.#read(joined, { contributor: name });
    const take = await this.#contributing.get(name)?.source.readAgain(read);
    take?.();
  }

  /** It is gone, and says nothing of that. */
  async withdraw(name: string): Promise<void> {
    const { source, leadership } = this.#contributing.get(name) ?? {};
    this.#contributing.delete(name);
    await leadership?.stop();
    await source?.stop();
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    for (const name of [...this.#contributing.keys()]) await this.withdraw(name);
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

  kubeconfigText(name: string): string {
    return JSON.stringify(kubeconfigOf(this.member(name)));
  }

  #read(
    joined: readonly string[],
    federation: Record<string, unknown> = this.#federation,
    settings: Record<string, unknown> = this.#settings,
  ) {
    const list = joined.map((name) => {
      const kubeconfig = join(this.#folder, `${name}.json`);
      writeFileSync(kubeconfig, this.kubeconfigText(name));
      const allow = this.allow.get(name) ?? ['192.0.2.0/24', '2001:db8::/32'];
      return { name, kubeconfig, allow, ...this.places.get(name) };
    });
    const file = join(this.#folder, 'fedns.json');
    const quick = { startPatienceSeconds: 3, api: { periodMs: 100, timeoutMs: 100, fall: 2 } };
    writeFileSync(
      file,
      JSON.stringify({
        federation: { name: 'fed', domain: 'example', ...federation },
        members: {
          list,
          select: 'load-balancers',
          ...quick,
          ...settings,
        },
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
