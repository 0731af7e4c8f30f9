/**
 * A stored value, packed: what our own writer says of an IPv4 address takes seven or eight octets, and
 * 60 to 70 as it is stored; of another host, its text and some. Any other value rests as it is. What
 * comes back is the same to the octet, in this thread: owners go by numbers of its own.
 *
 *   {"host":"192.0.2.1","ttl":180,"targetstrip":1,"owner":"W"}
 */

import { Recent } from '../../../runtime/tables/recent.ts';
import { Packer, type Unpacker } from './octets.ts';

const USUAL = /^\{"host":"([^"\\]*)","ttl":(0|[1-9]\d{0,8}),"targetstrip":1,"owner":"([^"\\]*)"\}$/;

const Form = { OTHER: 0, HOST: 1, IPV4: 2 } as const;

/** Owners are few, and anybody may write others: past these, values rest as they are. */
const OWNERS_MAX = 100;
const owners: string[] = [];
const ownerNumbers = new Map<string, number>();

/** An address stands at the names of its service, its region and its zone, and is packed at each. */
const recent = new Recent<string>(4096);
const RECENT_OCTETS_MAX = 200;
const own = new Packer();

export function packValue(packer: Packer, value: string): void {
  if (value.length > RECENT_OCTETS_MAX) packAnew(packer, value);
  else packer.octets(recent.of(value, packed));
}

function packed(value: string): string {
  own.begin();
  packAnew(own, value);
  return own.end();
}

function packAnew(packer: Packer, value: string): void {
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

/** Past one, unread. */
export function skipValue(unpacker: Unpacker): void {
  const form = unpacker.octet();
  if (form === Form.IPV4) unpacker.skip(4);
  else unpacker.skip(unpacker.number());
  if (form === Form.OTHER) return;
  unpacker.number();
  unpacker.number();
}

function ownerNumber(owner: string): number | undefined {
  const known = ownerNumbers.get(owner);
  if (known !== undefined || owners.length >= OWNERS_MAX) return known;
  ownerNumbers.set(owner, owners.length);
  return owners.push(owner) - 1;
}

/** undefined: it is none, or not written as `readIpv4` does. */
function ipv4Of(host: string): readonly number[] | undefined {
  if (host.length < 7 || host.length > 15) return undefined;
  const octets: number[] = [];
  let octet = -1;
  for (let index = 0; index <= host.length; index++) {
    const code = index === host.length ? DOT : host.charCodeAt(index);
    if (code === DOT) {
      if (octet < 0) return undefined;
      octets.push(octet);
      octet = -1;
      continue;
    }
    const digit = code - ZERO;
    // Another digit after a 0 is another way to write it.
    if (digit < 0 || digit > 9 || octet === 0) return undefined;
    octet = octet < 0 ? digit : octet * 10 + digit;
    if (octet > 255) return undefined;
  }
  return octets.length === 4 ? octets : undefined;
}

const DOT = 0x2e;
const ZERO = 0x30;

function readIpv4(unpacker: Unpacker): string {
  return `${unpacker.octet()}.${unpacker.octet()}.${unpacker.octet()}.${unpacker.octet()}`;
}
