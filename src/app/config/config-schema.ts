/**
 * The configuration, as one schema: what exists, its bounds, its defaults. Flags, FEDNS_*
 * variables and the YAML file all lead here (read-config.ts).
 */

import { z } from 'zod';
import {
  SERVED_TTL_SECONDS_MAX,
  UDP_OCTETS_DEFAULT,
  UDP_OCTETS_MAX,
  UDP_OCTETS_WITHOUT_EDNS,
} from '../../dns/limits.ts';
import { CANARY_SECONDS } from '../../publish/limits.ts';
import { LOG_LEVELS } from '../../runtime/logger.ts';
import {
  TCP_CONNECTIONS_MAX,
  TCP_CONNECTIONS_PER_ADDRESS_MAX,
  TCP_IDLE_MS,
} from '../../serve/answering/limits.ts';
import { ANSWERING_THREADS_DEFAULT, ANSWERING_THREADS_MAX } from '../../serve/limits.ts';
import { HOST, MEMBERS } from './members/members-schema.ts';
import { address, list, network, writerName } from './schema-words.ts';

/** A URL is printed and logged, so no secret may stand in it. */
const etcdUrl = z.url({ error: 'not a URL' }).refine((url) => !/^[a-z]+:\/\/[^/]*@/i.test(url), {
  error: 'no user in a URL: store.user and store.passwordFile say it',
});

const ZONE = z.union([
  z.string().min(1),
  z.strictObject({
    /** A domain name, or a network in CIDR form for its reverse zone. */
    apex: z.string().min(1),
    /** RFC 1035 zone file with static records, relative to the configuration file. */
    file: z.string().min(1).optional(),
    /** How `/skydns` keys are read: owner names, or CoreDNS's whole subtree. */
    mode: z.enum(['owner', 'subtree']).default('owner'),
  }),
]);

const STORE = z.strictObject({
  kind: z.enum(['memory', 'file', 'etcd']).default('file'),
  /** Records (file store), snapshot and local socket rest here. */
  folder: z.string().min(1).default('./fedns-state'),
  prefix: z.string().min(1).default('/skydns'),
  /** Our own keys: fence, holds, markers. */
  controlPrefix: z.string().min(1).default('/fedns'),
  /** etcd only: every key lies below this, as with etcdctl's namespaces. */
  namespace: z.string().default(''),
  urls: list(etcdUrl).default(['http://127.0.0.1:2379']),
  caFile: z.string().optional(),
  certFile: z.string().optional(),
  keyFile: z.string().optional(),
  serverName: z.string().optional(),
  user: z.string().optional(),
  passwordFile: z.string().optional(),
  staleAfterSeconds: z.number().positive().default(300),
  snapshotMaxAgeSeconds: z
    .number()
    .positive()
    .default(7 * 86_400),
  syncPatienceSeconds: z.number().positive().default(10),
  auditSeconds: z.number().positive().default(240),
});

const ANSWERS = z.strictObject({
  order: z.enum(['rotate', 'shuffle', 'fixed']).default('rotate'),
  udpOctetsMax: z
    .int()
    .min(UDP_OCTETS_WITHOUT_EDNS)
    .max(UDP_OCTETS_MAX)
    .default(UDP_OCTETS_DEFAULT),
  /** Records served of one owner and type; as many as fit into 64 KB unless said. */
  recordsMax: z.int().min(1).default(65_535),
  nsid: z.string().max(128).default(''),
  /** Hexadecimal secrets of 16 octets, one a line: current, then previous. Reread on SIGHUP. */
  cookieSecretsFile: z.string().optional(),
  /** Networks whose clients may ask `TXT _why.<name>`, beside loopback. */
  whyClients: list(network).default([]),
  threads: z.int().min(2).max(ANSWERING_THREADS_MAX).default(ANSWERING_THREADS_DEFAULT),
});

const RATE_LIMIT = z.strictObject({
  /** Answers a second for one client prefix, name and kind of answer; 0: no limit. */
  answersPerSecond: z.number().min(0).default(1000),
  burstSeconds: z.number().positive().default(2),
  /** Networks never limited: your resolvers. */
  exempt: list(network).default([]),
});

const TCP = z.strictObject({
  connectionsMax: z.int().min(1).default(TCP_CONNECTIONS_MAX),
  connectionsPerAddressMax: z.int().min(1).default(TCP_CONNECTIONS_PER_ADDRESS_MAX),
  idleMs: z.int().min(1000).default(TCP_IDLE_MS),
});

const FEDERATION = z.strictObject({
  /** Its name and domain where members are the source; a shards file says its own. */
  name: z.string().min(1).optional(),
  domain: z.string().min(1).optional(),
  zoneNames: z.enum(['nested', 'flat', 'both']).default('nested'),
  /** Aliases of empty levels: records that every reader sees, or rules that only we apply. */
  fallbacks: z.enum(['stored', 'synthesised']).default('stored'),
  /** Where neither a service nor its federation says a TTL. */
  ttlSeconds: z.int().min(1).max(SERVED_TTL_SECONDS_MAX).default(180),
  /** Name under which our records are owned in a shared store. */
  writer: writerName.default('fedns'),
  /** A record of ours changes, and is asked for, this often; 0: never. */
  canarySeconds: z.number().min(0).default(CANARY_SECONDS),
  /** What we see is stored under this name, for another to publish. */
  contributor: writerName.optional(),
});

