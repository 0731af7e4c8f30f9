/** Asks `respond` as a client would, and shows its reply as lines of zone text. */

import { formatRcode, parseType, RRClass } from '../../src/dns/codes.ts';
import { parseName } from '../../src/dns/name.ts';
import { formatRRset } from '../../src/dns/presentation.ts';
import {
  decodeMessage,
  encodeMessage,
  type Message,
  type MessageEdns,
  type MessageRecord,
  rcodeOf,
} from '../../src/dns/wire/message.ts';
import { makeQueryContext, type QueryContext } from '../../src/zone/query-context.ts';
import { respond } from '../../src/zone/respond.ts';
import type { Zones } from '../../src/zone/zones.ts';

export interface AskOptions {
  readonly edns?: Partial<MessageEdns>;
  readonly context?: Partial<QueryContext>;
  readonly flags?: number;
  readonly class?: number;
}

export interface Reply {
  readonly octets: Uint8Array;
  readonly message: Message;
  readonly rcode: string;
  readonly flags: readonly string[];
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
  readonly context: QueryContext;
}

/** `ask(zones, 'web.example. A')`, like dig. */
export function ask(zones: Zones, question: string, options: AskOptions = {}): Reply {
  const reply = send(zones, queryOctets(question, options), options.context);
  if (reply === undefined) throw new Error(`no reply to ${question}`);
  return reply;
}

export function queryOctets(question: string, options: AskOptions = {}): Uint8Array {
  const [owner = '', typeText = 'A'] = question.split(' ');
  const type = parseType(typeText);
  if (type === undefined) throw new Error(`no type: ${typeText}`);
  const edns = options.edns && {
    udpOctets: 1232,
    extendedRcode: 0,
    version: 0,
    hasDo: false,
    options: [],
    ...options.edns,
  };
  return encodeMessage({
    id: 0x1234,
    flags: options.flags ?? 0,
    questions: [{ name: parseName(owner), type, class: options.class ?? RRClass.IN }],
    answers: [],
    authorities: [],
    additionals: [],
    edns,
  });
}

/** Any bytes; undefined: silence. */
export function send(
  zones: Zones,
  octets: Uint8Array,
  settings: Partial<QueryContext> = {},
): Reply | undefined {
  const context = { ...makeQueryContext('udp', 1232), order: 'fixed' as const, ...settings };
  const out = new Uint8Array(65535);
  const length = respond(zones, octets, context, out);
  if (length === 0) return undefined;
  const reply = out.slice(0, length);
  const message = decodeMessage(reply);
  return {
    octets: reply,
    message,
    rcode: formatRcode(rcodeOf(message)),
    flags: flagNames(message.flags),
    answer: message.answers.map(line),
    authority: message.authorities.map(line),
    additional: message.additionals.map(line),
    context,
  };
}

function flagNames(flags: number): string[] {
  const bits: [string, number][] = [
    ['qr', 0x8000],
    ['aa', 0x400],
    ['tc', 0x200],
    ['rd', 0x100],
    ['ra', 0x80],
    ['z', 0x40],
    ['ad', 0x20],
    ['cd', 0x10],
  ];
  return bits.filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name);
}

function line(record: MessageRecord): string {
  const { name: owner, type, ttlSeconds, rdata } = record;
  return formatRRset({ owner, type, ttlSeconds, rdatas: [rdata] })[0] as string;
}
