/**
 * The one question that most askers ask, answered in one go: class IN, A or AAAA, EDNS without
 * options or none, a name that holds such records. Same octets and same report as the whole way
 * (test/zone/straight-answer.test.ts holds the two against each other) for half its work.
 *
 * Whatever is not that question, or not certain at once, is left to the whole way: 0. Few long
 * functions: cut into small ones, or handing on by fields, it gains nothing (perf, under load).
 */

import { Rcode, RRClass, RRType } from '../dns/codes.ts';
import { LABEL_OCTETS_MAX, NAME_OCTETS_MAX } from '../dns/limits.ts';
import { DO_FLAG, OPT_OCTETS } from '../dns/wire/edns.ts';
import { CountOffset, Flag, HEADER_OCTETS, readUint16, writeUint16 } from '../dns/wire/header.ts';
import { FOLDED, hashOctet, rootHash } from '../dns/wire/name-key.ts';
import { hasFlag, NodeFlag, nameAt, nameOctetsOf, rrsetOf } from './content/flat-node.ts';
import { countOf, recordAt, recordsOctetsOf } from './content/flat-rrset.ts';
import { nodeOfHash } from './content/node-table.ts';
import type { ZoneImage } from './image.ts';
import { octetsAllowed, type QueryContext } from './query-context.ts';
import type { Zone, Zones } from './zones.ts';

/** Above it, finding the zone one by one is no longer the short way. */
const ZONES_MAX = 8;
/** Zero octet, type and class behind the last label. */
const QUESTION_TAIL_OCTETS = 5;
/** Where in an OPT its fields stand. */
const OPT_PAYLOAD = 3;
const OPT_VERSION = 6;
const OPT_FLAGS = 7;
const OPT_LENGTH = 9;

/** Octets written to `out`; 0: nothing was, the whole way is to be gone. */
export function straightAnswer(
  zones: Zones,
  query: Uint8Array,
  context: QueryContext,
  out: Uint8Array,
): number {
  if (context.isStale || context.mustTruncate || context.order === 'shuffle') return 0;
  const rootAt = rootOf(query);
  if (rootAt === 0) return 0;
  const end = rootAt + QUESTION_TAIL_OCTETS;
  const type = readUint16(query, rootAt + 1);
  if (type !== RRType.A && type !== RRType.AAAA) return 0;
  const zone = zoneOf(zones, query, rootAt);
  const image = zone?.image;
  if (image === undefined || image.cutCount > 0) return 0;
  const { words, bytes } = image.memory;
  const node = nodeOf(image, query, rootAt);
  if (node === 0) return 0;
  const rrset = rrsetOf(words, node, type);
  if (rrset === 0) return 0;
  const hasEdns = query.length > end;
  const count = countOf(words, rrset);
  const octets = recordsOctetsOf(words, rrset);
  const length = end + octets + (hasEdns ? OPT_OCTETS : 0);
  const payload = hasEdns ? readUint16(query, end + OPT_PAYLOAD) : 0;
  if (length > out.length || length > octetsAllowed(context, payload)) return 0;
  // From here on nothing gives up.
  for (let at = 0; at < end; at++) out[at] = query[at] as number;
  out[2] = ((Flag.QR | Flag.AA) >>> 8) | (query[2] as number);
  out[3] = 0;
  writeUint16(out, CountOffset.ANSWER, count);
  const first = recordAt(words, rrset, 0);
  const split = context.order === 'rotate' ? recordAt(words, rrset, context.random % count) : first;
  let at = end;
  for (let from = split; from < first + octets; from++) out[at++] = bytes[from] as number;
  for (let from = first; from < split; from++) out[at++] = bytes[from] as number;
  const { report } = context;
  report.rcode = Rcode.NOERROR;
  report.kind = 'hit';
  report.zoneIndex = (zone as Zone).index;
  report.type = type;
  report.nameOctets = bytes;
  report.nameAt = nameAt(node);
  report.isTruncated = false;
  report.hasValidCookie = false;
  report.hasEdns = hasEdns;
  report.hasDo = hasEdns && (readUint16(query, end + OPT_FLAGS) & DO_FLAG) !== 0;
  if (hasEdns) writePlainOpt(out, at, context);
  return length;
}

