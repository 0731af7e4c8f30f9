/**
 * One query out of a message, hot: result codes, no exceptions, nothing allocated. The one accept
 * function for all transports: a second one could skip checks.
 * RFC 1035 section 4.1, 6891, 8906, 9267, 9619.
 */

import { Opcode, RRType } from '../codes.ts';
import { EdnsQuery, readOpt } from './edns.ts';
import { CountOffset, Flag, HEADER_OCTETS, opcodeOf, readUint16 } from './header.ts';
import { NameKey } from './name-key.ts';
import { skipName } from './reader.ts';

/** What is to be done with a message. */
export const Verdict = {
  ANSWER: 0,
  /** No reply at all: too short to have an id, or itself a reply. */
  SILENT: 1,
  FORMERR: 2,
  NOTIMP: 3,
  BADVERS: 4,
  /** No question but a COOKIE option, RFC 7873 section 5.4: only a cookie is wanted. */
  COOKIE: 5,
} as const;

export class ParsedQuery {
  flags = 0;
  opcode = 0;
  /** Offset after the question; HEADER_OCTETS when none could be read: nothing is echoed then. */
  questionEnd = HEADER_OCTETS;
  type = 0;
  class = 0;
  /** The asked name; holds only while `questionEnd` is past the header. */
  readonly key = new NameKey();
  readonly edns = new EdnsQuery();
}

/** Fills `into` from a message and gives a Verdict. Work is bounded by the message's octets. */
export function parseQuery(message: Uint8Array, into: ParsedQuery): number {
  if (message.length < HEADER_OCTETS) return Verdict.SILENT;
  into.flags = readUint16(message, 2);
  into.opcode = opcodeOf(into.flags);
  into.questionEnd = HEADER_OCTETS;
  into.edns.reset();
  if ((into.flags & Flag.QR) !== 0) return Verdict.SILENT;
  const hasQuestion = readQuestion(message, into);
  const mayLackQuestion = readUint16(message, CountOffset.QUESTION) === 0;
  const isParsed = (hasQuestion || mayLackQuestion) && readRecords(message, into);
  if (into.opcode !== Opcode.QUERY) return Verdict.NOTIMP;
  if (!isParsed) return Verdict.FORMERR;
  if (into.edns.version > 0) return Verdict.BADVERS;
  if (hasQuestion) return Verdict.ANSWER;
  return into.edns.cookieOffset > 0 ? Verdict.COOKIE : Verdict.FORMERR;
}

/** RFC 9619: exactly one question, or none (`parseQuery`). RFC 9267: no pointer in it. */
function readQuestion(message: Uint8Array, into: ParsedQuery): boolean {
  if (readUint16(message, CountOffset.QUESTION) !== 1) return false;
  const end = into.key.readQuestion(message, HEADER_OCTETS);
  if (end < 0 || end + 4 > message.length) return false;
  into.type = readUint16(message, end);
  into.class = readUint16(message, end + 2);
  into.questionEnd = end + 4;
  return true;
}

/**
 * Walks every record for the one OPT; others (TSIG, SIG(0), strays) are stepped over. Octets after
 * the last counted record make the message malformed: a count or a length lied.
 */
function readRecords(message: Uint8Array, into: ParsedQuery): boolean {
  const before =
    readUint16(message, CountOffset.ANSWER) + readUint16(message, CountOffset.AUTHORITY);
  const count = before + readUint16(message, CountOffset.ADDITIONAL);
  let at = into.questionEnd;
  for (let index = 0; index < count; index++) {
    const isRoot = message[at] === 0;
    const fields = skipName(message, at);
    if (fields < 0 || fields + 10 > message.length) return false;
    at = fields + 10 + readUint16(message, fields + 8);
    if (at > message.length) return false;
    if (index < before || readUint16(message, fields) !== RRType.OPT) continue;
    // RFC 6891 section 6.1.1: more than one OPT, or one not owned by the root, is FORMERR.
    if (into.edns.isPresent || !isRoot) return false;
    if (!readOpt(message, fields, into.edns)) return false;
  }
  return at === message.length;
}
