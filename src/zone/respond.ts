/**
 * respond: bytes -> bytes. Accept, find the zone, answer, encode, truncate; the one rcode switch.
 *
 * Promised: total (no exception for any bytes), never more than the transport and the asker allow,
 * a header built from nothing, the question echoed byte for byte, OPT in every reply to EDNS,
 * work bounded by the octets of query and reply. `context.report` says what was done.
 * Not promised: rate limits, cookies' arithmetic, which of two queries is answered first.
 */

import { ExtendedError, Rcode, RRClass, RRType } from '../dns/codes.ts';
import { ROOT } from '../dns/name.ts';
import { EdnsReply, writeOpt } from '../dns/wire/edns.ts';
import { CountOffset, Flag, HEADER_OCTETS, readUint16, writeUint16 } from '../dns/wire/header.ts';
import { ParsedQuery, parseQuery, Verdict } from '../dns/wire/query.ts';
import { MessageWriter } from '../dns/wire/writer.ts';
import { Answer, collectAnswer } from './answer.ts';
import { nameAt } from './content/flat-node.ts';
import { findNode } from './content/node-table.ts';
import type { ZoneImage } from './image.ts';
import { Outcome } from './lookup.ts';
import { type AnswerKind, NO_NAME, octetsAllowed, type QueryContext } from './query-context.ts';
import { straightAnswer } from './straight-answer.ts';
import { writeAnswer } from './write-answer.ts';
import { findZone, type Zone, type Zones } from './zones.ts';

const KIND_OF_OUTCOME: readonly AnswerKind[] = ['hit', 'alias', 'nodata', 'nxdomain', 'delegation'];

// One query at a time in a thread: reused, so that a query allocates nothing.
const parsed = new ParsedQuery();
const answer = new Answer();
const edns = new EdnsReply();
const writer = new MessageWriter();
const asked: { zone: Zone; key: ParsedQuery['key']; type: number } = {
  zone: { index: -1, apex: ROOT, octets: NO_NAME, image: undefined, sameHash: undefined },
  key: parsed.key,
  type: 0,
};
const writing: {
  order: QueryContext['order'];
  random: number;
  readonly key: ParsedQuery['key'];
} = { order: 'fixed', random: 0, key: parsed.key };

/** Octets written to `out`; 0: stay silent. `out` should hold what the transport can carry. */
export function respond(
  zones: Zones,
  query: Uint8Array,
  context: QueryContext,
  out: Uint8Array,
): number {
  const length = straightAnswer(zones, query, context, out);
  return length > 0 ? length : respondInFull(zones, query, context, out);
}

/** The same without the short cut. */
export function respondInFull(
  zones: Zones,
  query: Uint8Array,
  context: QueryContext,
  out: Uint8Array,
): number {
  const verdict = parseQuery(query, parsed);
  resetReport(context);
  if (verdict === Verdict.SILENT) return 0;
  prepareEdns(query, context);
  startReply(query, context, out);
  return finishReply(context, rcodeFor(zones, verdict, context));
}

/** The one rcode switch. Writes the sections where there are any. */
function rcodeFor(zones: Zones, verdict: number, context: QueryContext): number {
  switch (verdict) {
    case Verdict.FORMERR:
      return Rcode.FORMERR;
    case Verdict.NOTIMP:
      return Rcode.NOTIMP;
    case Verdict.BADVERS:
      return Rcode.BADVERS;
  }
  if (parsed.edns.isCookieMalformed && context.cookieReply !== undefined) return Rcode.FORMERR;
  if (verdict === Verdict.COOKIE) {
    return context.cookieReply === undefined ? Rcode.FORMERR : Rcode.NOERROR;
  }
  // Transfers come later; classes other than IN are not served. ANY is answered as NSD does.
  const isClassServed = parsed.class === RRClass.IN || parsed.class === RRClass.ANY;
  const isTransfer = parsed.type === RRType.AXFR || parsed.type === RRType.IXFR;
  const zone = isClassServed ? zoneOf(zones) : undefined;
  if (zone === undefined || isTransfer) return refuse(context, zone);
  reportZone(context, zone);
  if (zone.image === undefined) {
    edns.extendedError = ExtendedError.NOT_READY;
    return Rcode.SERVFAIL;
  }
  if (context.isStale) edns.extendedError = ExtendedError.STALE_ANSWER;
  return answerFrom(zones, zone, context);
}

function refuse(context: QueryContext, zone: Zone | undefined): number {
  context.report.kind = 'refused';
  if (zone === undefined) edns.extendedError = ExtendedError.NOT_AUTHORITATIVE;
  else {
    reportZone(context, zone);
    edns.extendedError = ExtendedError.NOT_SUPPORTED;
  }
  return Rcode.REFUSED;
}

/** Negatives of a zone share one bucket of the rate limit: its apex. */
function reportZone({ report }: QueryContext, zone: Zone): void {
  report.zoneIndex = zone.index;
  report.nameOctets = zone.octets;
  report.nameAt = 0;
}

