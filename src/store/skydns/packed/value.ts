/**
 * A stored value, packed: what our own writer says of an address is seven octets, and 60 to 70 as it
 * is stored. Any other value rests as it is. What comes back is the same to the octet.
 *
 *   {"host":"192.0.2.1","ttl":180,"targetstrip":1,"owner":"W"}
 */

import type { Packer, Unpacker } from './octets.ts';

const USUAL = /^\{"host":"([^"\\]*)","ttl":(0|[1-9]\d{0,8}),"targetstrip":1,"owner":"([^"\\]*)"\}$/;
const IPV4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

const Form = { OTHER: 0, HOST: 1, IPV4: 2 } as const;

/** Owners are few, and anybody may write others: past these, values rest as they are. */
const OWNERS_MAX = 100;
const owners: string[] = [];
const ownerNumbers = new Map<string, number>();

export function packValue(packer: Packer, value: string): void {
  const [, host, ttl, owner] = USUAL.exec(value) ?? [];
  const number = owner === undefined ? undefined : ownerNumber(owner);
  if (host === undefined || number === undefined) {
    packer.octet(Form.OTHER);
    packer.text(value);
    return;
  }
  const octets = ipv4Of(host);
  packer.octet(octets === undefined ? Form.HOST : Form.IPV4);
  if (octets === undefined) packer.text(host);
  else for (const octet of octets) packer.octet(octet);
  packer.number(Number(ttl));
  packer.number(number);
}

export function unpackValue(unpacker: Unpacker): string {
  const form = unpacker.octet();
  if (form === Form.OTHER) return unpacker.text();
  const host = form === Form.HOST ? unpacker.text() : readIpv4(unpacker);
  const ttl = unpacker.number();
  const owner = owners[unpacker.number()] ?? '';
  return `{"host":"${host}","ttl":${ttl},"targetstrip":1,"owner":"${owner}"}`;
}

function ownerNumber(owner: string): number | undefined {
  const known = ownerNumbers.get(owner);
  if (known !== undefined || owners.length >= OWNERS_MAX) return known;
  ownerNumbers.set(owner, owners.length);
  return owners.push(owner) - 1;
}

function ipv4Of(host: string): readonly number[] | undefined {
  const octets = IPV4.exec(host)?.slice(1).map(Number);
  return octets?.every((octet) => octet <= 255) ? octets : undefined;
}

function readIpv4(unpacker: Unpacker): string {
  return `${unpacker.octet()}.${unpacker.octet()}.${unpacker.octet()}.${unpacker.octet()}`;
}
