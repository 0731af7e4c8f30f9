/**
 * ApiError: the API server could not be asked, took too long, refused, or answered what is no
 * answer. Callers branch on `code`, `status` and `reason`; the message is one line without secrets.
 *
 * Source: Kubernetes API conventions, "Response Status Kind".
 */

import { listAt, textAt, valueAt } from '../api/untyped.ts';
import { MESSAGE_LENGTH_MAX, RETRY_AFTER_MAX_MS } from './limits.ts';

export type ApiErrorCode =
  /** No connection, or cut; no credentials to ask with. */
  | 'API_UNREACHABLE'
  | 'API_TIMEOUT'
  /** The server says no: see `status` and `reason`. */
  | 'API_STATUS'
  /** Not JSON, half of it, or more than we read. */
  | 'API_GARBAGE';

export interface ApiErrorFacts {
  /** HTTP status, or the `code` of a Status object. */
  readonly status?: number | undefined;
  /** `Status.reason`: Expired, Forbidden, ... */
  readonly reason?: string | undefined;
  /** `Status.details.causes[].reason`: ResourceVersionTooLarge, ... */
  readonly causes?: readonly string[];
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly causes: readonly string[];
  /** Already bounded. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ApiErrorCode, message: string, facts: ApiErrorFacts = {}) {
    super(safeLine(message), facts.cause === undefined ? {} : { cause: facts.cause });
    this.code = code;
    this.status = facts.status;
    this.reason = facts.reason;
    this.causes = facts.causes ?? [];
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** A refusal: the Status object, where the body is one, tells more than the HTTP status. */
export function statusError(
  what: string,
  answer: { readonly status?: number; readonly body: unknown; readonly retryAfter?: string },
): ApiError {
  const { body } = answer;
  const code = valueAt(body, 'code');
  const status = answer.status ?? (typeof code === 'number' ? code : undefined);
  const reason = textAt(body, 'reason');
  const causes = listAt(body, 'details', 'causes').flatMap(
    (cause) => textAt(cause, 'reason') ?? [],
  );
  const seconds =
    secondsOf(answer.retryAfter) ?? secondsOf(valueAt(body, 'details', 'retryAfterSeconds'));
  const said = textAt(body, 'message') ?? (typeof body === 'string' ? body : '');
  const told = [status ?? 'an error', reason].filter((word) => word !== undefined).join(' ');
  return new ApiError('API_STATUS', `${what}: server says ${told}${said && `: ${said}`}`, {
    status,
    reason,
    causes,
    retryAfterMs: seconds === undefined ? undefined : Math.min(seconds * 1000, RETRY_AFTER_MAX_MS),
  });
}

/** Seconds only: a date would be read by a clock that may be wrong. */
function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? Number.parseInt(value, 10) : value;
  return typeof seconds === 'number' && seconds > 0 ? seconds : undefined;
}

/** One bounded line of printable text; credentials within an address are left out. */
export function safeLine(text: string): string {
  const line = text
    .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .replaceAll(/\/\/[^\s/@]+@/g, '//***@')
    .trim();
  return line.length <= MESSAGE_LENGTH_MAX ? line : `${line.slice(0, MESSAGE_LENGTH_MAX - 3)}...`;
}

/** What went wrong, by the innermost cause that says something. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return causeOf(error.errors[0]);
  if (error.cause instanceof Error) return causeOf(error.cause);
  return error.message === '' ? error.name : error.message;
}

/** By the message of an ApiError: the account lacks a right. What admission forbids is worded otherwise. */
export function lacksRight(message: string): boolean {
  return /server says 403 Forbidden: .* is forbidden: User "/.test(message);
}

/** By the message of an ApiError about a collection: the server does not have the type. */
export function lacksType(message: string): boolean {
  return /server says 404\b/.test(message);
}

/** 410: what was asked from is no longer kept. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.reason === 'Expired');
}

/** The server (a replica, a restored one, another one) has not reached our version, or cannot read it. */
export function isVersionUnknown(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const isTooLarge = error.causes.includes('ResourceVersionTooLarge');
  return isTooLarge || error.status === 400 || TOO_LARGE.test(error.message);
}

/** Servers before 1.18 have no cause for it. */
const TOO_LARGE = /too large resource version/i;
