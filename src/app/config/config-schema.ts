/**
 * The configuration, as one schema: what exists, its bounds, its defaults. Flags, FEDNS_*
 * variables and the YAML file all lead here (read-config.ts).
 */

import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { WHEN_UNREACHABLE } from '../../discovery/health/liveness.ts';
import {
  SERVED_TTL_SECONDS_MAX,
  UDP_OCTETS_DEFAULT,
  UDP_OCTETS_MAX,
  UDP_OCTETS_WITHOUT_EDNS,
} from '../../dns/limits.ts';
import {
  API_PROBE_FALL,
  API_PROBE_PERIOD_MS,
  API_PROBE_RISE,
  API_PROBE_TIMEOUT_MS,
  WATCH_SILENCE_MS,
} from '../../members/limits.ts';
import { MEMBER_SERVICES_MAX, MEMBERS_PATIENCE_MS } from '../../publish/limits.ts';
import { LOG_LEVELS } from '../../runtime/logger.ts';
import {
  TCP_CONNECTIONS_MAX,
  TCP_CONNECTIONS_PER_ADDRESS_MAX,
  TCP_IDLE_MS,
} from '../../serve/answering/limits.ts';
import { ANSWERING_THREADS_DEFAULT, ANSWERING_THREADS_MAX } from '../../serve/limits.ts';

const address = z.string().refine(ipaddr.isValid, { error: 'not an IP address' });
const network = z.string().refine(ipaddr.isValidCIDR, { error: 'not a network (ADDRESS/BITS)' });
/** A URL is printed and logged, so no secret may stand in it. */
const etcdUrl = z.url({ error: 'not a URL' }).refine((url) => !/^[a-z]+:\/\/[^/]*@/i.test(url), {
  error: 'no user in a URL: store.user and store.passwordFile say it',
});
const list = <T extends z.ZodType>(of: T) => z.array(of);

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

const MEMBER = z.union([
  z.string().min(1),
  z.strictObject({
    name: z.string().min(1),
    /** A file, `in-cluster` for the pod's own account; found as kubectl's own when absent. */
    kubeconfig: z.string().min(1).optional(),
    /** The kubeconfig's current one when absent. */
    context: z.string().min(1).optional(),
    /** Its nodes' labels say it when absent. */
    region: z.string().optional(),
    zones: list(z.string()).optional(),
    /** Networks whose addresses it may publish; all but loopback, link-local and the like. */
    allow: list(network).default([]),
  }),
]);

const seconds = z.union([
  z.number().min(0),
  z.literal('never'),
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, { error: 'neither seconds nor "never"' })
    .transform(Number),
]);

const HOST = z.strictObject({
  /** A file, `in-cluster` for the pod's own account; found as kubectl's own when absent. */
  kubeconfig: z.string().min(1).optional(),
  /** The kubeconfig's current one when absent. */
  context: z.string().min(1).optional(),
  /** Where KubeFed's control plane keeps clusters and their Secrets. */
  namespace: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { error: 'not a namespace' })
    .default('kube-federation-system'),
});

const MEMBERS = z.strictObject({
  /** Objects, or `NAME=KUBECONFIG`, or the name of a context in kubectl's own kubeconfig. */
  list: list(MEMBER).default([]),
  /** Every kubeconfig in this folder is a member named like its file. */
  folder: z.string().min(1).optional(),
  /** KubeFedCluster objects of a host cluster are members too. */
  host: HOST.optional(),
  /** Beside what a ServiceExport marks: `load-balancers`, or a label selector. */
  select: z.string().default(''),
  /** Whose hosts below our domain are published: `all` Ingresses and HTTPRoutes, or a selector. */
  ingresses: z.string().default(''),
  /** Of one member; more are refused, and told. */
  servicesMax: z.int().min(1).default(MEMBER_SERVICES_MAX),
  whenUnreachable: z.enum(WHEN_UNREACHABLE).default('withdraw-if-probe-fails'),
  lostGraceSeconds: seconds.default(30),
  unknownGraceSeconds: seconds.default(300),
  deathGraceSeconds: seconds.default(1),
  /** A start waits so long for its members before it answers by what it remembers of them. */
  startPatienceSeconds: z
    .number()
    .min(0)
    .max(60)
    .default(MEMBERS_PATIENCE_MS / 1000),
  /** Above this share of members (or of addresses) lost at once, nothing moves. */
  suspectShare: z.number().min(0).max(1).default(0.7),
  api: z
    .strictObject({
      periodMs: z.int().min(100).default(API_PROBE_PERIOD_MS),
      timeoutMs: z.int().min(50).default(API_PROBE_TIMEOUT_MS),
      fall: z.int().min(1).default(API_PROBE_FALL),
      rise: z.int().min(1).default(API_PROBE_RISE),
      silenceMs: z.int().min(1000).default(WATCH_SILENCE_MS),
    })
    .prefault({}),
  probe: z
    .strictObject({
      periodMs: z.int().min(100).default(2000),
      timeoutMs: z.int().min(50).default(1000),
      fall: z.int().min(1).default(3),
      rise: z.int().min(1).default(2),
    })
    .prefault({}),
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
  writer: z
    .string()
    .regex(/^[a-z0-9-]{1,63}$/, { error: 'use a-z, 0-9, -' })
    .default('fedns'),
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

export interface ConfigLeaf {
  /** `store.folder`; also the YAML path. */
  readonly path: string;
  /** `--store-folder`. */
  readonly flag: string;
  /** `FEDNS_STORE_FOLDER`. */
  readonly variable: string;
  readonly kind: 'text' | 'number' | 'boolean' | 'list';
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
  return [{ path: path.join('.'), flag: `--${words.join('-')}`, variable, kind }];
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
