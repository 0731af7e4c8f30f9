/**
 * Corruption: one fault put into a reply, and what faults are made of: where fields lie in a message,
 * how records are cut out and put in.
 */

export interface Corruption {
  readonly name: string;
  readonly change?: (reply: Buffer, query: Buffer) => Buffer | readonly Buffer[] | undefined;
  /** For TCP alone: the bytes in place of a reply with its length in front. */
  readonly stream?: (bytes: Buffer) => Buffer;
  /** The connection is ended behind the first reply. */
  readonly closes?: boolean;
  /** The connection is never ended by the server's side. */
  readonly keepsOpen?: boolean;
}

export interface Field {
  readonly section: number;
  readonly type: number;
  readonly start: number;
  /** Where type, class, TTL and RDATA length begin. */
  readonly fixed: number;
  readonly rdata: number;
  readonly end: number;
}

interface Layout {
  readonly questionEnd: number;
  readonly fields: readonly Field[];
}

export const HEADER = 12;

function skipName(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const length = bytes.readUInt8(at);
    if (length >= 192) return at + 2;
    at += 1 + length;
    if (length === 0) return at;
  }
}

export function layout(bytes: Buffer): Layout {
  let at = HEADER;
  for (let left = bytes.readUInt16BE(4); left > 0; left--) at = skipName(bytes, at) + 4;
  const questionEnd = at;
  const fields: Field[] = [];
  for (const section of [1, 2, 3]) {
    for (let left = bytes.readUInt16BE(4 + section * 2); left > 0; left--) {
      const start = at;
      const fixed = skipName(bytes, at);
      const rdata = fixed + 10;
      at = rdata + bytes.readUInt16BE(fixed + 8);
      fields.push({ section, type: bytes.readUInt16BE(fixed), start, fixed, rdata, end: at });
    }
  }
  return { questionEnd, fields };
}

export type Change = NonNullable<Corruption['change']>;

export const fault = (name: string, change: Change): Corruption => ({ name, change });

export function splice(
  reply: Buffer,
  from: number,
  to: number,
  insert: Buffer = Buffer.alloc(0),
): Buffer {
  return Buffer.concat([reply.subarray(0, from), insert, reply.subarray(to)]);
}

export function bump(reply: Buffer, section: number, by: number): void {
  reply.writeUInt16BE(reply.readUInt16BE(4 + section * 2) + by, 4 + section * 2);
}

export const remove = (reply: Buffer, field: Field): Buffer => {
  bump(reply, field.section, -1);
  return splice(reply, field.start, field.end);
};

/** Changes the first record of a type in a section (0: any section). */
export const inRecord = (
  name: string,
  which: { readonly type?: number; readonly section?: number },
  change: (reply: Buffer, field: Field) => Buffer | undefined,
): Corruption =>
  fault(name, (reply) => {
    const found = layout(reply).fields.find(
      (each) =>
        (which.type === undefined ? each.type !== 41 : each.type === which.type) &&
        (which.section === undefined || each.section === which.section),
    );
    return found === undefined ? undefined : change(reply, found);
  });
