/**
 * DomainName: one checked, lower-cased domain name. Every other file compares, cuts and looks
 * up names by these values. RFC 1035 section 2.3, RFC 4343 (only A-Z fold, any octet is legal).
 *
 *   web.example.  ->  "\x03web\x07example\x00"   (wire form, one character per octet)
 */

import { InputError } from './errors.ts';
import { LABEL_OCTETS_MAX, NAME_OCTETS_MAX } from './limits.ts';

/**
 * Wire octets of a name, lower case, uncompressed, as a string of characters 0-255. A string
 * because it is a value: `===` compares it and a Map finds it, for any octet in a label.
 */
export type DomainName = string & { readonly brand: 'DomainName' };

/** The root, `.`. */
export const ROOT = '\0' as DomainName;

/**
 * Text of a master file (RFC 1035 section 5.1: `\.`, `\DDD`) to a name. Relative text is put
 * under `origin`; without an origin it is taken as absolute.
 * Throws InputError NAME_SYNTAX, LABEL_TOO_LONG, NAME_TOO_LONG.
 */
export function parseName(text: string, origin: DomainName = ROOT): DomainName {
  if (text === '.') return ROOT;
  if (text === '@') return origin;
  if (text === '') throw new InputError('NAME_SYNTAX', 'empty name');
  if (PLAIN_LABELS.test(text)) return plainName(text, origin);
  let wire = '';
  let label = '';
  let isAbsolute = false;
  for (let index = 0; index < text.length; index++) {
    const char = text[index] as string;
    if (char === '.') {
      wire += checkedLabel(label, text);
      label = '';
      isAbsolute = index === text.length - 1;
    } else if (char === '\\') {
      const [octet, width] = escapedOctet(text, index);
      label += octet;
      index += width;
    } else {
      label += foldedOctets(char, text);
    }
  }
  if (!isAbsolute) wire += checkedLabel(label, text);
  return checkedName(wire + (isAbsolute ? '\0' : origin), text);
}

const UPPER_CASE = /[A-Z]/;

/** Most names there are: nothing to fold or to unescape, no empty label. */
const PLAIN_LABELS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/;

function plainName(text: string, origin: DomainName): DomainName {
  const isAbsolute = text.endsWith('.');
  let wire = '';
  for (let start = 0; start < text.length; ) {
    const dot = text.indexOf('.', start);
    const end = dot < 0 ? text.length : dot;
    wire += checkedLabel(text.slice(start, end), text);
    start = end + 1;
  }
  return checkedName(wire + (isAbsolute ? '\0' : origin), text);
}

/** Master-file text of a name, always absolute; octets outside printable ASCII as `\DDD`. */
export function formatName(name: DomainName): string {
  if (name === ROOT) return '.';
  let text = '';
  for (let offset = 0; ; ) {
    const length = name.charCodeAt(offset);
    if (length === 0) return text;
    for (let index = offset + 1; index <= offset + length; index++) {
      text += formatOctet(name.charCodeAt(index));
    }
    text += '.';
    offset += length + 1;
  }
}

/** Labels (raw octets as characters), leftmost first, to a name. Throws as parseName does. */
export function nameFromLabels(labels: readonly string[]): DomainName {
  let wire = '';
  for (const label of labels) wire += checkedLabel(foldAscii(label), label);
  return checkedName(`${wire}\0`, labels.join('.'));
}

/** Checked labels that many names begin with: their wire octets. */
export type NameHead = string & { readonly brand: 'NameHead' };

/** Throws as parseName does. */
export function nameHead(labels: readonly string[]): NameHead {
  const wire = labels.map((label) => checkedLabel(foldAscii(label), label)).join('');
  return wire as NameHead;
}

/** The head in front of `parent`; undefined: that would be too long for a name. */
export function nameBelow(head: NameHead, parent: DomainName): DomainName | undefined {
  if (head.length + parent.length > NAME_OCTETS_MAX) return undefined;
  return (head + parent) as DomainName;
}

/** Labels leftmost first, raw octets as characters; none for the root. */
export function labelsOf(name: DomainName): string[] {
  const labels: string[] = [];
  for (let offset = 0; name.charCodeAt(offset) > 0; ) {
    const length = name.charCodeAt(offset);
    labels.push(name.slice(offset + 1, offset + 1 + length));
    offset += length + 1;
  }
  return labels;
}

