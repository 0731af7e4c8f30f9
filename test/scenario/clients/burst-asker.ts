/**
 * One question many times within a second, from an address of its own, and what came back. Runs as
 * a process, because it stands in a network namespace with its server.
 *
 *   node burst-asker.ts '{"from":"203.0.113.7","to":"192.0.2.1","port":53,"count":1000,"name":"a.example"}'
 */

import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from 'dns-packet';

export interface BurstOptions {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly count: number;
  readonly name: string;
}

export interface BurstResult {
  readonly whole: number;
  readonly truncated: number;
  readonly silent: number;
  readonly largestTruncated: number;
}

export async function burst(options: BurstOptions): Promise<BurstResult> {
  const { from, to, port, count, name } = options;
  const query = encode({ type: 'query', id: 7, questions: [{ type: 'A', name }] });
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, from, resolve));
  const heard = { whole: 0, truncated: 0, largestTruncated: 0 };
  socket.on('message', (reply) => {
    if (((reply[2] ?? 0) & 2) === 0) heard.whole++;
    else {
      heard.truncated++;
      heard.largestTruncated = Math.max(heard.largestTruncated, reply.length);
    }
  });
  for (let sent = 0; sent < count; sent++) {
    socket.send(query, port, to);
    if (sent % 50 === 49) await sleep(10);
  }
  await sleep(500);
  socket.close();
  return { ...heard, silent: count - heard.whole - heard.truncated };
}

if (import.meta.main) {
  const options: BurstOptions = JSON.parse(process.argv[2] ?? '{}');
  process.stdout.write(`${JSON.stringify(await burst(options))}\n`);
}
