/**
 * Kubeconfigs, found and merged as kubectl does it, and the access each context gives. client-node
 * parses them and knows every way of authentication; it costs 850 ms and 89 MB to load, so it is
 * loaded here, when first needed, and nowhere else.
 *
 * Source: kubernetes.io "Organizing Cluster Access Using kubeconfig Files", merging rules.
 */

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { nearestWord } from '../api/nearest-word.ts';
import type { ClusterAccess, ClusterCredentials } from './cluster-access.ts';

export type KubeconfigErrorCode = 'KUBECONFIG_FILE' | 'KUBECONFIG_CONTEXT' | 'KUBECONFIG_ACCESS';

/** One line: file or context, and what is wrong with it. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
  readonly code: KubeconfigErrorCode;

  constructor(code: KubeconfigErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface KubeconfigPlace {
  /** `--kubeconfig`: only this file, and it must be there. */
  readonly path?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home?: string;
}

export interface Kubeconfig {
  readonly contexts: readonly string[];
  readonly currentContext: string;
  /** Everything that was read: another text is another access. */
  readonly text: string;
  /** Throws KubeconfigError. */
  access(context: string): ClusterAccess;
}

interface ReadFile {
  readonly path: string;
  readonly text: string;
}

/** Throws KubeconfigError. */
export async function loadKubeconfig(place: KubeconfigPlace): Promise<Kubeconfig> {
  const files = filesOf(place);
  const { KubeConfig } = await import('@kubernetes/client-node');
  const merged = new KubeConfig();
  const taken = {
    clusters: new Set<string>(),
    users: new Set<string>(),
    contexts: new Set<string>(),
  };
  for (const { path, text } of files) {
    const one = parsed(new KubeConfig(), path, text);
    // The first file that has a name wins, also for the current context.
    for (const cluster of unseen(one.clusters, taken.clusters)) merged.addCluster(cluster);
    for (const user of unseen(one.users, taken.users)) merged.addUser(user);
    for (const context of unseen(one.contexts, taken.contexts)) merged.addContext(context);
    if (!merged.currentContext && one.currentContext) merged.currentContext = one.currentContext;
  }
  const where = files.map(({ path }) => path).join(delimiter);
  return {
    contexts: merged.contexts.map(({ name }) => name),
    currentContext: merged.currentContext ?? '',
    text: files.map(({ text }) => text).join('\0'),
    access: (context) => accessOf(merged, context, where),
  };
}

function filesOf({ path, environment, home = homedir() }: KubeconfigPlace): ReadFile[] {
  if (path !== undefined) return [readRequired(path)];
  const named = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((one) => one !== '');
  const paths = named.length > 0 ? named : [join(home, '.kube', 'config')];
  const files = paths.flatMap((one) => readOptional(one) ?? []);
  if (files.length > 0) return files;
  throw new KubeconfigError('KUBECONFIG_FILE', `${paths.join(delimiter)}: no kubeconfig is there`);
}

function readRequired(path: string): ReadFile {
  const file = readOptional(path);
  if (file === undefined) throw new KubeconfigError('KUBECONFIG_FILE', `${path}: no such file`);
  return file;
}

/** undefined: not there. */
function readOptional(path: string): ReadFile | undefined {
  try {
    return { path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const reason =
      code === 'EACCES' ? 'permission denied' : code === 'EISDIR' ? 'is a folder' : code;
    throw new KubeconfigError('KUBECONFIG_FILE', `${path}: ${String(reason)}`, error);
  }
}

/** Through the file again, so that relative paths in it are relative to it. */
function parsed(config: KubeConfig, path: string, text: string): KubeConfig {
  if (text.trim() === '') return config;
  try {
    config.loadFromFile(path);
    return config;
  } catch (error) {
    const line = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new KubeconfigError('KUBECONFIG_FILE', `${path}: no kubeconfig: ${line}`, error);
  }
}

function unseen<T extends { readonly name: string }>(items: readonly T[], seen: Set<string>): T[] {
  return (items ?? []).filter(({ name }) => {
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

function accessOf(config: KubeConfig, context: string, where: string): ClusterAccess {
  const found = config.contexts.find(({ name }) => name === context);
  if (found === undefined) {
    const names = config.contexts.map(({ name }) => name);
    const near = nearestWord(context, names);
    const hint = near === undefined ? '' : `, did you mean "${near}"?`;
    const what = context === '' ? 'no current context' : `no context "${context}"`;
    throw new KubeconfigError('KUBECONFIG_CONTEXT', `${where}: ${what}${hint}`);
  }
  const cluster = config.clusters.find(({ name }) => name === found.cluster);
  const user = config.users.find(({ name }) => name === found.user);
  const at = `${where}: context "${context}"`;
  if (!cluster?.server) {
    throw new KubeconfigError(
      'KUBECONFIG_ACCESS',
      `${at}: no server for cluster "${found.cluster}"`,
    );
  }
  const server = cluster.server.replace(/\/+$/, '');
  if (!/^https?:\/\//.test(server)) {
    throw new KubeconfigError('KUBECONFIG_ACCESS', `${at}: server "${server}" is no http(s) URL`);
  }
  if (server.startsWith('http:') && !cluster.skipTLSVerify) {
    const why =
      'plain http shows the token to everybody; insecure-skip-tls-verify says it is meant';
    throw new KubeconfigError('KUBECONFIG_ACCESS', `${at}: ${server}: ${why}`);
  }
  // Its own copy: the current context is a field that all would share.
  const own = Object.assign(Object.create(Object.getPrototypeOf(config)), config) as KubeConfig;
  own.currentContext = context;
  const credentials = () => credentialsOf(own, at, cluster.proxyUrl);
  return { context, server, user: user?.name ?? '', credentials };
}

async function credentialsOf(
  config: KubeConfig,
  at: string,
  proxyUrl: string | undefined,
): Promise<ClusterCredentials> {
  try {
    const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] & Record<string, unknown> = {};
    await config.applyToHTTPSOptions(options);
    const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized, auth } = options;
    const tls = { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized };
    const headers = headersOf(options.headers, auth);
    return {
      headers,
      tls: defined(tls) as ClusterCredentials['tls'],
      proxyUrl,
      expiresAt: earliest(certificateEnd(cert), tokenEnd(headers['authorization'])),
    };
  } catch (error) {
    const text = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new KubeconfigError('KUBECONFIG_ACCESS', `${at}: ${text}`, error);
  }
}

function headersOf(headers: unknown, auth: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (typeof value === 'string') found[name.toLowerCase()] = value;
  }
  if (typeof auth === 'string') {
    found['authorization'] ??= `Basic ${Buffer.from(auth).toString('base64')}`;
  }
  return found;
}

function defined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function certificateEnd(cert: unknown): Date | undefined {
  if (!(typeof cert === 'string' || cert instanceof Buffer)) return undefined;
  try {
    return new Date(new X509Certificate(cert).validTo);
  } catch {
    return undefined;
  }
}

/** RFC 7519 section 4.1.4: `exp`, seconds. The token is ours: its signature is not our matter. */
function tokenEnd(authorization: string | undefined): Date | undefined {
  const payload = /^Bearer [^.]+\.([^.]+)\.[^.]*$/.exec(authorization ?? '')?.[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const exp = typeof claims === 'object' && claims !== null && 'exp' in claims && claims.exp;
    return typeof exp === 'number' ? new Date(exp * 1000) : undefined;
  } catch {
    return undefined;
  }
}

function earliest(...dates: readonly (Date | undefined)[]): Date | undefined {
  const known = dates.filter((date) => date !== undefined);
  return known.sort((left, right) => left.getTime() - right.getTime())[0];
}
