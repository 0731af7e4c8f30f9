/**
 * A token of a service account, of as long a life as the server grants. Join asks for the first,
 * and whoever renews for the next.
 *
 * Source: Kubernetes authentication.k8s.io/v1, TokenRequest.
 */

import { textAt } from '../../api/untyped.ts';
import type { ApiClient, RequestOptions } from '../api-client.ts';
import { ApiError } from '../api-error.ts';
import { dateOf } from './expiry.ts';

/** 30 days; a server may grant less. */
const TOKEN_SECONDS = 30 * 24 * 3600;

export interface GrantedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

export async function requestToken(
  client: Pick<ApiClient, 'post'>,
  account: { readonly namespace: string; readonly name: string },
  options: RequestOptions = {},
): Promise<GrantedToken> {
  const path = `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`;
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: TOKEN_SECONDS },
  };
  const said = await client.post(path, request, options);
  const token = textAt(said, 'status', 'token') ?? '';
  const expiresAt = dateOf(Date.parse(textAt(said, 'status', 'expirationTimestamp') ?? ''));
  if (token === '' || expiresAt === undefined) {
    throw new ApiError('API_GARBAGE', `POST ${path}: the answer holds no token`);
  }
  return { token, expiresAt };
}
