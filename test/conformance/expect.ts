/**
 * Asks, reads the reply strictly, checks what must hold in every reply, then what the case wants.
 * A failed check is an Error whose message says what was asked and what came.
 */
import { decode } from 'dns-packet';
import { type Address, udpExchange } from './wire/exchange.ts';
import { buildQuery, type QueryFields } from './wire/query.ts';
import { foldName, typeName } from './wire/rdata-text.ts';
import { type Message, type ResourceRecord, readMessage } from './wire/strict-message.ts';
import { hideSerial, line, records } from './zone.ts';

export const RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  NOTAUTH: 9,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const;

export type Rcode = keyof typeof RCODES;

export interface Wanted {
  readonly rcode?: Rcode | readonly Rcode[];
  readonly aa?: boolean;
  readonly tc?: boolean;
  readonly answer?: readonly string[];
  /** 'apex': the zone's NS, or nothing. A list: just these. */
  readonly authority?: 'apex' | readonly string[];
  /** These at least; anything else there must be addresses of names that the reply mentions. */
  readonly additional?: readonly string[];
}

class Mismatch extends Error {}

export function check(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new Mismatch(what());
}

export type Ask = Omit<Partial<QueryFields>, 'type'> & {
  readonly name: string;
  readonly type?: string;
};

/** One question over UDP, its reply strictly read and generally right; silence fails. */
export async function ask(server: Address, question: Ask): Promise<Message> {
  const fields: QueryFields = { ...question, type: question.type ?? 'A' };
  const query = buildQuery(fields);
  // A datagram may be lost even on loopback when a queue is full: silence is asked once more.
  const reply = (await udpExchange(server, query)) ?? (await udpExchange(server, query));
  check(reply !== undefined, () => `${title(fields)}: no reply`);
  return checkReply(query, reply, 'udp');
}

/** Asks and compares. */
export async function expectAnswer(
  server: Address,
  question: Ask,
  wanted: Wanted,
): Promise<Message> {
  const message = await ask(server, question);
  compare(message, wanted, title({ ...question, type: question.type ?? 'A' }));
  return message;
}

/** What holds for every reply to a well-formed question, whatever the case is about. */
export function checkReply(query: Buffer, reply: Buffer, transport: 'udp' | 'tcp'): Message {
  const asked = readMessage(query);
  const got = readMessage(reply);
  const about = `reply to ${asked.question.map((q) => `${q.name} ${typeName(q.type)}`).join()}`;
  const must = (condition: boolean, what: string) => check(condition, () => `${about}: ${what}`);
  must(got.id === asked.id, `id ${got.id}, not ${asked.id}`);
  must(got.flags.qr, 'QR is 0');
  must(got.opcode === asked.opcode, `opcode ${got.opcode}`);
  must(got.flags.rd === asked.flags.rd, 'RD is not as asked');
  must(!got.flags.ra, 'RA is set by a server that does not recurse');
  must(!got.flags.z, 'Z is set');
  must(!got.flags.ad, 'AD is set without validation');
  must(!got.flags.cd || asked.flags.cd, 'CD is set and was not asked');
  const echoed = got.question.map((q) => q.bytes.toString('hex')).join();
  must(
    echoed === asked.question.map((q) => q.bytes.toString('hex')).join(),
    'the question is not echoed byte for byte',
  );
  checkEdns(asked, got, must);
  const limit = transport === 'tcp' ? 65535 : Math.max(512, asked.edns?.size ?? 512);
  must(got.size <= limit, `${got.size} bytes where ${limit} are allowed`);
  must(transport === 'udp' || !got.flags.tc, 'TC over TCP');
  checkRecords(asked, got, must);
  checkSecondReader(reply, got);
  return got;
}

type Must = (condition: boolean, what: string) => void;

function checkEdns(asked: Message, got: Message, must: Must): void {
  must((got.edns === undefined) === (asked.edns === undefined), 'OPT is there just when asked');
  if (got.edns === undefined) return;
  must(got.edns.version === 0, `OPT version ${got.edns.version}`);
  must(got.edns.size >= 512, `OPT size ${got.edns.size}`);
  must((got.edns.flags & 0x7fff) === 0, 'undefined EDNS flags are set');
  must((got.edns.flags & 0x8000) === ((asked.edns?.flags ?? 0) & 0x8000), 'DO is not as asked');
  const askedCodes = new Set(asked.edns?.options.map((option) => option.code));
  // Extended errors (15) come unasked (RFC 8914 3); all others answer an option (RFC 6891 6.1.2).
  for (const { code } of got.edns.options) {
    must(code === 15 || askedCodes.has(code), `EDNS option ${code} came unasked`);
  }
}

