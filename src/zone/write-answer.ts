/**
 * An Answer -> bytes after the question: whole RRsets or nothing (RFC 2181 section 9), TC when
 * answer, authority or required glue was cut, the rest of additional dropped silently. Hot.
 */

import { RRType } from '../dns/codes.ts';
import { CountOffset, HEADER_OCTETS, readUint16, writeUint16 } from '../dns/wire/header.ts';
import type { NameKey } from '../dns/wire/name-key.ts';
import type { MessageWriter } from '../dns/wire/writer.ts';
import { type Answer, Part, QUESTION_OWNER } from './answer.ts';
import {
  countOf,
  Layout,
  layoutOf,
  prefixOctetsOf,
  RECORD_HEADER_OCTETS,
  recordAt,
  recordsOctetsOf,
  typeOf,
} from './content/flat-rrset.ts';
import type { ImageMemory } from './content/image-memory.ts';
import { type RecordOrder, shuffledIndexes } from './rotate.ts';

const QUESTION_POINTER = 0xc000 | HEADER_OCTETS;
const POINTER_OFFSET_MAX = 0x3fff;
/** serial, refresh, retry, expire, minimum. */
const SOA_NUMBERS_OCTETS = 20;
/** RRsets of a message whose names are compressed against its question alone. */
const BRIEF_RRSETS_MAX = 4;
/** The smallest record has 12 octets: no set that fits has more. */
const shuffled = new Uint16Array(0x10000 / RECORD_HEADER_OCTETS);

/** Writes the sections and their counts; gives whether TC must be set. */
export function writeAnswer(
  writer: MessageWriter,
  answer: Answer,
  how: { readonly order: RecordOrder; readonly random: number; readonly key: NameKey },
): boolean {
  let isQuestionNoted = false;
  let isBrief = answer.count <= BRIEF_RRSETS_MAX;
  let isTruncated = false;
  let answerCount = 0;
  let authorityCount = 0;
  let additionalCount = 0;
  for (let index = 0; index < answer.count; index++) {
    takeEntry(answer, index);
    const part = answer.parts[index] as number;
    if (isTruncated && part !== Part.GLUE) break;
    if (entry.layout !== Layout.PLAIN && entry.count > 1) isBrief = false;
    entry.question = isBrief ? how.key : undefined;
    const hasNames = entry.ownerAt !== QUESTION_OWNER || entry.layout !== Layout.PLAIN;
    if (hasNames && !isBrief && !isQuestionNoted) {
      isQuestionNoted = true;
      const { starts, hashes, labelCount } = how.key;
      writer.noteName(HEADER_OCTETS, starts, hashes, labelCount);
    }
    const start = writer.offset;
    if (part === Part.ANSWER) writeOrdered(writer, how);
    else writeInOrder(writer, 0);
    if (writer.hasOverflowed) {
      writer.rewind(start);
      if (part !== Part.ADDITIONAL) isTruncated = true;
      // Less glue is better than none, but nothing follows a cut answer or authority section.
      if (part < Part.GLUE) break;
    } else if (part === Part.ANSWER) answerCount += entry.count;
    else if (part === Part.AUTHORITY) authorityCount += entry.count;
    else additionalCount += entry.count;
  }
  writeUint16(writer.out, CountOffset.ANSWER, answerCount);
  writeUint16(writer.out, CountOffset.AUTHORITY, authorityCount);
  writeUint16(writer.out, CountOffset.ADDITIONAL, additionalCount);
  return isTruncated;
}

interface Entry {
  words: Int32Array;
  bytes: Uint8Array;
  rrset: number;
  count: number;
  layout: number;
  /** Octet at which the records begin, and at which they end. */
  start: number;
  end: number;
  ownerBytes: Uint8Array;
  ownerAt: number;
  /** What its names are compressed against; undefined: against the whole message. */
  question: NameKey | undefined;
}

/** The RRset being written and its owner; one at a time in a thread: reused. */
const entry: Entry = {
  words: new Int32Array(0),
  bytes: new Uint8Array(0),
  rrset: 0,
  count: 0,
  layout: 0,
  start: 0,
  end: 0,
  ownerBytes: new Uint8Array(0),
  ownerAt: QUESTION_OWNER,
  question: undefined,
};

