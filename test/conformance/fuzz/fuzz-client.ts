/**
 * Throws mutated questions at a server, over UDP and TCP, and looks between whether it still
 * answers good ones. Whatever it does answer must be a readable reply to what was asked.
 */
import { createSocket, type Socket } from 'node:dgram';
import { ask, RCODES } from '../expect.ts';
import { type Address, framed, openTcp } from '../wire/exchange.ts';
import { type Random, seededRandom } from '../wire/seeded-random.ts';
import { readMessage } from '../wire/strict-message.ts';
import { mutated } from './mutate.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly packets: number;
}

export interface FuzzReport {
  readonly seed: number;
  sent: number;
  answered: number;
  silent: number;
  sentOverTcp: number;
  answeredOverTcp: number;
  /** What was wrong, with the packet in hexadecimal. */
  readonly faults: string[];
}

const BATCH = 100;
const BATCH_LIMIT_MS = 60;
const TCP_LIMIT_MS = 60;
const FAULTS_KEPT = 20;
const UDP_LIMIT = 4096;

export async function fuzz(server: Address, options: FuzzOptions): Promise<FuzzReport> {
  const random = seededRandom(options.seed);
  const { seed } = options;
  const report: FuzzReport = {
    seed,
    sent: 0,
    answered: 0,
    silent: 0,
    sentOverTcp: 0,
    answeredOverTcp: 0,
    faults: [],
  };
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.connect(server.port, server.host, resolve));
  try {
    for (let batch = 0; report.sent < options.packets; batch++) {
      const packets = Array.from({ length: BATCH }, () => mutated(random));
      if (batch % 8 === 7) await overTcp(server, { packets, random }, report);
      else await overUdp(socket, packets, report);
      if (batch % 4 === 0) await stillGood(server, report);
    }
  } finally {
    socket.close();
  }
  return report;
}

async function stillGood(server: Address, report: FuzzReport): Promise<void> {
  try {
    const got = await ask(server, { name: 'one.conf.example', edns: {} });
    if (got.rcode === RCODES.NOERROR && got.answer.length === 1) return;
    fault(report, `a good question got rcode ${got.rcode}`, Buffer.alloc(0));
  } catch (error) {
    fault(report, `a good question: ${String(error)}`, Buffer.alloc(0));
  }
}

async function overUdp(
  socket: Socket,
  packets: readonly Buffer[],
  report: FuzzReport,
): Promise<void> {
  const byId = new Map<number, Buffer>();
  for (const [index, packet] of packets.entries()) {
    // Ids of their own, so that a reply tells its question; too short for one is never answered.
    if (packet.length >= 2) packet.writeUInt16BE((report.sent + index) & 0xffff, 0);
    if (packet.length >= 2) byId.set(packet.readUInt16BE(0), packet);
  }
  const { length } = packets;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(end, BATCH_LIMIT_MS);
    function end(): void {
      clearTimeout(timer);
      socket.off('message', take);
      resolve();
    }
    function take(reply: Buffer): void {
      const id = reply.length >= 2 ? reply.readUInt16BE(0) : -1;
      const asked = byId.get(id);
      // Of an earlier batch: it came late, and was judged as silence.
      if (asked === undefined) return;
      byId.delete(id);
      report.answered++;
      judge(report, asked, reply);
      if (reply.length > UDP_LIMIT) fault(report, `${reply.length} bytes over UDP`, asked);
      if (byId.size === 0) end();
    }
    socket.on('message', take);
    for (const packet of packets) socket.send(packet);
  });
  report.sent += length;
  report.silent += byId.size;
}

interface TcpBatch {
  readonly packets: readonly Buffer[];
  readonly random: Random;
}

/** A few messages a connection, some with a length that lies: then the rest reads as garbage. */
async function overTcp(server: Address, batch: TcpBatch, report: FuzzReport): Promise<void> {
  const { packets, random } = batch;
  for (let at = 0; at < packets.length; at += 10) {
    const some = packets.slice(at, at + 10);
    const isLying = random(3) === 0;
    const client = await openTcp(server);
    const parts = some.map((packet, index) => {
      const bytes = framed(packet);
      if (isLying && index === 5) bytes.writeUInt16BE(random(65536), 0);
      return bytes;
    });
    await client.write(Buffer.concat(parts));
    for (let left = some.length; left > 0; left--) {
      const reply = await client.receive(TCP_LIMIT_MS);
      if (!Buffer.isBuffer(reply)) break;
      report.answeredOverTcp++;
      if (!isLying) judgeReadable(report, reply);
    }
    if (random(2) === 0) client.reset();
    else client.destroy();
  }
  report.sent += packets.length;
  report.sentOverTcp += packets.length;
}

function judge(report: FuzzReport, asked: Buffer, reply: Buffer): void {
  judgeReadable(report, reply, asked);
  if (asked.length < 12) fault(report, 'a reply to less than a header', asked);
  else if (asked.readUInt8(2) >= 128) fault(report, 'a reply to a reply', asked);
  else if (reply.length >= 3 && ((reply.readUInt8(2) ^ asked.readUInt8(2)) & 0x78) !== 0) {
    fault(report, 'another opcode', asked);
  }
}

function judgeReadable(report: FuzzReport, reply: Buffer, asked: Buffer = Buffer.alloc(0)): void {
  try {
    const message = readMessage(reply);
    if (!message.flags.qr) fault(report, 'QR is 0', asked);
  } catch (error) {
    fault(report, `unreadable reply ${reply.toString('hex')}: ${String(error)}`, asked);
  }
}

function fault(report: FuzzReport, what: string, packet: Buffer): void {
  if (report.faults.length < FAULTS_KEPT) {
    report.faults.push(`seed ${report.seed}: ${what}; asked ${packet.toString('hex')}`);
  }
}
