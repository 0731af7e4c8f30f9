/**
 * JSON value of one skydns key -> SkydnsEntry, or the reason why it is skipped. Fields, defaults
 * and matching without regard to case: CoreDNS plugin/etcd/msg/service.go and Go's encoding/json.
 * CoreDNS answers SERVFAIL above an undecodable value; here it harms only itself.
 */

import { RRType } from '../../dns/codes.ts';
import { type DomainName, parseName } from '../../dns/name.ts';
import { makeMx, makeSrv } from '../../dns/rdata/index.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { ENTRY_OCTETS_MAX } from '../limits.ts';
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
}

export type SkipReason =
  | 'bad-key'
  | 'too-large'
  | 'not-json'
  | 'not-object'
  | 'wrong-type'
  | 'out-of-range'
  | 'bad-host';

export type EntryReading =
  | { readonly kind: 'entry'; readonly entry: SkydnsEntry }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

type FieldKind = 'text' | 'flag' | 'integer' | 'strings';

const FIELDS: ReadonlyMap<string, FieldKind> = new Map<string, FieldKind>([
  ['host', 'text'],
  ['port', 'integer'],
  ['priority', 'integer'],
  ['weight', 'integer'],
  ['text', 'text'],
  ['mail', 'flag'],
  ['ttl', 'integer'],
  ['targetstrip', 'integer'],
  ['group', 'text'],
  ['owner', 'text'],
  ['strings', 'strings'],
]);

/** Bounds of each number; outside, DNS cannot say it. Go refuses a negative ttl as well. */
const BOUNDS: Readonly<Record<string, readonly [number, number]>> = {
  port: [-1, 0xffff],
  priority: [0, 0xffff],
  weight: [0, 0xffff],
  ttl: [0, 0xffffffff],
  targetstrip: [0, 127],
};

/** `value` in octets, as stores keep it. Never throws. */
export function readEntry(value: string): EntryReading {
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
  const hostText = fields.text('host');
  const target = hostText === '' ? undefined : readHost(hostText);
  if (target === 'bad-host') return skipped('bad-host');
  const text = octetsOfText(fields.text('text'));
  return {
    kind: 'entry',
    entry: {
      target,
      text: text === '' ? undefined : text,
      strings: fields.strings(text),
      port: fields.integer('port'),
      priority: fields.integer('priority'),
      weight: fields.integer('weight'),
      mail: fields.flag('mail'),
      ttlSeconds: fields.integer('ttl') ?? 0,
      targetstrip: fields.integer('targetstrip') ?? 0,
      group: fields.text('group'),
      owner: fields.text('owner'),
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

function readFields(json: object): FieldValues | SkipReason {
  const values = new Map<string, unknown>();
  for (const [name, value] of Object.entries(json)) {
    const field = name.toLowerCase();
    const kind = FIELDS.get(field);
    // null leaves a field as it is (encoding/json).
    if (kind === undefined || value === null) continue;
    if (!isOfKind(value, kind)) return 'wrong-type';
    const bounds = BOUNDS[field];
    if (bounds !== undefined && (Number(value) < bounds[0] || Number(value) > bounds[1])) {
      return 'out-of-range';
    }
    values.set(field, value);
  }
  return new FieldValues(values);
}

class FieldValues {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(values: ReadonlyMap<string, unknown>) {
    this.#values = values;
  }

  text(name: string): string {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : '';
  }

  integer(name: string): number | undefined {
    const value = this.#values.get(name);
    return typeof value === 'number' ? value : undefined;
  }

  flag(name: string): boolean {
    return this.#values.get(name) === true;
  }

  /** Believed only when it says the same as `text`, which other readers serve. */
  strings(text: string): readonly string[] | undefined {
    const value = this.#values.get('strings');
    if (!Array.isArray(value)) return undefined;
    const strings = value.map((each) => octetsOfText(String(each)));
    const isSound = strings.every((each) => each.length <= 255) && strings.join('') === text;
    return isSound ? strings : undefined;
  }
}

function isOfKind(value: unknown, kind: FieldKind): boolean {
  if (kind === 'text') return typeof value === 'string';
  if (kind === 'flag') return typeof value === 'boolean';
  if (kind === 'integer') return Number.isInteger(value);
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
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
