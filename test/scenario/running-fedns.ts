/**
 * The product as a user starts it, for stories: launcher, configuration file, state folder, log.
 * Also the question a story asks again and again: what does this name answer now?
 */

import { createSocket } from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { decode, encode, type OptAnswer, type Packet } from 'dns-packet';
import { freePort } from '../lab/free-port.ts';
import { tryCommand } from '../lab/obtain/command.ts';
import { type RunningProcess, startProcess, temporaryFolder } from '../lab/process.ts';

const LAUNCHER = fileURLToPath(new URL('../../src/launch.js', import.meta.url));

export interface Place {
  readonly folder: string;
  readonly port: number;
  readonly adminPort: number;
  readonly config: string;
}

/** A folder with a configuration and, when given, a shards file; nothing runs yet. */
export async function makePlace(options: {
  readonly shards?: string;
  readonly more?: object;
}): Promise<Place> {
  const folder = temporaryFolder('story');
  const port = await freePort();
  const adminPort = await freePort();
  const config = join(folder, 'fedns.yaml');
  if (options.shards !== undefined) writeFileSync(join(folder, 'shards.yaml'), options.shards);
  const settings = {
    listen: [`127.0.0.1:${port}`],
    ...(options.shards !== undefined && { shardsFile: 'shards.yaml' }),
    store: { kind: 'file', folder: './state' },
    admin: { listen: `127.0.0.1:${adminPort}` },
    ...options.more,
  };
  writeFileSync(config, JSON.stringify(settings));
  return { folder, port, adminPort, config };
}

