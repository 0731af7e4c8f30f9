/** Where a cluster's API is and how we prove who we are. Values only; kubeconfig.ts makes them. */

import type { ConnectionOptions } from 'node:tls';
export interface ClusterCredentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Pick<
    ConnectionOptions,
    'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'servername' | 'rejectUnauthorized'
  >;
  readonly proxyUrl: string | undefined;
  readonly expiresAt: Date | undefined;
}
export interface ClusterAccess {
  readonly context: string;
  readonly server: string;
  readonly user: string;
  credentials(): Promise<ClusterCredentials>;
}
