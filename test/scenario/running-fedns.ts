/**
 * The product as a user starts it, for stories: launcher, configuration file, state folder, log.
 * Also the question a story asks again and again: what does this name answer now?
 */

import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { decode, encode } from 'dns-packet';
import { freePort } from '../lab/free-port.ts';
import { type RunningProcess, startProcess, temporaryFolder } from '../lab/process.ts';

export const LAUNCHER = fileURLToPath(new URL('../../src/launch.js', import.meta.url));

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
export async function startServe(
  place: Place,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProcess> {
  const running = startProcess({
    name: `serve-${Date.now()}`,
    command: process.execPath,
    args: [LAUNCHER, 'serve', '--config', place.config, ...args],
    cwd: place.folder,
    logFolder: place.folder,
    env,
  });
  await until(() => running.log().includes('fedns listens on') || !running.alive(), 20_000);
  return running;
}

export interface Reply {
  readonly rcode: string;
  /** `A 192.0.2.1`, `CNAME up.example.com`, sorted within the chain's order. */
  readonly answers: readonly string[];
  readonly serial: number | undefined;
}

/** One question over UDP; undefined after `timeoutMs` without an answer. */
export function ask(
  port: number,
  name: string,
  type: 'A' | 'AAAA' | 'SOA' | 'TXT' | 'NS' = 'A',
  timeoutMs = 1000,
): Promise<Reply | undefined> {
  const socket = createSocket('udp4');
  const query = encode({ type: 'query', id: 7, flags: 0, questions: [{ type, name }] });
  return new Promise((resolve) => {
    const end = (reply: Reply | undefined) => {
      clearTimeout(timer);
      socket.close();
      resolve(reply);
    };
    const timer = setTimeout(() => end(undefined), timeoutMs);
    socket.on('error', () => end(undefined));
    socket.on('message', (message) => end(replyOf(message)));
    socket.send(query, port, '127.0.0.1');
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