/** Starts `fedns serve`; resolves once it has greeted, or has ended. */
export function startServe(
  place: Place,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProcess> {
  return startUnder(place, [], { args, env });
}

/** The same below another command: `['prlimit', '--nofile=64']`. */
export async function startUnder(
  place: Place,
  wrapper: readonly string[],
  {
    args = [],
    env = {},
  }: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<RunningProcess> {
  const own = [process.execPath, LAUNCHER, 'serve', '--config', place.config, ...args];
  const [command = '', ...rest] = [...wrapper, ...own];
  const running = startProcess({
    name: `serve-${Date.now()}`,
    command,
    args: rest,
    cwd: place.folder,
    logFolder: place.folder,
    env,
  });
  await until(() => running.log().includes('fedns listens on') || !running.alive(), 20_000);
  return running;
}

/** Runs a verb of the product to its end; never throws. */
export async function fedns(
  place: { readonly config: string | undefined },
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const config = place.config === undefined ? [] : ['--config', place.config];
  const command = [LAUNCHER, ...args, ...config];
  const ran = await tryCommand(process.execPath, command, { timeoutMs: 30_000 });
  return { code: ran.code, stdout: ran.stdout, stderr: ran.stderr };
}

/** The metrics page as numbers: `fedns_store_stale`, or with labels as printed. */
export async function metrics(place: Place): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`http://127.0.0.1:${place.adminPort}/metrics`);
  const lines = (await response.text()).split('\n').filter((line) => /^[a-z]/.test(line));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/**
 * Longest and 99 % delay of the worst event loop of all threads, ms (R15): main's since the last
 * reading, an answering thread's over its last ten seconds at most.
 */
export async function eventLoopDelay(place: Place): Promise<{ p99Ms: number; maxMs: number }> {
  const page = await metrics(place);
  const ms = (quantile: string) => {
    const rows = ['main', 'answering-0', 'answering-1'].map(
      (thread) =>
        page.get(`fedns_event_loop_delay_seconds{thread="${thread}",quantile="${quantile}"}`) ?? -1,
    );
    if (Math.min(...rows) < 0) throw new Error('a thread tells nothing of its event loop');
    return Math.round(1000 * Math.max(...rows));
  };
  return { p99Ms: ms('0.99'), maxMs: ms('1') };
}

/** Status of a page of the reading window; 0 where nobody answers. */
export async function pageStatus(place: Place, path: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${place.adminPort}${path}`).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.status ?? 0;
}

const EDNS = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: 1232,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
} as const satisfies Omit<OptAnswer, 'options'> & { options: readonly [] };

/** A question with a plain OPT record. */
export function withEdns(name: string, type: AskedType): Packet {
  return {
    type: 'query',
    id: 8,
    questions: [{ type, name }],
    additionals: [{ ...EDNS, options: [] }],
  };
}

/** Extended error codes (RFC 8914) that an EDNS asker gets beside the answer. */
export async function extendedErrors(port: number, name: string): Promise<readonly number[]> {
  const reply = await exchange(port, withEdns(name, 'A'));
  const additionals = reply === undefined ? [] : (decode(reply).additionals ?? []);
  return additionals.flatMap((record) =>
    record.type === 'OPT'
      ? record.options.flatMap((option) =>
          Number(option.code) === 15 && 'data' in option && option.data instanceof Uint8Array
            ? [Buffer.from(option.data).readUInt16BE(0)]
            : [],
        )
      : [],
  );
}

/** Resident memory of the server itself, MB. */
export function residentMb(running: RunningProcess): number {
  const pages = readFileSync(`/proc/${serverPid(running)}/statm`, 'utf8').split(' ')[1];
  return (Number(pages) * 4096) / 1e6;
}

/** The launcher has given way to it, or, run on an older Node, is its parent. */
export function serverPid({ pid }: RunningProcess): number {
  const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0];
  return child === undefined || child === '' ? pid : Number(child);
}

export interface Reply {
  readonly rcode: string;
  /** `A 192.0.2.1`, `CNAME up.example.com`, sorted within the chain's order. */
  readonly answers: readonly string[];
  readonly serial: number | undefined;
}

/** One question over UDP; undefined after `timeoutMs` without an answer. */
export async function ask(
  port: number,
  name: string,
  type: AskedType = 'A',
  timeoutMs = 1000,
): Promise<Reply | undefined> {
  const query: Packet = { type: 'query', id: 7, flags: 0, questions: [{ type, name }] };
  const reply = await exchange(port, query, timeoutMs);
  return reply === undefined ? undefined : replyOf(reply);
}

export type AskedType = 'A' | 'AAAA' | 'CNAME' | 'SOA' | 'TXT' | 'NS' | 'SRV' | 'MX' | 'PTR';

/** One datagram there, the first one back; undefined after `timeoutMs`. */
export function exchange(
  port: number,
  query: Packet | Uint8Array,
  timeoutMs = 1000,
): Promise<Buffer | undefined> {
  const bytes = query instanceof Uint8Array ? query : encode(query);
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    const end = (reply: Buffer | undefined) => {
      clearTimeout(timer);
      socket.close();
      resolve(reply);
    };
    const timer = setTimeout(() => end(undefined), timeoutMs);
    socket.on('error', () => end(undefined));
    socket.on('message', (message) => end(message));
    socket.send(bytes, port, '127.0.0.1');
  });
}

/** The addresses at the end of a name's chain, sorted; the rcode where there are none. */
export async function ends(port: number, name: string): Promise<string> {
  const reply = await ask(port, name);
  if (reply === undefined) return 'silence';
  const addresses = reply.answers
    .filter((answer) => answer.startsWith('A '))
    .map((answer) => answer.slice(2));
  return addresses.length > 0 ? addresses.sort().join(' ') : reply.rcode;
}

/** Waits until `check` holds; false when it did not in time. */
export async function until(
  check: () => boolean | Promise<boolean>,
  limitMs: number,
): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    if (await check()) return true;
    await sleep(10);
  }
  return false;
}

function replyOf(message: Buffer): Reply {
  const reply = decode(message);
  const records = [...(reply.answers ?? []), ...(reply.authorities ?? [])];
  const soa = records.find((record) => record.type === 'SOA');
  return {
    rcode: 'rcode' in reply ? String(reply.rcode) : '',
    answers: (reply.answers ?? []).flatMap((record) =>
      'data' in record && typeof record.data === 'string' ? [`${record.type} ${record.data}`] : [],
    ),
    serial:
      soa !== undefined && 'data' in soa && typeof soa.data === 'object' && 'serial' in soa.data
        ? soa.data.serial
        : undefined,
  };
}