function answerFrom(zones: Zones, zone: Zone, context: QueryContext): number {
  const { report } = context;
  if (context.mustTruncate) {
    report.isTruncated = true;
    writeUint16(writer.out, 2, readUint16(writer.out, 2) | Flag.TC);
    return Rcode.NOERROR;
  }
  answer.reset();
  asked.zone = zone;
  asked.type = parsed.type;
  collectAnswer(zones, asked, answer);
  report.kind = KIND_OF_OUTCOME[answer.firstOutcome] as AnswerKind;
  const isNegative =
    answer.firstOutcome === Outcome.NODATA || answer.firstOutcome === Outcome.NXDOMAIN;
  if (answer.firstNode !== 0 && !isNegative) {
    report.nameOctets = (zone.image as ZoneImage).memory.bytes;
    report.nameAt = nameAt(answer.firstNode);
  }
  if (parsed.edns.isPresent) writer.limit -= edns.octetCount();
  writing.order = context.order;
  writing.random = context.random;
  report.isTruncated = writeAnswer(writer, answer, writing);
  if (parsed.edns.isPresent) writer.limit += edns.octetCount();
  let flags = readUint16(writer.out, 2);
  // RFC 1035 section 3.2.5: of class ANY nobody can be the authority.
  if (answer.isAuthoritative && parsed.class === RRClass.IN) flags |= Flag.AA;
  if (report.isTruncated) flags |= Flag.TC;
  writeUint16(writer.out, 2, flags);
  return answer.rcode;
}

/** RFC 4035 section 3.1.4.1: DS belongs to the parent, if that is ours too. */
function zoneOf(zones: Zones): Zone | undefined {
  const zone = findZone(zones, parsed.key, 0);
  if (parsed.type !== RRType.DS || zone === undefined) return zone;
  if (parsed.key.labelCount === 0 || !parsed.key.isSuffix(0, zone.apex)) return zone;
  const parent = findZone(zones, parsed.key, 1);
  if (parent?.image === undefined) return zone;
  // A parent that knows nothing of the child would deny the child's own apex.
  return findNode(parent.image, parsed.key, 0) === 0 ? zone : parent;
}

function resetReport(context: QueryContext): void {
  const { report } = context;
  report.rcode = -1;
  report.kind = 'error';
  report.zoneIndex = -1;
  report.type = parsed.questionEnd > HEADER_OCTETS ? parsed.type : 0;
  report.nameOctets = NO_NAME;
  report.nameAt = 0;
  report.isTruncated = false;
  report.hasValidCookie = false;
  report.hasEdns = parsed.edns.isPresent;
  report.hasDo = parsed.edns.hasDo;
}

/** What the reply's OPT will say whatever the answer is. */
function prepareEdns(query: Uint8Array, context: QueryContext): void {
  edns.reset();
  const asks = parsed.edns;
  if (!asks.isPresent) return;
  edns.udpOctets = context.udpOctetsMax;
  edns.hasDo = asks.hasDo;
  if (asks.wantsNsid) edns.nsid = context.nsid;
  if (asks.wantsKeepalive && context.transport === 'tcp') {
    edns.keepaliveUnits = context.tcpKeepaliveUnits;
  }
  if (asks.cookieOffset === 0 || asks.isCookieMalformed || context.cookieReply === undefined) {
    return;
  }
  const end = asks.cookieOffset + asks.cookieLength;
  const reply = context.cookieReply(query.subarray(asks.cookieOffset, end));
  edns.cookie = reply.option;
  context.report.hasValidCookie = reply.kind === 'valid';
}

/** Header and question. Only id, opcode and RD are taken from the query. */
function startReply(query: Uint8Array, context: QueryContext, out: Uint8Array): void {
  const end = parsed.questionEnd;
  const hasQuestion = end > HEADER_OCTETS;
  out[0] = query[0] as number;
  out[1] = query[1] as number;
  writeUint16(out, 2, Flag.QR | (parsed.flags & (0x7800 | Flag.RD)));
  writeUint16(out, CountOffset.QUESTION, hasQuestion ? 1 : 0);
  writeUint16(out, CountOffset.ANSWER, 0);
  writeUint16(out, CountOffset.AUTHORITY, 0);
  writeUint16(out, CountOffset.ADDITIONAL, 0);
  for (let index = HEADER_OCTETS; index < end; index++) out[index] = query[index] as number;
  const payload = parsed.edns.isPresent ? parsed.edns.udpOctets : 0;
  writer.start(out, end, Math.min(out.length, octetsAllowed(context, payload)));
}

function finishReply(context: QueryContext, rcode: number): number {
  const { out } = writer;
  context.report.rcode = rcode;
  out[3] = (out[3] as number) | (rcode & 0xf);
  if (parsed.edns.isPresent) {
    edns.extendedRcode = rcode >>> 4;
    writer.hasOverflowed = false;
    writeOpt(writer, edns);
    if (!writer.hasOverflowed) {
      const count = readUint16(out, CountOffset.ADDITIONAL) + 1;
      writeUint16(out, CountOffset.ADDITIONAL, count);
    }
  }
  return writer.offset;
}
