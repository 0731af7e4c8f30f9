/**
 * StoreError: the store could not be asked, refused, or is damaged. Callers branch on `code` and
 * `retryable`; the message is one line: what, where, why.
 */

export type StoreErrorCode =
  /** No contact, a timeout, no leader; the outcome of a commit is unknown. */
  | 'STORE_UNREACHABLE'
  /** User, password or role; a person must act. */
  | 'STORE_DENIED'
  /** The request itself is refused: too large, a key twice. */
  | 'STORE_REFUSED'
  /** Data on disk do not check out. */
  | 'STORE_DAMAGED'
  /** Another process holds the state folder. */
  | 'STORE_LOCKED'
  /** The disk refuses: full, read-only. */
  | 'STORE_DISK'
  /** Another took the fence: this writer leads no more and must write nothing. */
  | 'STORE_FENCED'
  /** Compares kept failing: somebody else writes the same keys. */
  | 'STORE_CONFLICT'
  | 'STORE_STOPPED';

const RETRYABLE: ReadonlySet<StoreErrorCode> = new Set(['STORE_UNREACHABLE', 'STORE_DISK']);

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  readonly retryable: boolean;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message.replaceAll(/\s*[\r\n]+\s*/g, ' '), cause === undefined ? {} : { cause });
    this.code = code;
    this.retryable = RETRYABLE.has(code);
  }
}

/** The text of whatever was thrown, on one line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ').trim();
}