const known = new Set(records.map(line));

function checkRecords(asked: Message, got: Message, must: Must): void {
  const sections = [got.answer, got.authority, got.additional];
  for (const section of sections) {
    const texts = section.map(recordLine);
    must(new Set(texts).size === texts.length, 'a record comes twice (RFC 2181 5)');
    const ttls = new Map<string, number>();
    for (const each of section) {
      must(each.class === 1, `class ${each.class} in a record`);
      const key = `${foldName(each.name)} ${each.type}`;
      must((ttls.get(key) ?? each.ttl) === each.ttl, 'one RRset, two TTLs (RFC 2181 5.2)');
      ttls.set(key, each.ttl);
    }
  }
  if (asked.question[0]?.type === 255) return;
  const mentioned = new Set([...got.answer, ...got.authority].flatMap(targetsOf));
  for (const each of got.additional) {
    must(
      (each.type === 1 || each.type === 28) && mentioned.has(foldName(each.name)),
      `additional ${recordLine(each)} belongs to nothing`,
    );
    must(known.has(recordLine(each)), `additional ${recordLine(each)} is not in the zone`);
  }
}

function targetsOf(record: ResourceRecord): string[] {
  return [2, 15, 33].includes(record.type) ? [foldName(record.rdata.split(' ').at(-1) ?? '')] : [];
}

/** dns-packet is lenient, so it only has to see the same counts and not to fail. */
function checkSecondReader(reply: Buffer, got: Message): void {
  const second = decode(reply);
  const counts = [second.answers?.length, second.authorities?.length, second.additionals?.length];
  const ours = [
    got.answer.length,
    got.authority.length,
    got.additional.length + (got.edns ? 1 : 0),
  ];
  check(
    counts.join() === ours.join(),
    () => `dns-packet counts ${counts.join()}, we ${ours.join()}`,
  );
}

/** Owner case is what the asker wrote or what the zone has; both are the same name (RFC 4343). */
export function recordLine(record: ResourceRecord): string {
  const folded = [2, 5, 6, 12, 15, 33].includes(record.type)
    ? foldName(record.rdata)
    : record.rdata;
  const rdata = record.type === 6 ? hideSerial(folded) : folded;
  return `${foldName(record.name)} ${record.ttl} ${typeName(record.type)} ${rdata}`.trim();
}

export function compare(got: Message, wanted: Wanted, about: string): void {
  const must = (condition: boolean, what: string) => check(condition, () => `${about}: ${what}`);
  if (wanted.rcode !== undefined) {
    const rcodes = typeof wanted.rcode === 'string' ? [wanted.rcode] : wanted.rcode;
    must(
      rcodes.some((name) => RCODES[name] === got.rcode),
      `rcode ${got.rcode}, not ${rcodes.join(' or ')}`,
    );
  }
  const { flags } = got;
  must(wanted.aa === undefined || flags.aa === wanted.aa, `AA ${flags.aa}`);
  must(flags.tc === (wanted.tc ?? false), `TC ${flags.tc}`);
  if (wanted.answer !== undefined) same('answer', got.answer, wanted.answer, must);
  if (wanted.authority === 'apex') {
    const apexNs = got.authority.every((each) => each.type === 2 && known.has(recordLine(each)));
    must(apexNs, `authority ${got.authority.map(recordLine).join(', ')}`);
    must([0, 1, 2].includes(got.authority.length), 'authority is not the whole NS RRset');
  } else if (wanted.authority !== undefined) {
    same('authority', got.authority, wanted.authority, must);
  }
  const additional = new Set(got.additional.map(recordLine));
  for (const each of wanted.additional ?? [])
    must(additional.has(each), `additional lacks ${each}`);
}

function same(
  section: string,
  got: readonly ResourceRecord[],
  wanted: readonly string[],
  must: Must,
): void {
  const have = got.map(recordLine).sort();
  const want = [...wanted].sort();
  const show = (list: readonly string[]) => `[${list.slice(0, 4).join(', ')}] (${list.length})`;
  must(have.join('\n') === want.join('\n'), `${section} is ${show(have)}, wanted ${show(want)}`);
}

function title(fields: QueryFields): string {
  return `${fields.name} ${fields.type}`;
}