/** Count of labels, the root excluded. O(labels). */
export function labelCount(name: DomainName): number {
  let count = 0;
  for (let offset = 0; name.charCodeAt(offset) > 0; offset += name.charCodeAt(offset) + 1) count++;
  return count;
}

/** The name without its leftmost label; undefined for the root. */
export function parentName(name: DomainName): DomainName | undefined {
  if (name === ROOT) return undefined;
  return name.slice(name.charCodeAt(0) + 1) as DomainName;
}

/** The name without its `count` leftmost labels; the root once they are used up. */
export function stripLabels(name: DomainName, count: number): DomainName {
  let offset = 0;
  for (let index = 0; index < count && name.charCodeAt(offset) > 0; index++) {
    offset += name.charCodeAt(offset) + 1;
  }
  return name.slice(offset) as DomainName;
}

/** Whether `name` is `apex` or lies below it. By labels, never by a bare string suffix. */
export function isAtOrBelow(name: DomainName, apex: DomainName): boolean {
  const wantedOffset = name.length - apex.length;
  if (wantedOffset < 0 || !name.endsWith(apex)) return false;
  let offset = 0;
  while (offset < wantedOffset) offset += name.charCodeAt(offset) + 1;
  return offset === wantedOffset;
}

/** `label` put in front of `parent`. Throws as parseName does. */
export function childName(label: string, parent: DomainName): DomainName {
  return checkedName(checkedLabel(foldAscii(label), label) + parent, label);
}

/** Canonical order, RFC 4034 section 6.1: by labels from the right, octets unsigned. */
export function compareNames(left: DomainName, right: DomainName): number {
  if (left === right) return 0;
  const leftLabels = labelsOf(left).reverse();
  const rightLabels = labelsOf(right).reverse();
  const shared = Math.min(leftLabels.length, rightLabels.length);
  for (let index = 0; index < shared; index++) {
    const a = leftLabels[index] as string;
    const b = rightLabels[index] as string;
    if (a !== b) return a < b ? -1 : 1;
  }
  return leftLabels.length - rightLabels.length;
}

/** Lower-cases A-Z only, RFC 4343 section 3; `toLowerCase` would fold more and change lengths. */
export function foldAscii(text: string): string {
  if (!UPPER_CASE.test(text)) return text;
  return text.replace(/[A-Z]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 32));
}

function checkedLabel(label: string, where: string): string {
  if (label.length === 0) throw new InputError('NAME_SYNTAX', `empty label in "${where}"`);
  if (label.length > LABEL_OCTETS_MAX) {
    throw new InputError('LABEL_TOO_LONG', `label over ${LABEL_OCTETS_MAX} octets in "${where}"`);
  }
  return String.fromCharCode(label.length) + label;
}

function checkedName(wire: string, where: string): DomainName {
  if (wire.length > NAME_OCTETS_MAX) {
    throw new InputError('NAME_TOO_LONG', `name over ${NAME_OCTETS_MAX} octets: "${where}"`);
  }
  return wire as DomainName;
}

function escapedOctet(text: string, index: number): [octet: string, width: number] {
  const digits = /^[0-9]{3}/.exec(text.slice(index + 1, index + 4))?.[0];
  if (digits !== undefined) {
    const code = Number(digits);
    if (code > 255) throw new InputError('NAME_SYNTAX', `bad escape in "${text}"`);
    return [foldAscii(String.fromCharCode(code)), 3];
  }
  const next = text[index + 1];
  if (next === undefined || /[0-9]/.test(next)) {
    throw new InputError('NAME_SYNTAX', `bad escape in "${text}"`);
  }
  return [foldedOctets(next, text), 1];
}

function foldedOctets(char: string, where: string): string {
  const code = char.charCodeAt(0);
  if (code < 0x80) return foldAscii(char);
  throw new InputError('NAME_SYNTAX', `"${where}" holds a character outside ASCII`);
}

function formatOctet(code: number): string {
  if (code === 0x2e || code === 0x5c || code === 0x22 || code === 0x3b || code === 0x40) {
    return `\\${String.fromCharCode(code)}`;
  }
  if (code === 0x28 || code === 0x29 || code === 0x24) return `\\${String.fromCharCode(code)}`;
  if (code > 0x20 && code < 0x7f) return String.fromCharCode(code);
  return `\\${String(code).padStart(3, '0')}`;
}
