/**
 * TLS of which single checks were switched off by a person: the certificate's name, its time. All
 * others stay, so that "expired" never means "anybody's".
 *
 * Source: KubeFed pkg/controller/util/cluster_util.go, CustomizeCertificateValidation.
 */

import { X509Certificate } from 'node:crypto';
import {
  checkServerIdentity,
  type DetailedPeerCertificate,
  rootCertificates,
  TLSSocket,
} from 'node:tls';
import type { buildConnector } from 'undici';
import type { ClusterTls } from '../cluster-access.ts';
import { CHAIN_LENGTH_MAX } from '../limits.ts';

type Connector = buildConnector.connector;

interface TlsOptions extends Omit<ClusterTls, 'disabledChecks'> {
  readonly checkServerIdentity?: () => undefined;
}

/** As node:tls takes it; the name is not checked where that is switched off. */
export function tlsOptions({ disabledChecks = [], ...tls }: ClusterTls): TlsOptions {
  if (!disabledChecks.includes('SubjectName')) return tls;
  return { ...tls, checkServerIdentity: () => undefined };
}

/**
 * For connections that are to take certificates out of their time: `connect` must not reject by
 * itself, and resume no session. OpenSSL tells one failure of several, so where it tells of the
 * time, chain and name are checked here. Names that an authority is limited to are not known here.
 */
export function takingAnyTime(connect: Connector, tls: ClusterTls): Connector {
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      const host = tls.servername ?? (options.servername || options.hostname);
      const problem = socket instanceof TLSSocket ? problemOf(socket, host, tls) : undefined;
      if (problem === undefined) {
        callback(null, socket);
        return;
      }
      socket.destroy();
      callback(problem, null);
    });
  };
}

const OF_TIME = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];

function problemOf(socket: TLSSocket, host: string, tls: ClusterTls): Error | undefined {
  if (socket.authorized) return undefined;
  // node:tls keeps the code here, whatever its types say.
  const code = String(socket.authorizationError);
  if (!OF_TIME.includes(code)) return new Error(`certificate refused: ${code}`);
  const leaf = socket.getPeerCertificate(true);
  if (!isTrusted(certificatesOf(leaf), authoritiesOf(tls.ca))) {
    return new Error('certificate refused: no trusted authority has issued it');
  }
  return tls.disabledChecks?.includes('SubjectName') ? undefined : checkServerIdentity(host, leaf);
}

/** The leaf first. */
function certificatesOf(leaf: DetailedPeerCertificate): X509Certificate[] {
  const found: X509Certificate[] = [];
  let at: DetailedPeerCertificate | undefined = leaf;
  while (at?.raw !== undefined && found.length < CHAIN_LENGTH_MAX) {
    found.push(new X509Certificate(at.raw));
    at = at.issuerCertificate === at ? undefined : at.issuerCertificate;
  }
  return found;
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

function authoritiesOf(ca: string | undefined): X509Certificate[] {
  const texts = ca === undefined ? rootCertificates : (ca.match(PEM) ?? []);
  return texts.map((text) => new X509Certificate(text));
}

/** RFC 5280 section 4.2.1.12: of a server, or of anything. */
const SERVER_USES = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];

function isTrusted(
  presented: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): boolean {
  let [at] = presented;
  // The extended use, absent where any is meant.
  const uses: readonly string[] | undefined = at?.keyUsage;
  if (at === undefined || (uses && !uses.some((use) => SERVER_USES.includes(use)))) return false;
  for (let length = 0; length < CHAIN_LENGTH_MAX; length++) {
    const issued: X509Certificate = at;
    const isOwn = (one: X509Certificate) => one.fingerprint256 === issued.fingerprint256;
    const isIssuer = (one: X509Certificate) =>
      issued.checkIssued(one) && issued.verify(one.publicKey);
    if (authorities.some((one) => isOwn(one) || isIssuer(one))) return true;
    const next = presented.find((one) => one.ca && !isOwn(one) && isIssuer(one));
    if (next === undefined) return false;
    at = next;
  }
  return false;
}
