/**
 * RRsets -> the entries that FedNS writes for them, and back. One entry a record: leaf,
 * targetstrip 1, owner (writer id), everything lower case; field order as SkyDNS prints it.
 *
 *   web.example. 180 A 192.0.2.1   ->   /skydns/example/web/<leaf>
 *                                       {"host":"192.0.2.1","ttl":180,"targetstrip":1,"owner":"W"}
 *
 * Types: A, AAAA, CNAME, TXT, SRV, MX, PTR (below in-addr.arpa and ip6.arpa), and NODATA. SkyDNS
 * has no place for others; they are refused (a zone file overlay holds them).
 */

import { formatType, RRType } from '../../dns/codes.ts';
import { InputError } from '../../dns/errors.ts';
import { type DomainName, formatName } from '../../dns/name.ts';
import {
  formatRdata,
  readA,
  readAaaa,
  readCname,
  readMx,
  readSrv,
  readTxt,
} from '../../dns/rdata/index.ts';
import { makeRRset, type Rdata, type RRset } from '../../dns/rrset.ts';
import { legalContent } from '../../dns/rrset-change.ts';
import { Recent } from '../../runtime/tables/recent.ts';
import { TTL_MIN_SECONDS } from '../limits.ts';
import { addressOf } from './address.ts';
import { cutText } from './content.ts';
import { escapeText, octetsOfText, readEntry } from './entry.ts';
import { keyOfName } from './key.ts';
import { isOwnEntry, isReverseName, leafOf, type OwnRecord, recordOf } from './own-leaf.ts';

export interface EntryWriter {
  readonly prefix: string;
  /** Writer id, the entries' `owner`. */
  readonly writer: string;
}

/** Of one record, wherever it stands. */
interface MadeEntry {
  readonly leaf: string;
  readonly value: string;
}

/**
 * An address stands at the names of its service, its region and its zone; what is said of it does not
 * depend on the name. Our choice: more than what is written in one go.
 */
const recentAddresses = new Recent<MadeEntry>(4096);

/** Key -> value. Empty content gives the one entry that says NODATA. Throws InputError. */
export function entriesOf(
  owner: DomainName,
  rrsets: readonly RRset[],
  { prefix, writer }: EntryWriter,
): Map<string, string> {
  const parent = keyOfName(prefix, owner);
  const entries = new Map<string, string>();
  const add = ({ leaf, value }: MadeEntry) => void entries.set(`${parent}/${leaf}`, value);
  const made = (record: OwnRecord, ttl?: { readonly ttl: number }): MadeEntry => {
    const { type, rdata } = record;
    const fields = rdata === undefined ? {} : fieldsOf(owner, type, rdata);
    const json = JSON.stringify({ ...fields, ...ttl, targetstrip: 1, owner: writer });
    const entry = { leaf: leafOf(writer, record), value: octetsOfText(json) };
    checkReadsBack(owner, record, { key: `${parent}/${entry.leaf}`, value: entry.value });
    return entry;
  };
  if (rrsets.length === 0) add(made({ type: 0, rdata: undefined }));
  for (const { type, ttlSeconds, rdatas } of legalContent(owner, rrsets)) {
    const ttl = Math.max(TTL_MIN_SECONDS, ttlSeconds);
    const isAddress = type === RRType.A || type === RRType.AAAA;
    for (const rdata of rdatas) {
      const make = () => made({ type, rdata }, { ttl });
      add(isAddress ? recentAddresses.of(`${type} ${ttl} ${rdata}${writer}`, make) : make());
    }
  }
  return entries;
}

/** Where an entry of ours rests. Throws InputError for a value that is none. */
export function keyOfEntry(owner: DomainName, value: string, writer: EntryWriter): string {
  const reading = readEntry(value);
  if (reading.kind === 'skipped') {
    throw new InputError('VALUE_NO_ENTRY', `${formatName(owner)}: ${reading.reason}`);
  }
  const record = recordOf(reading.entry, isReverseName(owner));
  return `${keyOfName(writer.prefix, owner)}/${leafOf(writer.writer, record)}`;
}

/** The records that entries of ours say, as RRsets of one owner. */
export function rrsetsOfEntries(owner: DomainName, values: Iterable<string>): RRset[] {
  const sets = new Map<number, { ttlSeconds: number; rdatas: Rdata[] }>();
  for (const value of values) {
    const reading = readEntry(value);
    if (reading.kind === 'skipped') continue;
    const record = recordOf(reading.entry, isReverseName(owner));
    if (record.rdata === undefined) continue;
    const { ttlSeconds } = reading.entry;
    const set = sets.get(record.type) ?? { ttlSeconds, rdatas: [] };
    set.ttlSeconds = Math.min(set.ttlSeconds, ttlSeconds);
    set.rdatas.push(record.rdata);
    sets.set(record.type, set);
  }
  return [...sets]
    .sort((left, right) => left[0] - right[0])
    .map(([type, set]) => makeRRset(owner, type, set));
}

function fieldsOf(owner: DomainName, type: number, rdata: Rdata): object {
  switch (type) {
    case RRType.A:
      return { host: readA(rdata) };
    case RRType.AAAA:
      return { host: readAaaa(rdata) };
    case RRType.CNAME:
    case RRType.PTR:
      return { host: hostText(readCname(rdata)) };
    case RRType.MX: {
      const { preference, exchange } = readMx(rdata);
      return { host: hostText(exchange), priority: preference, mail: true };
    }
    case RRType.SRV: {
      const { priority, weight, port, target } = readSrv(rdata);
      return { host: hostText(target), port, priority, weight };
    }
    case RRType.TXT:
      return textFields(readTxt(rdata));
    default:
      throw new InputError(
        'TYPE_NO_ENTRY',
        `${formatName(owner)} ${formatType(type)}: the store holds A, AAAA, CNAME, TXT, SRV, MX ` +
          'and PTR; put other types into a zone file',
      );
  }
}

/** Octets that are no UTF-8 become something else here, and checkReadsBack says so. */
function textFields(strings: readonly string[]): object {
  const decode = (octets: string) => Buffer.from(octets, 'latin1').toString('utf8');
  const joined = escapeText(strings.join(''));
  const usual = cutText(joined);
  const isUsual =
    usual.length === strings.length && usual.every((each, index) => each === strings[index]);
  const text = decode(joined);
  return isUsual ? { text } : { text, strings: strings.map(decode) };
}

/** No final dot, as ExternalDNS writes; but one where the name would be taken for an address. */
function hostText(name: DomainName): string {
  const text = formatName(name);
  if (text === '.') return text;
  const bare = text.slice(0, -1);
  return addressOf(bare) === undefined ? bare : text;
}

function checkReadsBack(
  owner: DomainName,
  record: OwnRecord,
  { key, value }: { key: string; value: string },
): void {
  const reading = readEntry(value);
  if (reading.kind === 'entry' && isOwnEntry(key, reading.entry, owner)) return;
  const { type, rdata } = record;
  const what = rdata === undefined ? 'NODATA' : formatType(type);
  const data = rdata === undefined ? '' : ` ${formatRdata(type, rdata)}`;
  throw new InputError(
    'RECORD_NO_ENTRY',
    `${formatName(owner)} ${what}${data.slice(0, 120)}: a skydns entry cannot say this record`,
  );
}
