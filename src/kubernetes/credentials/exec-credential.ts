/**
 * Credentials that a program hands out (aws, gke-gcloud-auth-plugin, kubelogin), kept until they
 * end. Own, because client-node's runs without a time-out, reads without a bound, tells the program
 * nothing of what is asked (KUBERNETES_EXEC_INFO) and us nothing of when the credentials end.
 *
 * Source: kubernetes.io "client-go credential plugins", client.authentication.k8s.io/v1.
 */

import { execFile } from 'node:child_process';
import { textAt, valueAt } from '../../api/untyped.ts';
import { EXEC_OUTPUT_OCTETS_MAX, EXEC_RENEW_BEFORE_MS, EXEC_TIMEOUT_MS } from '../limits.ts';
import { dateOf } from './expiry.ts';
import type { ExecEntry } from './kubeconfig-file.ts';

export interface ExecCredential {
  readonly token: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly endsAt: Date | undefined;
}

export interface ExecOptions {
  readonly exec: ExecEntry;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told to a program that asks for it. */
  readonly cluster: Readonly<Record<string, unknown>>;
}

export class ExecCredentialSource {
  readonly #options: ExecOptions;
  #kept: ExecCredential | undefined;

  constructor(options: ExecOptions) {
    this.#options = options;
  }

  /** Throws Error with a line that names the program. */
  async get(): Promise<ExecCredential> {
    const endsAtMs = this.#kept?.endsAt?.getTime() ?? Number.POSITIVE_INFINITY;
    if (this.#kept !== undefined && Date.now() < endsAtMs - EXEC_RENEW_BEFORE_MS) return this.#kept;
    this.#kept = await this.#run();
    return this.#kept;
  }

  /** They were refused: the program is asked again. */
  forget(): void {
    this.#kept = undefined;
  }

  async #run(): Promise<ExecCredential> {
    const { exec, environment, cluster } = this.#options;
    if (exec.needsTerminal) throw new Error(`${exec.command} needs a terminal to ask on`);
    const spec = { interactive: false, ...(exec.providesClusterInfo && { cluster }) };
    const info = { apiVersion: exec.apiVersion, kind: 'ExecCredential', spec };
    const env = { ...environment, ...exec.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
    const output = await outputOf(exec, env);
    let status: unknown;
    try {
      status = valueAt(JSON.parse(output), 'status');
    } catch {
      throw new Error(`${exec.command} said what is no ExecCredential`);
    }
    const token = textAt(status, 'token');
    const cert = textAt(status, 'clientCertificateData');
    const key = textAt(status, 'clientKeyData');
    if (token === undefined && (cert === undefined || key === undefined)) {
      throw new Error(`${exec.command} gave neither token nor certificate`);
    }
    const endsAt = dateOf(Date.parse(textAt(status, 'expirationTimestamp') ?? ''));
    return { token, cert, key, endsAt };
  }
}

function outputOf({ command, args }: ExecEntry, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const bounds = { timeout: EXEC_TIMEOUT_MS, maxBuffer: EXEC_OUTPUT_OCTETS_MAX } as const;
    const options = { env, encoding: 'utf8', killSignal: 'SIGKILL', ...bounds } as const;
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${failure(error, stderr)}`));
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end();
  });
}

function failure(error: Error & { code?: unknown; killed?: boolean }, stderr: string): string {
  if (error.code === 'ENOENT') return 'is not there';
  if (error.code === 'EACCES') return 'may not be run';
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'says too much';
  if (error.killed) return `did not end within ${EXEC_TIMEOUT_MS / 1000} s`;
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return `failed${said && `: ${said}`}`;
}
