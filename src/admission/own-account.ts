/**
 * As whom we are known to the API server: whose writes are never held up. Asked of the server
 * itself, so that it is right for tokens, client certificates and impersonation alike.
 *
 * Source: authentication.k8s.io/v1 SelfSubjectReview (Kubernetes 1.28), which everybody may make.
 */

import { textAt } from '../api/untyped.ts';
import type { ApiClient } from '../kubernetes/api-client.ts';
import { HOST_REQUEST_MS } from './limits.ts';

const PATH = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

/** Throws ApiError. */
export async function readOwnAccount(client: Pick<ApiClient, 'post'>): Promise<string | undefined> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const answer = await client.post(PATH, review, { timeoutMs: HOST_REQUEST_MS });
  return textAt(answer, 'status', 'userInfo', 'username');
}
