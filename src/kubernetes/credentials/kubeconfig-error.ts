/** KubeconfigError: a kubeconfig that a person must put right. One line: where, and what is wrong. */

import { safeLine } from '../api-error.ts';

export type KubeconfigErrorCode =
  /** Not there, not readable, not YAML. */
  | 'KUBECONFIG_FILE'
  /** No such context, or none is current. */
  | 'KUBECONFIG_CONTEXT'
  /** The context leads to no server, or to no credentials. */
  | 'KUBECONFIG_ACCESS';

export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
  readonly code: KubeconfigErrorCode;

  constructor(code: KubeconfigErrorCode, message: string, cause?: unknown) {
    super(safeLine(message), cause === undefined ? {} : { cause });
    this.code = code;
  }
}

/** Why a file could not be read, in words. */
export function fileReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return FILE_REASONS.get(code) ?? (error instanceof Error ? error.message : String(error));
}

const FILE_REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'no such file'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'is a folder'],
]);
