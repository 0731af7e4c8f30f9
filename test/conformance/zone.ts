/**
 * The zones that every server under test is loaded with, as lines `owner ttl type rdata` with
 * absolute names: one text for the server, the same lines as the expected answers.
 */
import type { ZoneText } from '../lab/dns-server.ts';
import { foldName, stringByte } from './wire/rdata-text.ts';

/** Its TTL is above its minimum: negative answers must show the smaller (RFC 2308 5). */
const SOA = 'ns1.conf.example. hostmaster.conf.example. 2026010101 3600 900 604800 30';

/** 63 octets, and a name of 255 octets below the zone. */
export const LABEL_63 = 'l'.repeat(63);
const FILL = 255 - 'conf.example.'.length - 1 - 3 * 64 - 1;
export const NAME_255 = `${'n'.repeat(FILL)}.${`${LABEL_63}.`.repeat(3)}conf.example.`;

const numbered = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index + 1));

const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => stringByte(byte));

const conf = [
  `conf.example. 3600 SOA ${SOA}`,
  'conf.example. 3600 NS ns1.conf.example.',
  'conf.example. 3600 NS ns2.conf.example.',
  'conf.example. 300 MX 10 mail.conf.example.',
  'conf.example. 300 TXT "apex"',
  'conf.example. 300 CAA 0 issue "ca.example"',
  'ns1.conf.example. 3600 A 192.0.2.1',
  'ns1.conf.example. 3600 AAAA 2001:db8:0:0:0:0:0:1',
  'ns2.conf.example. 3600 A 192.0.2.2',
  'mail.conf.example. 300 A 192.0.2.3',
  'www.conf.example. 300 A 192.0.2.10',
  'www.conf.example. 300 A 192.0.2.11',
  'www.conf.example. 120 AAAA 2001:db8:0:0:0:0:0:10',
  'one.conf.example. 60 A 192.0.2.12',
  'mixed.conf.example. 60 A 192.0.2.13',
  // Chains.
  'alias.conf.example. 200 CNAME www.conf.example.',
  'chain1.conf.example. 201 CNAME chain2.conf.example.',
  'chain2.conf.example. 202 CNAME chain3.conf.example.',
  'chain3.conf.example. 203 CNAME one.conf.example.',
  'tonx.conf.example. 200 CNAME missing.conf.example.',
  'tonodata.conf.example. 200 CNAME text.conf.example.',
  'toent.conf.example. 200 CNAME c.ent.conf.example.',
  'out.conf.example. 200 CNAME www.other.example.',
  'loop1.conf.example. 200 CNAME loop2.conf.example.',
  'loop2.conf.example. 200 CNAME loop1.conf.example.',
  'selfloop.conf.example. 200 CNAME selfloop.conf.example.',
  'towild.conf.example. 200 CNAME any.wild.conf.example.',
  'tocut.conf.example. 200 CNAME host.sub.conf.example.',
  'tochild.conf.example. 200 CNAME www.child.conf.example.',
  ...numbered(20, (i) => `long${i}.conf.example. 200 CNAME long${i + 1}.conf.example.`),
  'long21.conf.example. 200 A 192.0.2.14',
  // Wildcards and what blocks them.
  '*.wild.conf.example. 90 A 192.0.2.40',
  '*.wild.conf.example. 90 TXT "star"',
  'blocked.wild.conf.example. 90 TXT "blocked"',
  'deep.ent.wild.conf.example. 90 A 192.0.2.41',
  '*.cwild.conf.example. 90 CNAME www.conf.example.',
  '*.lwild.conf.example. 90 CNAME x.lwild.conf.example.',
  '*.a.*.swild.conf.example. 90 A 192.0.2.42',
  // Empty non-terminals.
  'a.b.c.ent.conf.example. 80 A 192.0.2.50',
  '_sip._tcp.conf.example. 80 SRV 0 5 5060 one.conf.example.',
  '_sip._tcp.conf.example. 80 SRV 10 5 5061 ns1.conf.example.',
  // Cuts: with glue, without, with a sibling's glue.
  'sub.conf.example. 400 NS ns1.sub.conf.example.',
  'sub.conf.example. 400 NS ns.other.example.',
  'ns1.sub.conf.example. 400 A 192.0.2.60',
  'ns1.sub.conf.example. 400 AAAA 2001:db8:0:0:0:0:0:60',
  'bare.cut.conf.example. 400 NS ns.other.example.',
  'sibling.conf.example. 400 NS ns1.sub.conf.example.',
  'child.conf.example. 400 NS ns.child.conf.example.',
  'ns.child.conf.example. 400 A 192.0.2.70',
  // Sizes.
  ...numbered(100, (i) => `big.conf.example. 300 A 203.0.113.${i}`),
  ...numbered(30, (i) => `mid.conf.example. 300 AAAA 2001:db8:0:1:0:0:0:${i.toString(16)}`),
  ...numbered(
    130,
    (i) => `huge.conf.example. 300 TXT "${String(i).padStart(3, '0')}${'h'.repeat(240)}"`,
  ),
  // Data of every kind.
  'text.conf.example. 70 TXT "one" "two" ""',
  `bytes.conf.example. 70 TXT "${ALL_BYTES.slice(0, 128).join('')}" "${ALL_BYTES.slice(128).join('')}"`,
  'odd.conf.example. 70 TYPE65280 \\# 4 deadbeef',
  'odd.conf.example. 70 TYPE65281 \\# 0',
  'exchange.conf.example. 70 MX 10 one.conf.example.',
  'exchange.conf.example. 70 MX 20 mail.other.example.',
  // Names of every kind.
  '\\000\\255\\032.conf.example. 70 A 192.0.2.80',
  'dot\\046dot.conf.example. 70 A 192.0.2.81',
  `${LABEL_63}.conf.example. 70 A 192.0.2.82`,
  `${NAME_255} 70 A 192.0.2.83`,
];

