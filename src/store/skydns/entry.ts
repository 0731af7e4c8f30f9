/**
 * JSON value of one skydns key -> SkydnsEntry, or the reason why it is skipped. Fields, defaults
 * and matching without regard to case: CoreDNS plugin/etcd/msg/service.go and Go's encoding/json.
 * CoreDNS answers SERVFAIL above an undecodable value; here it harms only itself.
 */

import { RRType } from '../../dns/codes.ts';
import { type DomainName, parseName } from '../../dns/name.ts';
import { makeMx, makeSrv } from '../../dns/rdata/index.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { Recent } from '../../runtime/tables/recent.ts';
import { ENTRY_OCTETS_MAX, TEXT_OCTETS_MAX } from '../limits.ts';
import { addressOf } from './address.ts';

export type HostTarget =
  | { readonly kind: 'address'; readonly type: number; readonly rdata: Rdata }
  | { readonly kind: 'name'; readonly name: DomainName }
  /** ExternalDNS leaves the whole RDATA of SRV and MX in `host`; told by its shape. */
  | { readonly kind: 'record'; readonly type: number; readonly rdata: Rdata };

export interface SkydnsEntry {
  readonly target: HostTarget | undefined;
  /** Octets; undefined when absent or empty. */
  readonly text: string | undefined;
  /** Our extension: where TXT strings are cut, when not every 255 octets. Octets each. */
  readonly strings: readonly string[] | undefined;
  readonly port: number | undefined;
  readonly priority: number | undefined;
  readonly weight: number | undefined;
  readonly mail: boolean;
  /** 0: absent. */
  readonly ttlSeconds: number;
  readonly targetstrip: number;
  readonly group: string;
  /** ExternalDNS strict mode, and our writer id. */
  readonly owner: string;
  /** Kept by own-leaf.ts once it was asked: equal values share their entry. */
  ownLeaf: string | undefined;
}

export type SkipReason =
  | 'bad-key'
  | 'too-large'
  | 'not-json'
  | 'not-object'
  | 'wrong-type'
  | 'out-of-range'
  | 'bad-host'
  /** We fail to read it, and should not. */
  | 'fault';

export type EntryReading =
  | { readonly kind: 'entry'; readonly entry: SkydnsEntry }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** Bounds of each number; outside, DNS cannot say it. Go refuses a negative ttl as well. */
const BOUNDS = {
  port: [-1, 0xffff],
  priority: [0, 0xffff],
  weight: [0, 0xffff],
  ttl: [0, 0xffffffff],
  targetstrip: [0, 127],
} as const;

/**
 * One value stands in a service's name, its region's and its zone's, and each is read as it is
 * written and as it comes back. Large ones are few, and would fill memory.
 */
const recent = new Recent<EntryReading>(4096);
const RECENT_OCTETS_MAX = 512;

/** `value` in octets, as stores keep it. Never throws. */
export function readEntry(value: string): EntryReading {
  return value.length > RECENT_OCTETS_MAX ? readAnew(value) : recent.of(value, readAnew);
}

function readAnew(value: string): EntryReading {
  if (value.length > ENTRY_OCTETS_MAX) return skipped('too-large');
  let json: unknown;
  try {
    json = JSON.parse(textOfOctets(value));
  } catch {
    return skipped('not-json');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return skipped('not-object');
  }
  const fields = readFields(json);
  if (typeof fields === 'string') return skipped(fields);
  const target = fields.host === '' ? undefined : readHost(fields.host);
  if (target === 'bad-host') return skipped('bad-host');
  const text = octetsOfText(fields.text);
  if (text.length > TEXT_OCTETS_MAX) return skipped('too-large');
  return {
    kind: 'entry',
    entry: {
      target,
      text: text === '' ? undefined : text,
      strings: soundStrings(fields.strings, text),
      port: fields.port,
      priority: fields.priority,
      weight: fields.weight,
      mail: fields.mail,
      ttlSeconds: fields.ttl ?? 0,
      targetstrip: fields.targetstrip ?? 0,
      group: fields.group,
      owner: fields.owner,
      ownLeaf: undefined,
    },
  };
}

/** Octets to text; octets that are no UTF-8 become U+FFFD, as Go's decoder has it. */
export function textOfOctets(octets: string): string {
  return /[\x80-\xff]/.test(octets) ? Buffer.from(octets, 'latin1').toString('utf8') : octets;
}

