/**
 * The credentials of one user for one cluster, as they are now: files are read again when older
 * than 10 s, programs asked when theirs end, everything when the server refused it. One reading at
 * a time. A reading that fails leaves the last good one in use until the server refuses that.
 */

import { readFile } from 'node:fs/promises';
import type { ClusterCredentials } from '../cluster-access.ts';
import { CREDENTIALS_AGE_MAX_MS } from '../limits.ts';
import { providerAuthorization } from './auth-provider.ts';
import { type ExecCredential, ExecCredentialSource } from './exec-credential.ts';
import { certificateEnd, earliest, tokenEnd } from './expiry.ts';
import { fileReason, KubeconfigError } from './kubeconfig-error.ts';
import type { ClusterEntry, PemSource, UserEntry } from './kubeconfig-file.ts';

export interface CredentialSourceOptions {
  readonly cluster: ClusterEntry;
  /** undefined: nobody. */
  readonly user: UserEntry | undefined;
  /** For errors: `file: context "x"`. */
  readonly where: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export class CredentialSource {
  readonly #options: CredentialSourceOptions;
  readonly #program: ExecCredentialSource | undefined;
  #provider: (() => Promise<string | undefined>) | undefined;
  #last: ClusterCredentials | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<ClusterCredentials> | undefined;

  constructor(options: CredentialSourceOptions) {
    this.#options = options;
    const { cluster, user, environment } = options;
    if (user?.exec === undefined) return;
    const told = clusterInfo(cluster);
    this.#program = new ExecCredentialSource({ exec: user.exec, environment, cluster: told });
  }

  /** Throws KubeconfigError KUBECONFIG_ACCESS. */
  async credentials(refused?: ClusterCredentials): Promise<ClusterCredentials> {
    if (refused !== undefined && refused === this.#last) {
      this.#last = undefined;
      this.#provider = undefined;
      this.#program?.forget();
    }
    const isFresh = performance.now() - this.#readAtMs < CREDENTIALS_AGE_MAX_MS;
    if (this.#last !== undefined && isFresh) return this.#last;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return await this.#reading;
  }

  async #read(): Promise<ClusterCredentials> {
    try {
      this.#last = await this.#build();
    } catch (error) {
      if (this.#last === undefined) {
        const reason = error instanceof Error ? error.message : String(error);
        const message = `${this.#options.where}: ${reason}`;
        throw new KubeconfigError('KUBECONFIG_ACCESS', message, error);
      }
    }
    this.#readAtMs = performance.now();
    return this.#last;
  }

  async #build(): Promise<ClusterCredentials> {
    const { cluster, user } = this.#options;
    const given = await this.#program?.get();
    const ca = await pemOf(cluster.ca, 'certificate-authority');
    const cert = given?.cert ?? (await pemOf(user?.cert, 'client-certificate'));
    const key = given?.key ?? (await pemOf(user?.key, 'client-key'));
    if ((cert === undefined) !== (key === undefined)) {
      throw new Error('client-certificate and client-key need each other');
    }
    const { authorization, token } = await this.#authorization(given);
    return {
      headers: { ...user?.impersonate, ...(authorization !== undefined && { authorization }) },
      tls: {
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
        ...(cluster.tlsServerName !== undefined && { servername: cluster.tlsServerName }),
        ...(cluster.skipsTlsVerify && { rejectUnauthorized: false }),
      },
      proxyUrl: cluster.proxyUrl,
      expiresAt: earliest([certificateEnd(cert), tokenEnd(token), given?.endsAt]),
    };
  }

  async #authorization(
    given: ExecCredential | undefined,
  ): Promise<{ authorization?: string; token?: string }> {
    const { user } = this.#options;
    const token = given?.token ?? (await tokenOf(user));
    if (token !== undefined) return { authorization: `Bearer ${token}`, token };
    if (user?.username !== undefined) {
      const pair = Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64');
      return { authorization: `Basic ${pair}` };
    }
    if (user?.authProvider === undefined) return {};
    this.#provider ??= await providerAuthorization(user.authProvider);
    const authorization = await this.#provider();
    if (authorization === undefined) throw new Error('the auth-provider gave no token');
    return { authorization, token: authorization.replace(/^Bearer /, '') };
  }
}

async function tokenOf(user: UserEntry | undefined): Promise<string | undefined> {
  if (user?.tokenFile === undefined) return user?.token;
  const token = (await readText(user.tokenFile, 'tokenFile')).trim();
  if (token === '') throw new Error(`tokenFile ${user.tokenFile}: is empty`);
  return token;
}

async function pemOf(source: PemSource | undefined, name: string): Promise<string | undefined> {
  if (source === undefined) return undefined;
  const isFile = source.kind === 'file';
  const pem = isFile
    ? await readText(source.path, name)
    : Buffer.from(source.base64, 'base64').toString('utf8');
  if (pem.includes('-----BEGIN ')) return pem;
  throw new Error(
    isFile ? `${name} ${source.path}: is no PEM` : `${name}-data is no PEM in base64`,
  );
}

async function readText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`${name} ${path}: ${fileReason(error)}`, { cause: error });
  }
}

/** ExecCredential.spec.cluster. */
function clusterInfo(cluster: ClusterEntry): Record<string, unknown> {
  return {
    server: cluster.server,
    'insecure-skip-tls-verify': cluster.skipsTlsVerify,
    ...(cluster.tlsServerName !== undefined && { 'tls-server-name': cluster.tlsServerName }),
    ...(cluster.proxyUrl !== undefined && { 'proxy-url': cluster.proxyUrl }),
    ...(cluster.ca?.kind === 'data' && { 'certificate-authority-data': cluster.ca.base64 }),
  };
}
