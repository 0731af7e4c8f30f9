/**
 * Kubeconfigs, found and merged as kubectl does it, and the access that each context gives; or the
 * account of the pod we run in. Nothing is asked of a cluster here.
 *
 * Source: kubernetes.io "Organizing Cluster Access Using kubeconfig Files", merging rules; "Access
 * the API from a Pod".
 */

import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { nearestWord } from '../api/nearest-word.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { CredentialSource } from './credentials/credential-source.ts';
import { fileReason, KubeconfigError } from './credentials/kubeconfig-error.ts';
import {
  type ClusterEntry,
  type ContextEntry,
  parseKubeconfig,
  type UserEntry,
} from './credentials/kubeconfig-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface KubeconfigPlace {
  /** `--kubeconfig`: only this file, and it must be there. */
  readonly path?: string | undefined;
  readonly environment: Environment;
  readonly home?: string | undefined;
}

export interface Kubeconfig {
  readonly contexts: readonly string[];
  /** Empty: none. */
  readonly currentContext: string;
  /** Everything that was read: another text is another access. */
  readonly text: string;
  /** Throws KubeconfigError. */
  access(context: string): ClusterAccess;
  /** Where kubectl looks when nobody says a namespace; undefined: the context names none. */
  namespace(context: string): string | undefined;
}

interface ReadFile {
  readonly path: string;
  readonly text: string;
}

/** What the files say together. */
interface Merged {
  readonly clusters: Map<string, ClusterEntry>;
  readonly users: Map<string, UserEntry>;
  readonly contexts: Map<string, ContextEntry>;
  readonly environment: Environment;
  /** For errors: the files. */
  readonly where: string;
}

/** Throws KubeconfigError. */
export async function loadKubeconfig(place: KubeconfigPlace): Promise<Kubeconfig> {
  const files = await filesOf(place);
  const where = files.map(({ path }) => path).join(delimiter);
  const { environment } = place;
  const [clusters, users, contexts] = [new Map(), new Map(), new Map()];
  const merged: Merged = { clusters, users, contexts, environment, where };
  let currentContext = '';
  for (const { path, text } of files) {
    const file = parseKubeconfig(text, path);
    addUnknown(clusters, file.clusters);
    addUnknown(users, file.users);
    addUnknown(contexts, file.contexts);
    currentContext ||= file.currentContext;
  }
  return {
    contexts: [...merged.contexts.keys()],
    currentContext,
    text: files.map(({ text }) => text).join('\0'),
    access: (context) => accessOf(merged, context),
    namespace: (context) => merged.contexts.get(context)?.namespace,
  };
}

const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** As if a kubeconfig said it: the one context is the pod's own account. */
export function inClusterKubeconfig(environment: Environment): Kubeconfig {
  const context = 'in-cluster';
  return {
    contexts: [context],
    currentContext: context,
    text: '',
    access: () => inClusterAccess({ environment }),
    namespace: () => undefined,
  };
}

/**
 * The pod's own account. Throws KubeconfigError outside of a cluster. KUBERNETES_ACCOUNT_FOLDER is our
 * choice: where the account's files lie, for processes that stand for a pod.
 */
export function inClusterAccess(place: {
  readonly environment: Environment;
  readonly folder?: string | undefined;
}): ClusterAccess {
  const { environment } = place;
  const folder = place.folder ?? environment['KUBERNETES_ACCOUNT_FOLDER'] ?? ACCOUNT_FOLDER;
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '';
  const where = 'in-cluster';
  if (host === '' || port === '') {
    const message = `${where}: KUBERNETES_SERVICE_HOST and _PORT are not set: this is no pod`;
    throw new KubeconfigError('KUBECONFIG_ACCESS', message);
  }
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const ca = { kind: 'file', path: join(folder, 'ca.crt') } as const;
  const cluster = { ...NO_CLUSTER, server, ca };
  const user = { ...NOBODY, tokenFile: join(folder, 'token') };
  const source = new CredentialSource({ cluster, user, where, environment });
  return {
    context: where,
    server,
    user: 'service account',
    renews: true,
    credentials: ({ refused } = {}) => source.credentials(refused),
  };
}