const CONTROL_PLANE = z.strictObject({
  /** Where it is said, `fedns controller` runs the federation's loops over this host cluster. */
  host: HOST.optional(),
  /** ServiceDNSRecords and IngressDNSRecords of the host become names of our store, too. */
  publishRecords: z.boolean().default(false),
  /**
   * TTL of names that other processes answer from members' Services and Ingresses: a workload that is
   * moved leaves these first. That of the federation where this process watches members itself.
   */
  servedTtlSeconds: z.int().min(1).max(SERVED_TTL_SECONDS_MAX).optional(),
});

/** A name of an object of the host, as DNS-1123 subdomain. */
const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, { error: 'not the name of an object' });

/** `fedns webhook`; its host cluster is that of `controlPlane`. */
const WEBHOOK = z.strictObject({
  /** ADDRESS:PORT of HTTPS. */
  listen: z.string().default('*:8443'),
  /** tls.crt and tls.key of others; without it the certificate is made, and kept in `secret`. */
  certDir: z.string().min(1).optional(),
  secret: objectName.default('fedns-webhook-certificate'),
  /** By which the API server calls us: SERVICE.NAMESPACE.svc. */
  service: objectName.default('fedns-webhook'),
  /** Further names and addresses that the certificate is good for. */
  names: list(z.union([address, objectName])).default([]),
  validatingConfiguration: objectName.default('validation.core.kubefed.io'),
  mutatingConfiguration: objectName.default('mutation.core.kubefed.io'),
  /** User names whose writes always pass: our controllers'. Our own where none is said. */
  accounts: list(z.string().min(1)).default([]),
});

const ADMIN = z.strictObject({
  /** `none`, or ADDRESS:PORT for /health, /ready and /metrics. */
  listen: z.string().default('127.0.0.1:9153'),
  corednsNames: z.boolean().default(false),
});

export const CONFIG = z.strictObject({
  listen: list(z.string().min(1)).default(['127.0.0.1:5353']),
  zones: list(ZONE).default([]),
  /** Our own addresses, for zones without NS. */
  advertise: list(address).default([]),
  shardsFile: z.string().min(1).optional(),
  members: MEMBERS.prefault({}),
  controlPlane: CONTROL_PLANE.prefault({}),
  webhook: WEBHOOK.prefault({}),
  store: STORE.prefault({}),
  answers: ANSWERS.prefault({}),
  rateLimit: RATE_LIMIT.prefault({}),
  tcp: TCP.prefault({}),
  federation: FEDERATION.prefault({}),
  admin: ADMIN.prefault({}),
  log: z.strictObject({ level: z.enum(LOG_LEVELS).default('info') }).prefault({}),
});

export type Config = z.infer<typeof CONFIG>;
export type ConfigInput = z.input<typeof CONFIG>;

/** Whether member clusters are the source of records. */
export function watchesMembers({ members }: Pick<Config, 'members'>): boolean {
  const { list: listed, folder, host, contributors } = members;
  const hasOwn = listed.length > 0 || folder !== undefined || host !== undefined;
  return hasOwn || contributors.length > 0;
}

/** Names of the host's records are ours too, beside those of shards, and told from them. */
export function hostRecordsWriter({ federation }: Pick<Config, 'federation'>): string {
  return `${federation.writer}-records`;
}

export interface ConfigLeaf {
  /** `store.folder`; also the YAML path. */
  readonly path: string;
  /** `--store-folder`. */
  readonly flag: string;
  /** `FEDNS_STORE_FOLDER`. */
  readonly variable: string;
  readonly kind: 'text' | 'number' | 'boolean' | 'list';
  /** All the values there are, where they are words. */
  readonly choices: readonly string[];
}

/** Every setting that flags and variables can name; derived, so that none can be forgotten. */
export function configLeaves(): ConfigLeaf[] {
  return leavesOf(CONFIG, []);
}

function leavesOf(schema: z.ZodType, path: readonly string[]): ConfigLeaf[] {
  const bare = unwrapped(schema);
  if (bare instanceof z.ZodObject) {
    return Object.entries(bare.shape).flatMap(([key, part]) =>
      part instanceof z.ZodType ? leavesOf(part, [...path, key]) : [],
    );
  }
  const words = path.flatMap((part) => part.split(/(?=[A-Z])/)).map((word) => word.toLowerCase());
  const kind =
    bare instanceof z.ZodArray
      ? 'list'
      : bare instanceof z.ZodBoolean
        ? 'boolean'
        : bare instanceof z.ZodNumber
          ? 'number'
          : 'text';
  const variable = `FEDNS_${words.join('_').toUpperCase()}`;
  const choices = bare instanceof z.ZodEnum ? bare.options.map(String) : [];
  return [{ path: path.join('.'), flag: `--${words.join('-')}`, variable, kind, choices }];
}

function unwrapped(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional
  ) {
    const inner = schema.unwrap();
    return inner instanceof z.ZodType ? unwrapped(inner) : schema;
  }
  return schema;
}
