/**
 * Many different questions at once from one socket, and whether each got its own answer. Runs as a
 * process, because it stands in a network namespace with its server.
 *
 *   node crowd-asker.ts '{"port":53,"count":300,"records":60}'
 */

import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode, encode } from 'dns-packet';

export interface CrowdOptions {
  readonly port: number;
  readonly count: number;
  /** Addresses of each name. */
  readonly records: number;
}

export interface CrowdResult {
  readonly right: number;
  readonly wrong: number;
}

const PATIENCE_MS = 10_000;

export function crowdName(index: number): string {
  return `s${index}.n.f.svc.example.com`;
}

/** Says which name it is of. */
export function crowdAddress(index: number, record: number): string {
  return `10.${index >> 8}.${index & 255}.${record}`;
}

/** A shards file of them all. */
export function crowdShards(count: number, records: number): string {
  const services = Array.from({ length: count }, (_, index) => ({
    namespace: 'n',
    name: `s${index}`,
    shards: [
      {
        cluster: 'c1',
        readyEndpoints: 1,
        loadBalancer: Array.from({ length: records }, (_none, at) => ({
          ip: crowdAddress(index, at + 1),
        })),
      },
    ],
  }));
  // JSON is YAML, too.
  const clusters = [{ name: 'c1', region: 'r1', zones: ['z1'] }];
  return JSON.stringify({ federation: 'f', domain: 'example.com', clusters, services });
}

export async function askAll({ port, count, records }: CrowdOptions): Promise<CrowdResult> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const heard = { right: 0, wrong: 0 };
  socket.on('message', (reply) => {
    if (isRight(reply, records)) heard.right++;
    else heard.wrong++;
  });
  for (let index = 0; index < count; index++) socket.send(question(index), port, '127.0.0.1');
  const deadline = Date.now() + PATIENCE_MS;
  while (heard.right + heard.wrong < count && Date.now() < deadline) await sleep(50);
  socket.close();
  return heard;
}

function question(index: number): Buffer {
  return encode({
    type: 'query',
    id: index,
    questions: [{ type: 'A', name: crowdName(index) }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1232,
        flags: 0,
        ednsVersion: 0,
        extendedRcode: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
}

/** The id says which name was asked. */
function isRight(reply: Buffer, records: number): boolean {
  const { id = 0, questions, answers } = decode(reply);
  if (questions?.[0]?.name !== crowdName(id) || answers?.length !== records) return false;
  const wanted = new Set(Array.from({ length: records }, (_, at) => crowdAddress(id, at + 1)));
  return answers.every((answer) => answer.type === 'A' && wanted.delete(answer.data));
}

if (import.meta.main) {
  const options: CrowdOptions = JSON.parse(process.argv[2] ?? '{}');
  process.stdout.write(`${JSON.stringify(await askAll(options))}\n`);
}