/** The first file that has a name wins. */
function addUnknown<T>(known: Map<string, T>, more: ReadonlyMap<string, T>): void {
  for (const [name, entry] of more) if (!known.has(name)) known.set(name, entry);
}

async function filesOf({ path, environment, home }: KubeconfigPlace): Promise<ReadFile[]> {
  if (path !== undefined) return [await readKubeconfig(path)];
  const named = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((one) => one !== '');
  const folder = home ?? (environment['HOME'] || homedir());
  const paths = named.length > 0 ? named : [join(folder, '.kube', 'config')];
  const files: ReadFile[] = [];
  for (const one of new Set(paths)) {
    try {
      files.push(await readKubeconfig(one));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  if (files.length > 0) return files;
  throw new KubeconfigError('KUBECONFIG_FILE', `${paths.join(delimiter)}: no such file`);
}

async function readKubeconfig(path: string): Promise<ReadFile> {
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    throw new KubeconfigError('KUBECONFIG_FILE', `${path}: ${fileReason(error)}`, error);
  }
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof KubeconfigError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

function accessOf(merged: Merged, context: string): ClusterAccess {
  const { clusters, users, contexts, environment } = merged;
  const entry = contexts.get(context);
  if (entry === undefined) throw noContext(merged, context);
  const where = `${merged.where}: context "${context}"`;
  const wrong = (what: string) => new KubeconfigError('KUBECONFIG_ACCESS', `${where}: ${what}`);
  const cluster = clusters.get(entry.cluster);
  if (cluster === undefined) throw wrong(`no cluster "${entry.cluster}"`);
  const user = users.get(entry.user);
  if (entry.user !== '' && user === undefined) throw wrong(`no user "${entry.user}"`);
  const server = serverOf(cluster, wrong);
  checkProxy(cluster, wrong);
  const source = new CredentialSource({ cluster, user, where, environment });
  return {
    context,
    server,
    user: user === undefined ? undefined : entry.user,
    renews: (user?.exec ?? user?.authProvider ?? user?.tokenFile) !== undefined,
    credentials: ({ refused } = {}) => source.credentials(refused),
  };
}

function noContext({ where, contexts }: Merged, context: string): KubeconfigError {
  const near = nearestWord(context, [...contexts.keys()]);
  const hint = near === undefined ? '' : `, did you mean "${near}"?`;
  const what = context === '' ? 'no current context' : `no context "${context}"${hint}`;
  return new KubeconfigError('KUBECONFIG_CONTEXT', `${where}: ${what}`);
}

type Wrong = (what: string) => KubeconfigError;

function serverOf({ server, skipsTlsVerify }: ClusterEntry, wrong: Wrong): string {
  if (server === undefined) throw wrong('its cluster has no server');
  const url = URL.parse(server);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '') {
    throw wrong(`server ${server} is no https URL`);
  }
  if (url.protocol === 'http:' && !skipsTlsVerify) {
    const why = 'shows credentials to everybody; insecure-skip-tls-verify says that it is meant';
    throw wrong(`server ${server}: plain http ${why}`);
  }
  return server.replace(/\/+$/, '');
}

const PROXY_PROTOCOLS = ['http:', 'https:', 'socks5:', 'socks5h:'];

function checkProxy({ proxyUrl }: ClusterEntry, wrong: Wrong): void {
  if (proxyUrl === undefined) return;
  const protocol = URL.parse(proxyUrl)?.protocol ?? '';
  if (!PROXY_PROTOCOLS.includes(protocol)) throw wrong('proxy-url is no http, https or socks5 URL');
}

const NO_CLUSTER: ClusterEntry = {
  server: undefined,
  ca: undefined,
  skipsTlsVerify: false,
  tlsServerName: undefined,
  proxyUrl: undefined,
};

const NOBODY: UserEntry = {
  token: undefined,
  tokenFile: undefined,
  username: undefined,
  password: undefined,
  cert: undefined,
  key: undefined,
  impersonate: {},
  exec: undefined,
  authProvider: undefined,
};

export { KubeconfigError };
