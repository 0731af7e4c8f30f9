/**
 * A KubeFedCluster and the token of its Secret -> how to reach the member. The fingerprint covers
 * all of it; nothing of it is ever told.
 */

import { createHash, X509Certificate } from 'node:crypto';
import type { SlimKubeFedCluster } from '../../api/kubefed/kubefed-cluster.ts';
import type { Read } from '../../api/read.ts';
import type { ClusterAccess, ClusterTls } from '../../kubernetes/cluster-access.ts';
import { tokenEnd } from '../../kubernetes/credentials/expiry.ts';

interface KubeFedAccess {
  readonly access: ClusterAccess;
  readonly fingerprint: string;
}

export function kubefedAccess(
  object: string,
  cluster: SlimKubeFedCluster,
  token: string,
): Read<KubeFedAccess> {
  const { server, caBundle, disabledTlsChecks, proxyUrl, secretName } = cluster;
  if (caBundle !== undefined && !isCertificate(caBundle)) {
    return { kind: 'bad', problem: 'spec.caBundle: holds no certificate' };
  }
  if (disabledTlsChecks.includes('ValidityPeriod') && proxyUrl !== undefined) {
    const problem =
      'spec.disabledTLSValidations: ValidityPeriod is not possible with spec.proxyURL';
    return { kind: 'bad', problem };
  }
  const tls: ClusterTls = {
    ...(caBundle !== undefined && { ca: caBundle }),
    ...(disabledTlsChecks === '*'
      ? { rejectUnauthorized: false }
      : disabledTlsChecks.length > 0 && { disabledChecks: disabledTlsChecks }),
  };
  const headers = { authorization: `Bearer ${token}` };
  const credentials = { headers, tls, proxyUrl, expiresAt: tokenEnd(token) };
  const access: ClusterAccess = {
    context: object,
    server,
    user: `token of Secret ${secretName}`,
    // A token that is refused stays until the Secret has another: another access, then.
    credentials: () => Promise.resolve(credentials),
  };
  const told = JSON.stringify([server, credentials]);
  const fingerprint = createHash('sha256').update(told).digest('hex');
  return { kind: 'good', value: { access, fingerprint } };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).serialNumber !== '';
  } catch {
    return false;
  }
}
