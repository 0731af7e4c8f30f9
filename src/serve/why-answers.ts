/**
 * The answer to `TXT _why.<name>`: the short form of the explanation, one string a line, TTL 0. Our
 * choice: outside every zone's data, so that no store holds it and no resolver keeps it.
 */

import { Opcode, RRClass, RRType } from '../dns/codes.ts';
import { UDP_OCTETS_WITHOUT_EDNS } from '../dns/limits.ts';
import { type DomainName, stripLabels } from '../dns/name.ts';
import { makeTxt } from '../dns/rdata/index.ts';
import { Flag, opcodeOf } from '../dns/wire/header.ts';
import { decodeMessage, encodeMessage, type Message } from '../dns/wire/message.ts';
import { octetsOfText } from '../store/skydns/entry.ts';

/** Why this name answers so, in lines; undefined: nothing is known of it. */
export type WhyOf = (name: DomainName) => readonly string[] | undefined;

const LINE_OCTETS_MAX = 255;
/** As many as surely fit into a message. */
const LINES_MAX = 240;

/**
 * undefined: no such question, or nobody can say. `udpOctetsMax`: the server's own; over TCP
 * `octetsMax` is given instead. What is too long for a datagram is truncated (RFC 2181 section 9).
 */
export function answerWhy(
  query: Uint8Array,
  whyOf: WhyOf,
  limits: { readonly octetsMax: number | undefined; readonly udpOctetsMax: number },
): Uint8Array | undefined {
  const asked = decoded(query);
  const question = asked?.questions[0];
  if (asked === undefined || question === undefined || asked.questions.length !== 1)
    return undefined;
  const isQuery = (asked.flags & Flag.QR) === 0 && opcodeOf(asked.flags) === Opcode.QUERY;
  if (!isQuery || question.type !== RRType.TXT || question.class !== RRClass.IN) return undefined;
  // BADVERS (RFC 6891 section 6.1.3) is the zone's to say.
  if (asked.edns !== undefined && asked.edns.version !== 0) return undefined;
  const lines = whyOf(stripLabels(question.name, 1));
  if (lines === undefined || lines.length === 0) return undefined;
  const { edns } = asked;
  const strings = lines
    .slice(0, LINES_MAX)
    .map((line) => octetsOfText(line).slice(0, LINE_OCTETS_MAX));
  const answer = {
    ...asked,
    flags: (asked.flags & Flag.RD) | Flag.QR | Flag.AA,
    answers: [
      {
        name: question.name,
        type: RRType.TXT,
        class: RRClass.IN,
        ttlSeconds: 0,
        rdata: makeTxt(strings),
      },
    ],
    authorities: [],
    additionals: [],
    edns: edns && { ...edns, udpOctets: limits.udpOctetsMax, version: 0, options: [] },
  };
  const room =
    limits.octetsMax ??
    Math.min(limits.udpOctetsMax, Math.max(edns?.udpOctets ?? 0, UDP_OCTETS_WITHOUT_EDNS));
  const whole = encodeMessage(answer);
  if (whole.length <= room) return whole;
  return encodeMessage({ ...answer, flags: answer.flags | Flag.TC, answers: [] });
}

function decoded(query: Uint8Array): Message | undefined {
  try {
    return decodeMessage(query);
  } catch {
    return undefined;
  }
}
