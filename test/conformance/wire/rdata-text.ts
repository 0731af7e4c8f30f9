/**
 * Names and RDATA as text, for the suite's strict reader: a second opinion that shares no line with
 * src. One fixed spelling each, so that texts can be compared (RFC 1035 5.1, RFC 3597 5).
 */

const TYPES: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
  TYPE65280: 65280,
};

const NAME_OF = new Map(Object.entries(TYPES).map(([name, code]) => [code, name]));

export function typeName(code: number): string {
  return NAME_OF.get(code) ?? `TYPE${code}`;
}

export function typeCode(name: string): number {
  const code = TYPES[name] ?? Number(/^TYPE(\d+)$/.exec(name)?.[1] ?? Number.NaN);
  if (!Number.isInteger(code)) throw new Error(`unknown type ${name}`);
  return code;
}

/** Labels of wire bytes as text with a final dot; bytes that are not plain become \DDD. */
export function labelsToText(labels: readonly Uint8Array[]): string {
  if (labels.length === 0) return '.';
  return `${labels.map((label) => [...label].map(labelByte).join('')).join('.')}.`;
}

function labelByte(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9_*/-]/.test(char) ? char : `\\${String(byte).padStart(3, '0')}`;
}

/** Text with \DDD and \X escapes to labels; a final dot may be absent. */
export function textToLabels(text: string): Buffer[] {
  if (text === '.' || text === '') return [];
  const labels: number[][] = [[]];
  const pattern = /\\(\d{3})|\\(.)|(\.)|([^.\\])/gs;
  for (const [, octal, escaped, dot, plain] of text.matchAll(pattern)) {
    if (dot !== undefined) labels.push([]);
    else if (octal !== undefined) labels.at(-1)?.push(Number(octal));
    else labels.at(-1)?.push((escaped ?? plain ?? '').charCodeAt(0));
  }
  if (labels.at(-1)?.length === 0) labels.pop();
  return labels.map((label) => Buffer.from(label));
}

export function textToWire(text: string): Buffer {
  const parts = textToLabels(text).map((label) => Buffer.concat([Buffer.of(label.length), label]));
  return Buffer.concat([...parts, Buffer.of(0)]);
}

/** ASCII letters only (RFC 4343); escapes hold digits and are not touched. */
export function foldName(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Reads character-strings and puts them in quotes. */
export function stringsToText(data: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < data.length; ) {
    const length = data[at] ?? 0;
    if (at + 1 + length > data.length) throw new Error('a character-string leaves its RDATA');
    const bytes = data.subarray(at + 1, at + 1 + length);
    parts.push(`"${[...bytes].map(stringByte).join('')}"`);
    at += 1 + length;
  }
  if (parts.length === 0) throw new Error('TXT without a character-string');
  return parts.join(' ');
}

export function stringByte(byte: number): string {
  const char = String.fromCharCode(byte);
  return byte >= 32 && byte < 127 && char !== '"' && char !== '\\' && char !== ';'
    ? char
    : `\\${String(byte).padStart(3, '0')}`;
}

/** Eight hextets without `::`, the one spelling that needs no rules. */
export function aaaaToText(data: Buffer): string {
  return Array.from({ length: 8 }, (_, i) => data.readUInt16BE(i * 2).toString(16)).join(':');
}
