/** What gRPC and etcd say when a call fails -> StoreError, one line each with the URL. */

import { reasonOf, StoreError, type StoreErrorCode } from '../store-error.ts';

/** A revision asked for is gone: relist. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError';
}

/** A page or event is larger than one message may be: ask for less. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

/** The token is too old: a new session gets a new one. Nothing was done. */
export class StaleTokenError extends StoreError {}

const RULES: readonly (readonly [RegExp, StoreErrorCode, string?])[] = [
  [/permission denied/i, 'STORE_DENIED', 'the user may not read or write these keys'],
  [/invalid user ID or password|authentication failed/i, 'STORE_DENIED', 'wrong user or password'],
  [/user name (is empty|not found)/i, 'STORE_DENIED', 'a user and password are needed'],
  [/authentication is not enabled/i, 'STORE_DENIED', 'a user is set, but etcd has no users'],
  [/certificate|SSL routines|TLS|alert/i, 'STORE_UNREACHABLE'],
  [/too many operations|duplicate key|request is too large/i, 'STORE_REFUSED'],
];

const STALE_TOKEN = /invalid auth token|revision of auth store is old/i;

export function storeErrorOf(error: unknown, url: string): Error {
  if (error instanceof StoreError) return error;
  const reason = reasonOf(error)
    .replace(/^\d+ [A-Z_]+: /, '')
    // gRPC adds timings, and a line that differs each time cannot be told once.
    .replace(/^Deadline exceeded after.*/, 'no answer in time')
    // And notes of its own name resolution, which say nothing about a literal address.
    .replace(/\.? Resolution note:.*/s, '');
  if (/required revision has been compacted/i.test(reason)) return new CompactedError(reason);
  if (/received message larger than max|trying to send message larger/i.test(reason)) {
    return new TooLargeError(reason);
  }
  if (STALE_TOKEN.test(reason)) return new StaleTokenError('STORE_UNREACHABLE', reason, error);
  const rule = RULES.find(([pattern]) => pattern.test(reason));
  const code = rule?.[1] ?? 'STORE_UNREACHABLE';
  const said = rule?.[2] === undefined ? reason : `${rule[2]} (${reason})`;
  return new StoreError(code, `etcd ${url}: ${said}`, error);
}

/** The call did not leave this machine: it may be made again elsewhere. */
export function wasNeverSent(error: unknown): boolean {
  return /No connection established|ECONNREFUSED|Name resolution failed/i.test(reasonOf(error));
}
