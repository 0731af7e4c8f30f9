/** `fedns query`: a small dig on dns2, for machines without one. */

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Command } from 'commander';
import DNS from 'dns2';
import { formatRcode } from '../dns/codes.ts';
import { parseName } from '../dns/name.ts';
import { print, VerbError } from './output.ts';

interface QueryFlags {
  readonly server: string;
  readonly tcp?: boolean;
  readonly timeout: string;
}

type Resource = DNS.Packet['answers'][number];

export function addQuery(program: Command): void {
  program
    .command('query')
    .description('asks a DNS server and prints its answer')
    .argument('<name>', 'domain name')
    .argument('[type]', 'A, AAAA, CNAME, TXT, SRV, MX, NS, SOA, PTR, CAA …', 'A')
    .option('--server <address:port>', 'whom to ask; port 53 unless said', '127.0.0.1:5353')
    .option('--tcp', 'over TCP')
    .option('--timeout <seconds>', 'how long to wait', '5')
    .action((name: string, type: string, flags: QueryFlags) => query(name, type, flags));
}

async function query(name: string, type: string, flags: QueryFlags): Promise<void> {
  const upper = type.toUpperCase();
  if (!Object.hasOwn(DNS.Packet.TYPE, upper)) {
    throw new VerbError(`type "${type}" is not one that this client knows`, 2);
  }
  parseName(name);
  const { host, port } = await serverOf(flags.server);
  const timeout = Number(flags.timeout) * 1000;
  if (!(timeout > 0))
    throw new VerbError(`--timeout: "${flags.timeout}" is no number of seconds`, 2);
  const socketType = host.includes(':') ? 'udp6' : 'udp4';
  const client =
    flags.tcp === true
      ? DNS.TCPClient({ dns: host, port })
      : DNS.UDPClient({ dns: host, port, socketType, timeout });
  const started = performance.now();
  const packet = await withTime(client(name, upper), timeout, `${flags.server}: no answer`);
  const took = Math.round(performance.now() - started);
  print(render(packet, `${took} ms from ${flags.server} (${flags.tcp === true ? 'TCP' : 'UDP'})`));
}

function withTime<T>(work: Promise<T>, limitMs: number, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new VerbError(what, 1)), limitMs);
  const failed = (error: unknown) => {
    throw new VerbError(`${what} (${error instanceof Error ? error.message : String(error)})`, 1);
  };
  return Promise.race([work.catch(failed), late.promise]).finally(() => clearTimeout(timer));
}

async function serverOf(text: string): Promise<{ host: string; port: number }> {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text);
  const named = match?.[1] ?? match?.[2] ?? (isIP(text) === 6 ? text : undefined);
  const port = Number(match?.[3] ?? 53);
  if (named === undefined || port < 1 || port > 65_535) {
    throw new VerbError(`--server: "${text}" is not ADDRESS:PORT or [IPV6]:PORT`, 2);
  }
  if (isIP(named) !== 0) return { host: named, port };
  try {
    return { host: (await lookup(named)).address, port };
  } catch {
    throw new VerbError(`--server: ${named} does not resolve`, 1);
  }
}

function render(packet: DNS.Packet, trailer: string): string {
  const { header } = packet;
  const flags = (['aa', 'tc', 'rd', 'ra'] as const).filter((flag) => header[flag] === 1);
  const lines = [`;; ${formatRcode(header.rcode)}, flags: ${flags.join(' ') || 'none'}`];
  const sections = {
    answer: packet.answers,
    authority: packet.authorities,
    additional: packet.additionals,
  };
  for (const [title, records] of Object.entries(sections)) {
    const shown = records.filter((record) => record.type !== DNS.Packet.TYPE.EDNS);
    if (shown.length === 0) continue;
    lines.push(`;; ${title}`, ...shown.map(lineOf));
  }
  for (const error of packet.errors) lines.push(`;; not decoded: ${error.message}`);
  return [...lines, `;; ${trailer}`].join('\n');
}

function lineOf(record: Resource): string {
  return `${record.name}.\t${record.ttl}\t${DNS.Packet.typeName(record.type)}\t${dataOf(record)}`;
}

/** dns2 names fields by type; shown in the order of a zone file. */
function dataOf(record: Resource): string {
  const { TYPE } = DNS.Packet;
  const fields = new Map<string, unknown>(Object.entries(record));
  const show = (...names: string[]) =>
    names.map((name) => String(fields.get(name) ?? '')).join(' ');
  switch (record.type) {
    case TYPE.A:
    case TYPE.AAAA:
      return show('address');
    case TYPE.CNAME:
    case TYPE.PTR:
      return `${show('domain')}.`;
    case TYPE.NS:
      return `${show('ns')}.`;
    case TYPE.MX:
      return `${show('priority', 'exchange')}.`;
    case TYPE.SRV:
      return `${show('priority', 'weight', 'port', 'target')}.`;
    case TYPE.SOA:
      return show('primary', 'admin', 'serial', 'refresh', 'retry', 'expiration', 'minimum');
    case TYPE.CAA:
      return show('flags', 'tag', 'value');
    case TYPE.TXT:
      return JSON.stringify(fields.get('data'));
    default:
      return JSON.stringify(fields.get('data') ?? '');
  }
}
