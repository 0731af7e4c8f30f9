/**
 * One probe over the network: connect, for HTTP(S) also ask and read the status, close by RST (no
 * TIME_WAIT here, no descriptor kept). Has no time limit of its own: whoever asks gives up by
 * calling what it got back. Never throws, tells at most once, perhaps before it returns.
 */

import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls';
import { PROBE_HEAD_OCTETS_MAX } from '../limits.ts';
import type { ProbeTarget, StatusCheck } from '../probe-target.ts';
import { encodeStatusRequest, readStatus } from './http-status.ts';

/** What one probe found, in one short text; `kind` says about whom. */
export interface Finding {
  /**
   * - `good`, `bad`: the target answered, as wanted or not.
   * - `no-route`: theirs or ours; only the other addresses can tell.
   * - `local`: we could not ask (descriptors, ports, rights).
   */
  readonly kind: 'good' | 'bad' | 'no-route' | 'local';
  readonly reason: string;
}

/** Starts one probe. Calls `tell` unless given up before by the function returned. */
export type AskAddress = (target: ProbeTarget, tell: (finding: Finding) => void) => () => void;

export const askAddress: AskAddress = (target, tell) => {
  // Anything but an IP would be looked up in the DNS.
  if (isIP(target.address) === 0) {
    tell({ kind: 'bad', reason: 'not an address' });
    return () => {};
  }
  let socket: Socket | undefined;
  let isOver = false;
  const finish = (finding?: Finding): void => {
    if (isOver) return;
    isOver = true;
    if (socket !== undefined) cut(socket);
    if (finding !== undefined) tell(finding);
  };
  const fail = (error: unknown): void => finish(findingOf(error));
  try {
    socket = connect({ host: target.address, port: target.port });
    socket.on('error', fail);
    if (target.check.kind === 'tcp') {
      socket.once('connect', () => finish({ kind: 'good', reason: 'connected' }));
    } else {
      askStatus({ socket, target, check: target.check }, finish);
    }
  } catch (error) {
    // A port out of range, a header no HTTP allows: one bad target harms only itself.
    fail(error);
  }
  return finish;
};

/** Before it is connected there is nothing to reset: closing withdraws the SYN. */
function cut(socket: Socket): void {
  if (socket.connecting || socket.destroyed) socket.destroy();
  else socket.resetAndDestroy();
}

/**
 * The status of one GET. Of the answer no more is read than the status needs, and that is bounded.
 * The certificate is judged only when `tlsName` is given: then its chain must lead to a root that
 * Node trusts (NODE_EXTRA_CA_CERTS adds some) and it must carry that name. Without, we ask "does it
 * answer", not "who is it".
 */
function askStatus(
  { socket, target, check }: { socket: Socket; target: ProbeTarget; check: StatusCheck },
  finish: (finding: Finding) => void,
): void {
  const request = encodeStatusRequest(target, check);
  const fail = (error: Error): void => finish(findingOf(error));
  const stream = check.kind === 'https' ? secured(socket, check) : socket;
  let received = '';
  stream.setEncoding('latin1');
  stream.on('error', fail);
  stream.once('end', () => finish(CLOSED));
  stream.once('close', () => finish(CLOSED));
  // Not before: until then the name in the certificate has not been looked at.
  stream.once(check.kind === 'https' ? 'secureConnect' : 'connect', () => stream.write(request));
  stream.on('data', (text: string) => {
    try {
      received += text;
      const status = readStatus(received);
      if (status !== undefined) return finish(judgeStatus(status, check));
      if (received.length > PROBE_HEAD_OCTETS_MAX) throw new Error('answer head too large');
    } catch (error) {
      finish(findingOf(error));
    }
  });
}

function judgeStatus(status: number, { statuses: [from, to] }: StatusCheck): Finding {
  const isGood = status >= from && status <= to;
  if (isGood) return { kind: 'good', reason: `status ${status}` };
  return { kind: 'bad', reason: `status ${status} not in ${from}-${to}` };
}

let context: SecureContext | undefined;

function secured(socket: Socket, check: StatusCheck): Socket {
  // One for all: making one takes longer than a handshake.
  context ??= createSecureContext();
  const name = check.tlsName ?? check.host?.replace(/:\d+$/, '') ?? '';
  return connectTls({
    socket,
    secureContext: context,
    // No address may stand in SNI (RFC 6066 section 3).
    servername: isIP(name.replace(/^\[|\]$/g, '')) === 0 ? name : '',
    rejectUnauthorized: check.tlsName !== undefined,
    ALPNProtocols: ['http/1.1'],
  });
}

const CLOSED: Finding = { kind: 'bad', reason: 'closed without an answer' };

const REASONS: ReadonlyMap<string, Finding> = new Map<string, Finding>([
  ['ECONNREFUSED', { kind: 'bad', reason: 'refused' }],
  ['ECONNRESET', CLOSED],
  ['EPIPE', CLOSED],
  ['ETIMEDOUT', { kind: 'bad', reason: 'timed out' }],
  ['ERR_TLS_CERT_ALTNAME_INVALID', { kind: 'bad', reason: 'certificate of another name' }],
  ['CERT_HAS_EXPIRED', { kind: 'bad', reason: 'certificate expired' }],
  ['CERT_NOT_YET_VALID', { kind: 'bad', reason: 'certificate not valid yet' }],
  ...[
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ].map((code): [string, Finding] => [
    code,
    { kind: 'bad', reason: `certificate not trusted (${code})` },
  ]),
  ['EHOSTUNREACH', { kind: 'no-route', reason: 'no route to the host' }],
  ['ENETUNREACH', { kind: 'no-route', reason: 'no route to the network' }],
  // "Administratively prohibited" by a router of IPv6 (RFC 4443 section 3.1), or by a route here.
  ['EACCES', { kind: 'no-route', reason: 'prohibited on the way' }],
  ['EAFNOSUPPORT', { kind: 'no-route', reason: 'address family not supported here' }],
  ['EMFILE', { kind: 'local', reason: 'no descriptors left here (EMFILE)' }],
  ['ENFILE', { kind: 'local', reason: 'no descriptors left here (ENFILE)' }],
  ['EADDRNOTAVAIL', { kind: 'local', reason: 'no local address or port left (EADDRNOTAVAIL)' }],
  ['ENOBUFS', { kind: 'local', reason: 'no memory for sockets here (ENOBUFS)' }],
  ['ENOMEM', { kind: 'local', reason: 'no memory for sockets here (ENOMEM)' }],
  ['EPERM', { kind: 'local', reason: 'not permitted here (EPERM)' }],
]);

/** By code, never by message; a code we do not know speaks for itself, and against the target. */
function findingOf(error: unknown): Finding {
  if (!(error instanceof Error)) return { kind: 'bad', reason: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === undefined) return { kind: 'bad', reason: error.message };
  const known = REASONS.get(code);
  if (known !== undefined) return known;
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO')
    return { kind: 'bad', reason: 'TLS handshake failed' };
  return { kind: 'bad', reason: code };
}
