/** EtcdStoreOptions: where etcd is, who we are there, and every time that the store keeps. */

import {
  CONTACT_INTERVAL_MS,
  ETCD_AUDIT_GRACE_MS,
  ETCD_AUDIT_INTERVAL_MS,
  ETCD_BACKLOG_CHANGES_MAX,
  ETCD_CALL_TIMEOUT_MS,
  ETCD_MESSAGE_OCTETS_MAX,
  ETCD_PAGE_KEYS,
  ETCD_PROGRESS_INTERVAL_MS,
  ETCD_RETRY_MAX_MS,
  ETCD_RETRY_MIN_MS,
  ETCD_SETTLE_MS,
  ETCD_SILENCE_MS,
} from '../limits.ts';
import { StoreError } from '../store-error.ts';

/** Contents of PEM files. Without `ca` the system's authorities count. */
export interface EtcdTls {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly serverName?: string;
}

export interface EtcdAuth {
  readonly username: string;
  readonly password: string;
}

export interface EtcdStoreOptions {
  /** `http://host:2379` or `https://...`; several are tried in turn. */
  readonly urls: readonly string[];
  /** For https. A function is asked for each new connection: certificates are renewed on disk. */
  readonly tls?: EtcdTls | (() => EtcdTls);
  /** Likewise: a password may be changed. */
  readonly auth?: EtcdAuth | (() => EtcdAuth);
  /** All our keys (records and control) lie below this in etcd, as with etcdctl's namespaces. */
  readonly namespace?: string;
  /** Default: `/fedns/sentinel`. */
  readonly sentinelKey?: string;
  readonly limits?: Partial<EtcdLimits>;
}

export interface EtcdLimits {
  readonly callTimeoutMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly progressIntervalMs: number;
  readonly silenceMs: number;
  readonly settleMs: number;
  readonly auditIntervalMs: number;
  readonly auditGraceMs: number;
  readonly contactIntervalMs: number;
  readonly pageKeys: number;
  readonly messageOctetsMax: number;
  readonly backlogChangesMax: number;
}

/** The options, checked and complete. */
export interface EtcdSettings extends EtcdLimits {
  readonly urls: readonly URL[];
  readonly tls: () => EtcdTls | undefined;
  readonly auth: () => EtcdAuth | undefined;
  readonly namespace: string;
  readonly sentinelKey: string;
}

const DEFAULT_LIMITS: EtcdLimits = {
  callTimeoutMs: ETCD_CALL_TIMEOUT_MS,
  retryMinMs: ETCD_RETRY_MIN_MS,
  retryMaxMs: ETCD_RETRY_MAX_MS,
  progressIntervalMs: ETCD_PROGRESS_INTERVAL_MS,
  silenceMs: ETCD_SILENCE_MS,
  settleMs: ETCD_SETTLE_MS,
  auditIntervalMs: ETCD_AUDIT_INTERVAL_MS,
  auditGraceMs: ETCD_AUDIT_GRACE_MS,
  contactIntervalMs: CONTACT_INTERVAL_MS,
  pageKeys: ETCD_PAGE_KEYS,
  messageOctetsMax: ETCD_MESSAGE_OCTETS_MAX,
  backlogChangesMax: ETCD_BACKLOG_CHANGES_MAX,
};

/** Throws StoreError STORE_REFUSED for settings that cannot work. */
export function etcdSettings(options: EtcdStoreOptions): EtcdSettings {
  const refuse = (why: string): never => {
    throw new StoreError('STORE_REFUSED', `etcd settings: ${why}`);
  };
  if (options.urls.length === 0) refuse('no URL');
  const urls = options.urls.map((text) => {
    const url = URL.canParse(text) ? new URL(text) : refuse(`"${text}" is no URL`);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse(`"${text}" is not http(s)`);
    return url;
  });
  const tls = asFunction(options.tls);
  const now = tls();
  if ((now?.certificate === undefined) !== (now?.key === undefined)) {
    refuse('client certificate and key go together');
  }
  return {
    ...DEFAULT_LIMITS,
    ...options.limits,
    urls,
    tls,
    auth: asFunction(options.auth),
    namespace: options.namespace ?? '',
    sentinelKey: options.sentinelKey ?? '/fedns/sentinel',
  };
}

function asFunction<T extends object>(given: T | (() => T) | undefined): () => T | undefined {
  return typeof given === 'function' ? (given as () => T) : () => given;
}