const child = [
  'child.conf.example. 500 SOA ns.child.conf.example. hostmaster.conf.example. 7 3600 900 604800 20',
  'child.conf.example. 400 NS ns.child.conf.example.',
  'ns.child.conf.example. 400 A 192.0.2.70',
  'www.child.conf.example. 300 A 192.0.2.71',
];

const reverse = [
  `2.0.192.in-addr.arpa. 3600 SOA ${SOA}`,
  '2.0.192.in-addr.arpa. 3600 NS ns1.conf.example.',
  '10.2.0.192.in-addr.arpa. 300 PTR www.conf.example.',
];

const APEXES = ['conf.example.', 'child.conf.example.', '2.0.192.in-addr.arpa.'] as const;

const lines = [conf, child, reverse];

export const zones: readonly ZoneText[] = APEXES.map((apex, index) => ({
  apex,
  text: `${lines[index]?.join('\n')}\n`,
}));

export interface ZoneRecord {
  readonly owner: string;
  readonly ttl: number;
  readonly type: string;
  readonly rdata: string;
}

/** Every record of every zone. */
export const records: readonly ZoneRecord[] = lines.flat().map((line) => {
  const [, owner = '', ttl = '', type = '', rdata = ''] =
    /^(\S+) (\d+) (\S+) ?(.*)$/s.exec(line) ?? [];
  return { owner, ttl: Number(ttl), type, rdata };
});

/** The lines of one RRset, for another owner when it is a wildcard that was expanded. */
export function rrset(owner: string, type: string, shownAs = owner): string[] {
  const found = records.filter((each) => each.owner === `${owner}.` && each.type === type);
  if (found.length === 0) throw new Error(`the conformance zone has no ${owner} ${type}`);
  // The cut's NS and its child's apex are the same lines in two zones.
  return [...new Set(found.map((each) => line({ ...each, owner: `${shownAs}.` })))];
}

/** One spelling for comparison. A server may count its own serial, so SOAs show `#` there. */
export function line(record: ZoneRecord): string {
  const rdata = record.type === 'SOA' ? hideSerial(record.rdata) : record.rdata;
  return `${foldName(record.owner)} ${record.ttl} ${record.type} ${rdata}`.trim();
}

export function hideSerial(soa: string): string {
  return soa.replace(/^(\S+ \S+) \d+/, '$1 #');
}

/** The SOA of a negative answer, with the smaller of its TTL and its minimum (RFC 2308 3). */
export function negativeSoa(apex = 'conf.example'): string[] {
  const soa = records.find((each) => each.owner === `${apex}.` && each.type === 'SOA');
  if (soa === undefined) throw new Error(`no zone ${apex}`);
  const minimum = Number(soa.rdata.split(' ').at(-1));
  return [line({ ...soa, ttl: Math.min(soa.ttl, minimum) })];
}
