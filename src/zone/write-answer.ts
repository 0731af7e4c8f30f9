/**
 * An Answer -> bytes after the question: whole RRsets or nothing (RFC 2181 section 9), TC when
 * answer, authority or required glue was cut, the rest of additional dropped silently. Hot.
 */

import { RRType } from '../dns/codes.ts';
import type { DomainName } from '../dns/name.ts';
import { CountOffset, HEADER_OCTETS, readUint16, writeUint16 } from '../dns/wire/header.ts';
import type { NameKey } from '../dns/wire/name-key.ts';
import type { MessageWriter } from '../dns/wire/writer.ts';
import { type Answer, Part } from './answer.ts';
import {
  type ImageRRset,
  Layout,
  RECORD_HEADER_OCTETS,
  recordStart,
} from './content/image-rrset.ts';
import { type RecordOrder, shuffledIndexes } from './rotate.ts';

const QUESTION_POINTER = 0xc000 | HEADER_OCTETS;
const POINTER_OFFSET_MAX = 0x3fff;
/** The smallest record has 12 octets: no set that fits has more. */
const shuffled = new Uint16Array(0x10000 / RECORD_HEADER_OCTETS);

/** Writes the sections and their counts; gives whether TC must be set. */
export function writeAnswer(
  writer: MessageWriter,
  answer: Answer,
  how: { readonly order: RecordOrder; readonly random: number; readonly key: NameKey },
): boolean {
  let isQuestionNoted = false;
  let isTruncated = false;
  let answerCount = 0;
  let authorityCount = 0;
  let additionalCount = 0;
  for (let index = 0; index < answer.count; index++) {
    const rrset = answer.rrsets[index] as ImageRRset;
    const owner = answer.owners[index];
    const part = answer.parts[index] as number;
    if (isTruncated && part !== Part.GLUE) break;
    if (!isQuestionNoted && (owner !== undefined || rrset.layout !== Layout.PLAIN)) {
      isQuestionNoted = true;
      const { starts, hashes, labelCount } = how.key;
      writer.noteName(HEADER_OCTETS, starts, hashes, labelCount);
    }
    const start = writer.offset;
    if (part === Part.ANSWER) writeOrdered(writer, { rrset, owner }, how);
    else writeInOrder(writer, { rrset, owner }, 0);
    if (writer.hasOverflowed) {
      writer.rewind(start);
      if (part !== Part.ADDITIONAL) isTruncated = true;
      // Less glue is better than none, but nothing follows a cut answer or authority section.
      if (part < Part.GLUE) break;
    } else if (part === Part.ANSWER) answerCount += rrset.count;
    else if (part === Part.AUTHORITY) authorityCount += rrset.count;
    else additionalCount += rrset.count;
  }
  writeUint16(writer.out, CountOffset.ANSWER, answerCount);
  writeUint16(writer.out, CountOffset.AUTHORITY, authorityCount);
  writeUint16(writer.out, CountOffset.ADDITIONAL, additionalCount);
  return isTruncated;
}

interface Entry {
  readonly rrset: ImageRRset;
  readonly owner: DomainName | undefined;
}

function writeOrdered(
  writer: MessageWriter,
  entry: Entry,
  how: { readonly order: RecordOrder; readonly random: number },
): void {
  const { count, type } = entry.rrset;
  const isAddress = type === RRType.A || type === RRType.AAAA;
  if (count === 1 || !isAddress || how.order === 'fixed') {
    writeInOrder(writer, entry, 0);
  } else if (how.order === 'rotate') {
    writeInOrder(writer, entry, (how.random >>> 0) % count);
  } else {
    if (!writer.fits(entry.rrset.records.length)) return;
    shuffledIndexes(count, how.random, shuffled);
    let ownerPointer = pointerTo(entry.owner);
    for (let index = 0; index < count && !writer.hasOverflowed; index++) {
      ownerPointer = writeRecord(writer, entry, {
        index: shuffled[index] as number,
        ownerPointer,
      });
    }
  }
}

/** From record `first` on, round to the one before it. */
function writeInOrder(writer: MessageWriter, entry: Entry, first: number): void {
  const { rrset, owner } = entry;
  const { records } = rrset;
  if (rrset.layout === Layout.PLAIN) {
    // Pointers are the longest compression there is: if not even those fit, nothing is copied.
    if (!writer.fits(records.length)) return;
    if (owner === undefined) {
      const split = first === 0 ? 0 : recordStart(rrset, first);
      writer.copy(records, split, records.length);
      if (split > 0) writer.copy(records, 0, split);
      return;
    }
  }
  let ownerPointer = pointerTo(owner);
  for (let step = 0; step < rrset.count && !writer.hasOverflowed; step++) {
    const index = first + step < rrset.count ? first + step : first + step - rrset.count;
    ownerPointer = writeRecord(writer, entry, { index, ownerPointer });
  }
}

/** 0: the name must be written out. */
function pointerTo(owner: DomainName | undefined): number {
  return owner === undefined ? QUESTION_POINTER : 0;
}

/** Gives the pointer that the next record of the set may use for its owner. */
function writeRecord(
  writer: MessageWriter,
  entry: Entry,
  record: { readonly index: number; readonly ownerPointer: number },
): number {
  const { rrset } = entry;
  let { ownerPointer } = record;
  if (ownerPointer !== 0) writer.uint16(ownerPointer);
  else {
    const at = writer.offset;
    writer.name(entry.owner as DomainName);
    ownerPointer = at <= POINTER_OFFSET_MAX ? pointerFor(writer.out, at) : 0;
  }
  const start = recordStart(rrset, record.index);
  const end = recordStart(rrset, record.index + 1);
  if (rrset.layout === Layout.PLAIN) {
    writer.copy(rrset.records, start + 2, end);
    return ownerPointer;
  }
  const dataStart = start + RECORD_HEADER_OCTETS;
  writer.copy(rrset.records, start + 2, dataStart + rrset.prefixOctets);
  const lengthAt = writer.offset - rrset.prefixOctets - 2;
  if (rrset.layout === Layout.NAME) {
    writer.name(rrset.targets[record.index] as DomainName);
  } else {
    writer.name(rrset.targets[0] as DomainName);
    writer.name(rrset.targets[1] as DomainName);
    writer.copy(rrset.records, end - 20, end);
  }
  if (!writer.hasOverflowed) {
    writeUint16(writer.out, lengthAt, writer.offset - lengthAt - 2);
  }
  return ownerPointer;
}

/** A name that is a pointer itself lends that pointer: chains of them trouble some parsers. */
function pointerFor(out: Uint8Array, at: number): number {
  return (out[at] as number) >= 0xc0 ? readUint16(out, at) : 0xc000 | at;
}
