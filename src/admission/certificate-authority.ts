/**
 * Certificates that we sign ourselves: an authority, and with it the serving certificate of the
 * webhook. PEM in and out; keys are ECDSA P-256, made anew each time.
 *
 * Source: RFC 5280 sections 4.1 and 4.2; names as Go's crypto/x509 checks them for the API server:
 * only the subject alternative names count.
 */

import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { BitString, Integer, OctetString, Utf8String } from 'asn1js';
import ipaddr from 'ipaddr.js';
import {
  AttributeTypeAndValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  Extension,
  ExtKeyUsage,
  GeneralName,
  GeneralNames,
} from 'pkijs';
import { BACKDATED_MS } from './limits.ts';

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Life {
  readonly nowMs: number;
  readonly lifeMs: number;
}

type Keys = webcrypto.CryptoKeyPair;

interface Content {
  readonly keys: Keys;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Extension[];
}

/** Signs, and is signed by itself. Each has a name of its own: a bundle may hold several. */
export async function makeAuthority({ nowMs, lifeMs }: Life): Promise<KeyPair> {
  const keys = await newKeys();
  const name = `fedns webhook authority ${randomBytes(4).toString('hex')}`;
  const certificate = await filledIn({
    keys,
    subject: name,
    issuer: name,
    ...datesOf({ nowMs, lifeMs }),
    extensions: [
      extension('2.5.29.19', new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
      // keyCertSign, cRLSign.
      extension('2.5.29.15', bits(0b0000_0110, 1), true),
      extension('2.5.29.14', octets(await keyIdentifier(keys))),
    ],
  });
  return await signed(certificate, { by: keys.privateKey, keys });
}

/** For these names and addresses; it never outlives its authority. */
export async function makeServing(
  authority: KeyPair,
  names: readonly string[],
  life: Life,
): Promise<KeyPair> {
  const keys = await newKeys();
  const { privateKey, certificate: issuer } = await authorityOf(authority);
  const dates = datesOf(life);
  const certificate = await filledIn({
    keys,
    subject: 'fedns webhook',
    issuer: commonName(issuer),
    notBefore: dates.notBefore,
    notAfter: new Date(Math.min(dates.notAfter.getTime(), issuer.notAfter.value.getTime())),
    extensions: [
      extension('2.5.29.19', new BasicConstraints({ cA: false }), true),
      // digitalSignature.
      extension('2.5.29.15', bits(0b1000_0000, 7), true),
      extension('2.5.29.37', new ExtKeyUsage({ keyPurposes: [SERVER_AUTH] })),
      extension('2.5.29.17', new GeneralNames({ names: names.map(generalName) })),
      extension('2.5.29.35', authorityIdentifier(issuer)),
    ],
  });
  return await signed(certificate, { by: privateKey, keys });
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const COMMON_NAME = '2.5.4.3';
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const;

function newKeys(): Promise<Keys> {
  return webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
}

/** Seconds are all that a certificate knows: it may end up to one earlier. */
function datesOf({ nowMs, lifeMs }: Life): Pick<Content, 'notBefore' | 'notAfter'> {
  return { notBefore: new Date(nowMs - BACKDATED_MS), notAfter: new Date(nowMs + lifeMs) };
}

async function filledIn(content: Content): Promise<Certificate> {
  const certificate = new Certificate();
  certificate.version = 2;
  const serial = randomBytes(16);
  // RFC 5280 4.1.2.2: positive, and not zero.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  certificate.serialNumber = new Integer({ valueHex: bufferOf(serial) });
  certificate.issuer.typesAndValues.push(nameOf(content.issuer));
  certificate.subject.typesAndValues.push(nameOf(content.subject));
  certificate.notBefore.value = content.notBefore;
  certificate.notAfter.value = content.notAfter;
  certificate.extensions = [...content.extensions];
  await certificate.subjectPublicKeyInfo.importKey(content.keys.publicKey);
  return certificate;
}

async function signed(
  certificate: Certificate,
  { by, keys }: { readonly by: webcrypto.CryptoKey; readonly keys: Keys },
): Promise<KeyPair> {
  await certificate.sign(by, 'SHA-256');
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    cert: pem('CERTIFICATE', certificate.toSchema(true).toBER(false)),
    key: pem('PRIVATE KEY', key),
  };
}

/** Throws for what is no authority: whoever read it has checked it. */
async function authorityOf({ cert, key }: KeyPair) {
  const privateKey = await webcrypto.subtle.importKey('pkcs8', derOf(key), CURVE, false, ['sign']);
  return { privateKey, certificate: Certificate.fromBER(derOf(cert)) };
}

function nameOf(value: string): AttributeTypeAndValue {
  return new AttributeTypeAndValue({ type: COMMON_NAME, value: new Utf8String({ value }) });
}

function commonName({ subject }: Certificate): string {
  const name = subject.typesAndValues.find(({ type }) => type === COMMON_NAME);
  return name?.value.valueBlock.value ?? '';
}

/** RFC 5280 4.2.1.2, method 1. */
async function keyIdentifier(keys: Keys): Promise<Buffer> {
  const point = await webcrypto.subtle.exportKey('raw', keys.publicKey);
  return createHash('sha1').update(Buffer.from(point)).digest();
}

function authorityIdentifier(issuer: Certificate): AuthorityKeyIdentifier {
  const point = issuer.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView;
  const id = createHash('sha1').update(point).digest();
  return new AuthorityKeyIdentifier({ keyIdentifier: octets(id) });
}

/** RFC 5280 4.2.1.6: dNSName is 2, iPAddress 7. */
function generalName(name: string): GeneralName {
  if (isIP(name) === 0) return new GeneralName({ type: 2, value: name });
  return new GeneralName({ type: 7, value: octets(Buffer.from(ipaddr.parse(name).toByteArray())) });
}

interface Encodable {
  toBER(sizeOnly?: boolean): ArrayBuffer;
}

function extension(
  extnID: string,
  value: Encodable | { toSchema(): Encodable },
  critical = false,
): Extension {
  const schema = 'toSchema' in value ? value.toSchema() : value;
  return new Extension({ extnID, critical, extnValue: schema.toBER(false) });
}

function octets(bytes: Buffer): OctetString {
  return new OctetString({ valueHex: bufferOf(bytes) });
}

function bits(byte: number, unusedBits: number): BitString {
  return new BitString({ valueHex: bufferOf(Buffer.of(byte)), unusedBits });
}

function bufferOf(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function pem(what: string, der: ArrayBuffer): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${what}-----\n${lines}\n-----END ${what}-----\n`;
}

function derOf(text: string): ArrayBuffer {
  return bufferOf(Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64'));
}
