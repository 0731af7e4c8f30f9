/**
 * How to reach one cluster, and as whom. Where it comes from (kubeconfig, the pod's own account)
 * is not seen from here on; credentials are asked for with each request, since they change.
 */

import type { TlsCheck } from '../api/kubefed/kubefed-cluster.ts';

export interface ClusterAccess {
  /** Name of the kubeconfig's context; `in-cluster` for the pod's own account. */
  readonly context: string;
  /** `https://host:port`, perhaps with a path, without a slash at the end. */
  readonly server: string;
  /** The kubeconfig's name for the user; undefined: nobody. */
  readonly user: string | undefined;
  /** Its credentials are had anew when they end: by a program, a provider, a file that is reread. */
  readonly renews?: boolean;
  /**
   * Current credentials, cached where they are costly. `refused`: these were answered with 401;
   * unless others are at hand already, they are fetched anew, and may be the same again.
   */
  credentials(options?: { readonly refused?: ClusterCredentials }): Promise<ClusterCredentials>;
}

export interface ClusterCredentials {
  /** Authorization and impersonation. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly tls: ClusterTls;
  /** http, https or socks5. */
  readonly proxyUrl: string | undefined;
  /** When they end, where that can be known: of token, client certificate and program, the first. */
  readonly expiresAt: Date | undefined;
}

/** As node:tls takes it, but for `disabledChecks`; PEM texts. */
export interface ClusterTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  /** Left out one by one; of a way through a proxy only the name's. */
  readonly disabledChecks?: readonly TlsCheck[];
}

export function areSameCredentials(left: ClusterCredentials, right: ClusterCredentials): boolean {
  return JSON.stringify([left.headers, left.tls]) === JSON.stringify([right.headers, right.tls]);
}
