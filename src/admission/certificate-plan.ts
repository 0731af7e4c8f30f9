/**
 * The certificates of the webhook as the Secret holds them -> what is to be done about them now.
 * Pure, but for looking into certificates.
 *
 *     authority signs --- two thirds ---> next announced ------> next signs ------> previous forgotten
 *     bundle: [authority]                 [authority, next]      [next, previous]   [next]
 *
 * At any time whoever trusts the bundle of this step or of the one before trusts what is served.
 */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { textAt } from '../api/untyped.ts';
import type { KeyPair } from './certificate-authority.ts';
import { ALARM_AT, BACKDATED_MS, type CertificateTimes, RENEW_AT } from './limits.ts';

export interface CertificateState {
  /** Signed what is served. */
  readonly authority: KeyPair;
  readonly serving: KeyPair;
  /** In the bundle, but has signed nothing yet. */
  readonly next: KeyPair | undefined;
  /** Of authorities before: only trusted. PEM. */
  readonly previous: readonly string[];
}

export type CertificateStep =
  | { readonly kind: 'keep' }
  /** All anew: nothing that is there can be used. */
  | { readonly kind: 'begin'; readonly reason: string }
  | { readonly kind: 'renew'; readonly names: readonly string[]; readonly reason: string }
  | { readonly kind: 'announce' }
  | { readonly kind: 'promote'; readonly next: KeyPair }
  | { readonly kind: 'forget' };

export interface CertificateFacts {
  readonly nowMs: number;
  /** That the serving certificate must be good for. */
  readonly names: readonly string[];
  /** For so long `next` has been in every webhook configuration, ms. */
  readonly announcedForMs: number;
  readonly times: CertificateTimes;
}

export function planCertificates(
  state: CertificateState | undefined,
  { nowMs, names, announcedForMs, times }: CertificateFacts,
): CertificateStep {
  if (state === undefined) return { kind: 'begin', reason: 'there is none' };
  const { authority, serving, next, previous } = state;
  const authorityLife = lifeOf(authority.cert);
  if (nowMs >= authorityLife.endMs) {
    return next === undefined
      ? { kind: 'begin', reason: 'its authority has ended' }
      : { kind: 'promote', next };
  }
  if (next !== undefined && announcedForMs >= times.announcedMs) return { kind: 'promote', next };
  const present = namesOf(serving.cert);
  if (!names.every((name) => covers(serving.cert, name))) {
    // With those it has: replicas of different settings would take turns otherwise.
    const together = [...new Set([...names, ...present])];
    return { kind: 'renew', names: together, reason: 'it lacks a name' };
  }
  const servingLife = lifeOf(serving.cert);
  if (nowMs >= servingLife.renewMs) return { kind: 'renew', names, reason: 'it grows old' };
  if (next === undefined && nowMs >= authorityLife.renewMs) return { kind: 'announce' };
  const isEverywhere = nowMs >= servingLife.madeMs + times.overlapMs;
  return previous.length > 0 && isEverywhere ? { kind: 'forget' } : { kind: 'keep' };
}

/** Everything to be trusted, the signing authority first. PEM. */
export function bundleOf({ authority, next, previous }: CertificateState): string {
  return [authority.cert, ...(next === undefined ? [] : [next.cert]), ...previous].join('');
}

/** Unix time, ms. */
export interface CertificateLife {
  readonly madeMs: number;
  readonly renewMs: number;
  /** Nobody has renewed it, and somebody should have: a person must look. */
  readonly alarmMs: number;
  readonly endMs: number;
}

export function lifeOf(cert: string): CertificateLife {
  const { validFrom, validTo } = new X509Certificate(cert);
  const madeMs = Date.parse(validFrom) + BACKDATED_MS;
  const endMs = Date.parse(validTo);
  const after = (share: number) => madeMs + (endMs - madeMs) * share;
  return { madeMs, renewMs: after(RENEW_AT), alarmMs: after(ALARM_AT), endMs };
}

/**
 * `ca.crt` is the bundle, `ca.key` and `next-ca.key` say which of it are ours to sign with, `tls.crt`
 * and `tls.key` are served. undefined: none, or not whole, or not of one piece.
 */
export function readCertificateState(secret: unknown): CertificateState | undefined {
  const textOf = (name: string) => {
    return Buffer.from(textAt(secret, 'data', name) ?? '', 'base64').toString('utf8');
  };
  const bundle = textOf('ca.crt').match(PEM_CERTIFICATE) ?? [];
  const certs = bundle.map((cert) => `${cert}\n`);
  const [key, nextKey] = [textOf('ca.key'), textOf('next-ca.key')];
  const cert = certs.find((one) => isPair({ cert: one, key }));
  const nextCert = certs.find((one) => isPair({ cert: one, key: nextKey }));
  const serving = { cert: textOf('tls.crt'), key: textOf('tls.key') };
  if (cert === undefined || !isPair(serving) || !isSignedBy(serving.cert, cert)) return undefined;
  return {
    authority: { cert, key },
    serving,
    next: nextCert === undefined ? undefined : { cert: nextCert, key: nextKey },
    previous: certs.filter((one) => one !== cert && one !== nextCert && isCertificate(one)),
  };
}

/** As `data` of a Secret; null takes a key away. */
export function certificateData(state: CertificateState): Record<string, string | null> {
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  return {
    'ca.crt': encoded(bundleOf(state)),
    'ca.key': encoded(state.authority.key),
    'next-ca.key': state.next === undefined ? null : encoded(state.next.key),
    'tls.crt': encoded(state.serving.cert),
    'tls.key': encoded(state.serving.key),
  };
}

/** Whether it is a certificate with its own key, whoever signed it. */
export function isPair({ cert, key }: KeyPair): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function isCertificate(cert: string): boolean {
  try {
    return new X509Certificate(cert).ca;
  } catch {
    return false;
  }
}

function isSignedBy(cert: string, authority: string): boolean {
  const issuer = new X509Certificate(authority);
  const leaf = new X509Certificate(cert);
  return leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
}

function covers(cert: string, name: string): boolean {
  const certificate = new X509Certificate(cert);
  const isOfIt = isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name);
  return isOfIt !== undefined;
}

/** `DNS:a.example, IP Address:127.0.0.1`, as node prints them. */
function namesOf(cert: string): string[] {
  const text = new X509Certificate(cert).subjectAltName ?? '';
  return text.split(', ').flatMap((each) => /^(?:DNS|IP Address):(.+)$/.exec(each)?.[1] ?? []);
}