export function octetsOfText(text: string): string {
  return /[^\0-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

function readFields(json: object): Fields | SkipReason {
  const fields = new Fields();
  // Own keys all: JSON makes no others, and nothing enumerable is inherited.
  for (const name in json) {
    const value: unknown = json[name as keyof typeof json];
    // null leaves a field as it is (encoding/json).
    const reason = value === null ? undefined : takeField(fields, name.toLowerCase(), value);
    if (reason !== undefined) return reason;
  }
  return fields;
}

class Fields {
  host = '';
  text = '';
  group = '';
  owner = '';
  port: number | undefined;
  priority: number | undefined;
  weight: number | undefined;
  ttl: number | undefined;
  targetstrip: number | undefined;
  mail = false;
  strings: unknown;
}

/** Anything that is no field of ours is nothing: `__proto__` too. */
function takeField(fields: Fields, name: string, value: unknown): SkipReason | undefined {
  switch (name) {
    case 'host':
    case 'text':
    case 'group':
    case 'owner':
      if (typeof value !== 'string') return 'wrong-type';
      fields[name] = value;
      return undefined;
    case 'port':
    case 'priority':
    case 'weight':
    case 'ttl':
    case 'targetstrip': {
      if (typeof value !== 'number' || !Number.isInteger(value)) return 'wrong-type';
      const [least, most] = BOUNDS[name];
      if (value < least || value > most) return 'out-of-range';
      fields[name] = value;
      return undefined;
    }
    case 'mail':
      if (typeof value !== 'boolean') return 'wrong-type';
      fields.mail = value;
      return undefined;
    case 'strings':
      fields.strings = value;
      return undefined;
    default:
      return undefined;
  }
}

/** Believed only when it says the same as `text`, which other readers serve. */
function soundStrings(value: unknown, text: string): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const strings: string[] = [];
  for (const each of value) {
    if (typeof each !== 'string') return undefined;
    const octets = octetsOfText(each);
    if (octets.length > 255) return undefined;
    strings.push(octets);
  }
  return strings.join('') === unescapeText(text) ? strings : undefined;
}

function readHost(host: string): HostTarget | 'bad-host' {
  const address = addressOf(host);
  if (address !== undefined) return address;
  try {
    return readRecord(host) ?? { kind: 'name', name: hostName(host) };
  } catch {
    return 'bad-host';
  }
}

function readRecord(host: string): HostTarget | undefined {
  const srv = /^([0-9]{1,5}) +([0-9]{1,5}) +([0-9]{1,5}) +(\S+)$/.exec(host);
  if (srv !== null) {
    const [priority = 0, weight = 0, port = 0] = srv.slice(1, 4).map(sixteenBits);
    const target = hostName(srv[4] ?? '');
    const rdata = makeSrv({ priority, weight, port, target });
    return { kind: 'record', type: RRType.SRV, rdata };
  }
  const mx = /^([0-9]{1,5}) +(\S+)$/.exec(host);
  if (mx === null) return undefined;
  const rdata = makeMx({ preference: sixteenBits(mx[1] ?? ''), exchange: hostName(mx[2] ?? '') });
  return { kind: 'record', type: RRType.MX, rdata };
}

function sixteenBits(digits: string): number {
  const value = Number(digits);
  if (value > 0xffff) throw new RangeError('over 16 bits');
  return value;
}

/** Throws for what is no name: blanks, control characters, non-ASCII, a colon (`host:port`). */
function hostName(host: string): DomainName {
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(host) || host === '@') throw new RangeError('no name');
  return parseName(host);
}

function skipped(reason: SkipReason): EntryReading {
  return { kind: 'skipped', reason };
}

/**
 * What an entry's `text` says, octets as characters. CoreDNS hands it to its DNS library as a zone
 * file's, so `\X` means X and `\DDD` an octet there (miekg/dns packTxtString); we read it so, and
 * write it so that both say the same. A lone backslash at the end says nothing.
 */
export function unescapeText(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:([0-9]{3})|([\s\S])|$)/g, (_all, digits?: string, next?: string) =>
    digits === undefined ? (next ?? '') : String.fromCharCode(Number(digits) & 0xff),
  );
}

/** The text that says these octets. */
export function escapeText(octets: string): string {
  return octets.replaceAll('\\', '\\\\');
}