/** Where the zero octet of the asked name stands, if all but name and type is as it should be. */
function rootOf(query: Uint8Array): number {
  const size = query.length;
  if (size < HEADER_OCTETS + QUESTION_TAIL_OCTETS) return 0;
  // QR, opcode, AA, TC; one question; nothing else but perhaps one additional record.
  const oddFlags = (query[2] as number) & 0xfe;
  const oddQuestions = (query[4] as number) | ((query[5] as number) ^ 1);
  const records = (query[6] as number) | (query[7] as number) | (query[8] as number);
  const more = (query[9] as number) | (query[10] as number) | ((query[11] as number) & 0xfe);
  if ((oddFlags | oddQuestions | records | more) !== 0) return 0;
  let at = HEADER_OCTETS;
  for (let length = query[at] as number; length > 0; length = query[at] as number) {
    at += length + 1;
    if (length > LABEL_OCTETS_MAX || at >= size) return 0;
  }
  if (at - HEADER_OCTETS >= NAME_OCTETS_MAX) return 0;
  const end = at + QUESTION_TAIL_OCTETS;
  if (end > size || readUint16(query, at + 3) !== RRClass.IN) return 0;
  if (query[11] === 0) return size === end ? at : 0;
  if (size !== end + OPT_OCTETS) return 0;
  const oddOpt = (query[end] as number) | (query[end + OPT_VERSION] as number);
  const isPlain =
    readUint16(query, end + 1) === RRType.OPT && readUint16(query, end + OPT_LENGTH) === 0;
  return oddOpt === 0 && isPlain ? at : 0;
}

/** The only zone the name can be of; undefined also where there might be two. */
function zoneOf(zones: Zones, query: Uint8Array, rootAt: number): Zone | undefined {
  const { entries } = zones;
  if (zones.isNested || entries.length > ZONES_MAX) return undefined;
  for (let index = 0; index < entries.length; index++) {
    const zone = entries[index] as Zone;
    if (endsIn(query, rootAt, zone.octets)) return zone;
  }
  return undefined;
}

/** By octets alone: labels are compared when the whole name is. */
function endsIn(query: Uint8Array, rootAt: number, apex: Uint8Array): boolean {
  const from = rootAt + 1 - apex.length;
  if (from < HEADER_OCTETS) return false;
  for (let at = apex.length - 1; at >= 0; at--) {
    if (FOLDED[query[from + at] as number] !== apex[at]) return false;
  }
  return true;
}

/** The node of the asked name; 0: none, or none that answers by itself. */
function nodeOf(image: ZoneImage, query: Uint8Array, rootAt: number): number {
  let hash = rootHash();
  for (let at = rootAt - 1; at >= HEADER_OCTETS; at--) {
    hash = hashOctet(hash, FOLDED[query[at] as number] as number);
  }
  const node = nodeOfHash(image, hash);
  if (node === 0) return 0;
  const { words, bytes } = image.memory;
  const length = rootAt + 1 - HEADER_OCTETS;
  if (nameOctetsOf(words, node) !== length) return 0;
  if (image.fallbackLabelsMax > 0 && !hasFlag(words, node, NodeFlag.STORED)) return 0;
  const start = nameAt(node);
  for (let at = 0; at < length; at++) {
    if (bytes[start + at] !== FOLDED[query[HEADER_OCTETS + at] as number]) return 0;
  }
  return node;
}

function writePlainOpt(out: Uint8Array, at: number, { udpOctetsMax, report }: QueryContext): void {
  out[at] = 0;
  writeUint16(out, at + 1, RRType.OPT);
  writeUint16(out, at + OPT_PAYLOAD, udpOctetsMax);
  writeUint16(out, at + OPT_PAYLOAD + 2, 0);
  writeUint16(out, at + OPT_FLAGS, report.hasDo ? DO_FLAG : 0);
  writeUint16(out, at + OPT_LENGTH, 0);
}