function takeEntry(answer: Answer, index: number): void {
  const { words, bytes } = answer.memories[index] as ImageMemory;
  const rrset = answer.rrsets[index] as number;
  entry.words = words;
  entry.bytes = bytes;
  entry.rrset = rrset;
  entry.count = countOf(words, rrset);
  entry.layout = layoutOf(words, rrset);
  entry.start = recordAt(words, rrset, 0);
  entry.end = entry.start + recordsOctetsOf(words, rrset);
  entry.ownerBytes = (answer.ownerMemories[index] as ImageMemory).bytes;
  entry.ownerAt = answer.ownerAts[index] as number;
}

function writeOrdered(
  writer: MessageWriter,
  how: { readonly order: RecordOrder; readonly random: number },
): void {
  const { count } = entry;
  const type = typeOf(entry.words, entry.rrset);
  const isAddress = type === RRType.A || type === RRType.AAAA;
  if (count === 1 || !isAddress || how.order === 'fixed') {
    writeInOrder(writer, 0);
  } else if (how.order === 'rotate') {
    writeInOrder(writer, (how.random >>> 0) % count);
  } else {
    if (!writer.fits(entry.end - entry.start)) return;
    shuffledIndexes(count, how.random, shuffled);
    let ownerPointer = pointerToOwner();
    for (let index = 0; index < count && !writer.hasOverflowed; index++) {
      ownerPointer = writeRecord(writer, shuffled[index] as number, ownerPointer);
    }
  }
}

/** From record `first` on, round to the one before it. */
function writeInOrder(writer: MessageWriter, first: number): void {
  const { count, bytes, start, end } = entry;
  if (entry.layout === Layout.PLAIN) {
    // Pointers are the longest compression there is: if not even those fit, nothing is copied.
    if (!writer.fits(end - start)) return;
    if (entry.ownerAt === QUESTION_OWNER) {
      const split = first === 0 ? start : recordAt(entry.words, entry.rrset, first);
      writer.copy(bytes, split, end);
      if (split > start) writer.copy(bytes, start, split);
      return;
    }
  }
  let ownerPointer = pointerToOwner();
  for (let step = 0; step < count && !writer.hasOverflowed; step++) {
    const index = first + step < count ? first + step : first + step - count;
    ownerPointer = writeRecord(writer, index, ownerPointer);
  }
}

/** 0: the name must be written out. */
function pointerToOwner(): number {
  return entry.ownerAt === QUESTION_OWNER ? QUESTION_POINTER : 0;
}

/** Gives the pointer that the next record of the set may use for its owner. */
function writeRecord(writer: MessageWriter, index: number, pointer: number): number {
  const { words, bytes, rrset, layout } = entry;
  let ownerPointer = pointer;
  if (ownerPointer !== 0) writer.uint16(ownerPointer);
  else {
    const at = writer.offset;
    writeName(writer, entry.ownerBytes, entry.ownerAt);
    ownerPointer = at <= POINTER_OFFSET_MAX ? pointerFor(writer.out, at) : 0;
  }
  const start = recordAt(words, rrset, index);
  const end = recordAt(words, rrset, index + 1);
  if (layout === Layout.PLAIN) {
    writer.copy(bytes, start + 2, end);
    return ownerPointer;
  }
  const prefixOctets = prefixOctetsOf(words, rrset);
  const nameStart = start + RECORD_HEADER_OCTETS + prefixOctets;
  writer.copy(bytes, start + 2, nameStart);
  const lengthAt = writer.offset - prefixOctets - 2;
  writeName(writer, bytes, nameStart);
  if (layout === Layout.SOA) {
    writeName(writer, bytes, afterName(bytes, nameStart));
    writer.copy(bytes, end - SOA_NUMBERS_OCTETS, end);
  }
  if (!writer.hasOverflowed) {
    writeUint16(writer.out, lengthAt, writer.offset - lengthAt - 2);
  }
  return ownerPointer;
}

function writeName(writer: MessageWriter, source: Uint8Array, at: number): void {
  if (entry.question === undefined) writer.nameOctets(source, at);
  else writer.nameBeside(entry.question, source, at);
}

function afterName(bytes: Uint8Array, at: number): number {
  let end = at;
  while ((bytes[end] as number) > 0) end += (bytes[end] as number) + 1;
  return end + 1;
}

/** A name that is a pointer itself lends that pointer: chains of them trouble some parsers. */
function pointerFor(out: Uint8Array, at: number): number {
  return (out[at] as number) >= 0xc0 ? readUint16(out, at) : 0xc000 | at;
}
