/**
 * A reply as text in which only meaning is left: sections as sets, names folded, what a server may
 * add or leave out removed. Two servers agree when their texts are equal.
 */
import { foldName, typeName } from '../conformance/wire/rdata-text.ts';
import {
  type Message,
  type ResourceRecord,
  readMessage,
} from '../conformance/wire/strict-message.ts';
import { hideSerial } from '../conformance/zone.ts';

export interface NormalReply {
  readonly text: string;
  readonly message: Message;
}

export function normalForm(reply: Buffer | undefined, apex: string): NormalReply | undefined {
  if (reply === undefined) return undefined;
  const message = readMessage(reply);
  const { flags, rcode } = message;
  const head = `rcode ${rcode}${flags.aa ? ' aa' : ''}${flags.tc ? ' tc' : ''}`;
  // What a cut reply still carries is each server's own choice.
  if (flags.tc) return { text: head, message };
  const authority = message.authority.filter((each) => !isCourtesy(each, message, apex));
  const wanted = new Set([...message.answer, ...authority].flatMap(targetsOf));
  const additional = message.additional.filter((each) => wanted.has(foldName(each.name)));
  const sections = [message.answer, authority, additional].map(sectionText);
  return { text: [head, ...sections].join('\n'), message };
}

/** NSD adds the apex NS to positive answers, Knot does not; both may (RFC 1034 4.3.2). */
function isCourtesy(record: ResourceRecord, message: Message, apex: string): boolean {
  return record.type === 2 && message.flags.aa && foldName(record.name) === foldName(apex);
}

function targetsOf(record: ResourceRecord): string[] {
  return [2, 15, 33].includes(record.type) ? [foldName(record.rdata.split(' ').at(-1) ?? '')] : [];
}

function sectionText(records: readonly ResourceRecord[]): string {
  // A set: on a wildcard that is an alias of itself both witnesses repeat the record.
  return `[${[...new Set(records.map(recordText))].sort().join('; ')}]`;
}

function recordText(record: ResourceRecord): string {
  const hasNames = [2, 5, 6, 12, 15, 33].includes(record.type);
  const folded = hasNames ? foldName(record.rdata) : record.rdata;
  const rdata = record.type === 6 ? hideSerial(folded) : folded;
  return `${foldName(record.name)} ${record.ttl} ${typeName(record.type)} ${rdata}`;
}
