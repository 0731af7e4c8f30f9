/**
 * The text of one kubeconfig -> its clusters, users and contexts by name, paths in it relative to
 * its folder. What is not of the expected kind is absent.
 *
 * Source: kubernetes.io "kubeconfig (v1)"; client-go tools/clientcmd: data before file, tokenFile
 * before token, an exec command with a slash is a path.
 */

import { dirname, isAbsolute, join } from 'node:path';
import { parseDocument } from 'yaml';
import { listAt, textAt, valueAt } from '../../api/untyped.ts';
import { KUBECONFIG_OCTETS_MAX } from '../limits.ts';
import { KubeconfigError } from './kubeconfig-error.ts';

/** PEM, written in the kubeconfig as base64 or kept in a file of its own. */
export type PemSource =
  | { readonly kind: 'data'; readonly base64: string }
  | { readonly kind: 'file'; readonly path: string };

export interface ClusterEntry {
  readonly server: string | undefined;
  readonly ca: PemSource | undefined;
  readonly skipsTlsVerify: boolean;
  readonly tlsServerName: string | undefined;
  readonly proxyUrl: string | undefined;
}

export interface UserEntry {
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly cert: PemSource | undefined;
  readonly key: PemSource | undefined;
  readonly impersonate: Readonly<Record<string, string | string[]>>;
  readonly exec: ExecEntry | undefined;
  /** `oidc` and whatever else client-node knows; as it stands in the file. */
  readonly authProvider: unknown;
}

export interface ExecEntry {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly providesClusterInfo: boolean;
  readonly needsTerminal: boolean;
}

export interface ContextEntry {
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string | undefined;
}

export interface KubeconfigFile {
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly contexts: ReadonlyMap<string, ContextEntry>;
  readonly currentContext: string;
}

let last: { text: string; path: string; file: KubeconfigFile } | undefined;

/**
 * Throws KubeconfigError KUBECONFIG_FILE. What was read last is not parsed again: a hundred members
 * are often the contexts of one file, and 0.5 s of a start went into that.
 */
export function parseKubeconfig(text: string, path: string): KubeconfigFile {
  if (last?.text === text && last.path === path) return last.file;
  const file = parsed(text, path);
  last = { text, path, file };
  return file;
}

function parsed(text: string, path: string): KubeconfigFile {
  if (text.length > KUBECONFIG_OCTETS_MAX) throw noKubeconfig(path, 'is too large');
  const document = parseDocument(text, { uniqueKeys: false });
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw noKubeconfig(path, `is not YAML: ${problem.message.split('\n')[0] ?? ''}`);
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    throw noKubeconfig(path, `is not YAML: ${error instanceof Error ? error.message : ''}`);
  }
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    throw noKubeconfig(path, 'is no kubeconfig');
  }
  const from = fileIn(dirname(path));
  return {
    clusters: byName(value, 'cluster', (entry) => clusterEntry(entry, from)),
    users: byName(value, 'user', (entry) => userEntry(entry, from)),
    contexts: byName(value, 'context', (entry) => ({
      cluster: textAt(entry, 'cluster') ?? '',
      user: textAt(entry, 'user') ?? '',
      namespace: filled(entry, 'namespace'),
    })),
    currentContext: textAt(value, 'current-context') ?? '',
  };
}

type PathOf = (path: string | undefined) => string | undefined;

function fileIn(folder: string): PathOf {
  return (path) => (path === undefined || isAbsolute(path) ? path : join(folder, path));
}

/** `clusters: [{ name, cluster: {...} }]`, and so on; the first of a name counts. */
function byName<T>(
  value: unknown,
  kind: 'cluster' | 'user' | 'context',
  entryOf: (entry: unknown) => T,
): Map<string, T> {
  const found = new Map<string, T>();
  for (const item of listAt(value, `${kind}s`)) {
    const name = textAt(item, 'name');
    if (name !== undefined && !found.has(name)) found.set(name, entryOf(valueAt(item, kind)));
  }
  return found;
}

function clusterEntry(entry: unknown, from: PathOf): ClusterEntry {
  return {
    server: filled(entry, 'server'),
    ca: pemSource(entry, 'certificate-authority', from),
    skipsTlsVerify: valueAt(entry, 'insecure-skip-tls-verify') === true,
    tlsServerName: filled(entry, 'tls-server-name'),
    proxyUrl: filled(entry, 'proxy-url'),
  };
}

function userEntry(entry: unknown, from: PathOf): UserEntry {
  return {
    token: filled(entry, 'token'),
    tokenFile: from(filled(entry, 'tokenFile')),
    username: filled(entry, 'username'),
    password: filled(entry, 'password'),
    cert: pemSource(entry, 'client-certificate', from),
    key: pemSource(entry, 'client-key', from),
    impersonate: impersonation(entry),
    exec: execEntry(valueAt(entry, 'exec'), from),
    authProvider: valueAt(entry, 'auth-provider') ?? undefined,
  };
}

/** Kubernetes documentation, "User impersonation". */
function impersonation(entry: unknown): Record<string, string | string[]> {
  const user = filled(entry, 'as');
  const uid = filled(entry, 'as-uid');
  const groups = listAt(entry, 'as-groups').filter((group) => typeof group === 'string');
  return {
    ...(user !== undefined && { 'impersonate-user': user }),
    ...(uid !== undefined && { 'impersonate-uid': uid }),
    ...(groups.length > 0 && { 'impersonate-group': groups }),
  };
}

function execEntry(entry: unknown, from: PathOf): ExecEntry | undefined {
  const command = filled(entry, 'command');
  if (command === undefined) return undefined;
  const env = listAt(entry, 'env').flatMap((item) => {
    const name = textAt(item, 'name');
    return name === undefined ? [] : [[name, textAt(item, 'value') ?? ''] as const];
  });
  return {
    command: command.includes('/') ? (from(command) ?? command) : command,
    args: listAt(entry, 'args').map(String),
    env: Object.fromEntries(env),
    apiVersion: filled(entry, 'apiVersion') ?? 'client.authentication.k8s.io/v1',
    providesClusterInfo: valueAt(entry, 'provideClusterInfo') === true,
    needsTerminal: textAt(entry, 'interactiveMode') === 'Always',
  };
}

function pemSource(entry: unknown, name: string, from: PathOf): PemSource | undefined {
  const base64 = filled(entry, `${name}-data`);
  if (base64 !== undefined) return { kind: 'data', base64 };
  const path = from(filled(entry, name));
  return path === undefined ? undefined : { kind: 'file', path };
}

/** Empty text is as good as none. */
function filled(entry: unknown, name: string): string | undefined {
  return textAt(entry, name) || undefined;
}

function noKubeconfig(path: string, what: string): KubeconfigError {
  return new KubeconfigError('KUBECONFIG_FILE', `${path}: ${what}`);
}
