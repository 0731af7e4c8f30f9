/** What becomes of work that the host's API server refused; the queue goes on by it. */

import { ApiError } from '../kubernetes/api-error.ts';
import { DONE, type Outcome } from '../kubernetes/reconciling/work-queue.ts';
import { CONFLICT_RETRY_MS } from './limits.ts';

/** Throws what is no ApiError: a fault of ours. */
export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof ApiError)) throw error;
  // Gone meanwhile; or changed, and its watch says so, or has.
  if (error.status === 404) return DONE;
  if (error.status === 409) return { kind: 'again', afterMs: CONFLICT_RETRY_MS };
  return { kind: 'failed', atLeastMs: error.retryAfterMs };
}
