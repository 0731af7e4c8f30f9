/**
 * One UDP socket of one answering thread, bound to one local address so that answers leave from
 * the address asked. Datagrams in, Answerer, datagrams out.
 */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { UDP_OCTETS_MAX } from '../../dns/limits.ts';
import { addressOctets } from './address-octets.ts';
import type { Answerer } from './answerer.ts';
import type { Asker } from './asker.ts';
import { SEND_ERROR_SAMPLE_EVERY, UDP_RECEIVE_OCTETS, UDP_UNSENT_OCTETS_MAX } from './limits.ts';
import type { QueryCounters } from './query-counters.ts';
import { isWhy } from './why-questions.ts';

export interface BoundAddress {
  /** Literal IPv4, or IPv6 with its scope where it needs one. */
  readonly address: string;
  readonly port: number;
}

/**
 * Where an answer is written and sent from. `starts`: its first so many octets, made once each, for
 * a view is dear: 0.7 us an answer less than memory of its own for each (bench, part peers).
 */
interface Sheet {
  readonly octets: Buffer;
  readonly starts: (Buffer | undefined)[];
}

/** A query that is answered later. */
interface Asked {
  readonly query: Buffer;
  readonly asker: Asker;
  readonly from: RemoteInfo;
}

/** So many answers share one look at the queue: it costs 0.3 us. */
const SHEETS = 8;

function makeSheet(): Sheet {
  return { octets: Buffer.alloc(UDP_OCTETS_MAX), starts: [] };
}

/** For answers that have to wait: sockets of a thread take turns. */
const scratch = Buffer.alloc(UDP_OCTETS_MAX);

export class UdpListener {
  readonly bound: BoundAddress;
  readonly #answerer: Answerer;
  readonly #counters: QueryCounters;
  readonly #socket: Socket;
  /** Index in PROTOCOLS. */
  readonly #protocol: number;
  #lastAddress = '';
  #asker: Asker = { address: new Uint8Array(4), protocol: 0 };
  readonly #sheets = Array.from({ length: SHEETS }, makeSheet);
  /** The sheet of the next answer; at the end of them we look whether the kernel has taken all. */
  #next = 0;
  #isBehind = false;
  #untilTold = 1;
  #isDraining = false;
  #held: [Buffer, RemoteInfo][] = [];

  constructor(bound: BoundAddress, answerer: Answerer, counters: QueryCounters) {
    this.bound = bound;
    this.#answerer = answerer;
    this.#counters = counters;
    const isIpv6 = bound.address.includes(':');
    this.#protocol = isIpv6 ? 1 : 0;
    this.#socket = createSocket({
      type: isIpv6 ? 'udp6' : 'udp4',
      ipv6Only: isIpv6,
      reusePort: true,
      // The peer's address is a literal: saves Node's look-up and a tick per answer.
      lookup: (host, _options, found) => found(null, host, isIpv6 ? 6 : 4),
    });
  }

  /** Rejects with the system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL). */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.bind({ address: this.bound.address, port: this.bound.port }, () => {
        this.#socket.off('error', reject);
        this.#socket.on('error', () => this.#counters.count('sendErrors', 1));
        this.#socket.on('message', (query, from) => this.#receive(query, from));
        growReceiveBuffer(this.#socket);
        resolve();
      });
    });
  }

  /**
   * Answers what has arrived, then closes. A connected socket of a reusePort group gets nothing
   * new, so what lies in its queue can be read out; closing at once would lose it (84 of 1,792
   * after a stall). Answers are held until the socket is free to send again.
   */
  async stop(): Promise<void> {
    this.#isDraining = true;
    const isConnected = await connectAside(this.#socket, this.bound);
    if (isConnected) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      this.#socket.disconnect();
    }
    this.#isDraining = false;
    for (const [query, from] of this.#held) this.#receive(query, from);
    await new Promise<void>((resolve) => setImmediate(() => this.#socket.close(resolve)));
  }

  #receive(query: Buffer, from: RemoteInfo): void {
    if (this.#isDraining) {
      this.#held.push([query, from]);
      return;
    }
    // A forged source port of 0 makes send() throw inside this handler.
    if (from.port === 0) return;
    // Most questions come from few resolvers, often several in a row.
    if (from.address !== this.#lastAddress) {
      this.#lastAddress = from.address;
      this.#asker = { address: addressOctets(from.address).slice(), protocol: this.#protocol };
    }
    if (isWhy(query) && this.#takesWhy({ query, asker: this.#asker, from })) return;
    const answer = this.#isCaughtUp() ? this.#answerAtOnce(query) : this.#answerBehind(query);
    if (answer === undefined) return;
    // Whole, so that send() slices nothing; told of few, for each callback is a tick of its own.
    if (--this.#untilTold > 0) {
      this.#socket.send(answer, from.port, from.address);
    } else {
      this.#untilTold = SEND_ERROR_SAMPLE_EVERY;
      this.#socket.send(answer, from.port, from.address, this.#sent);
    }
  }

  /**
   * Whether the next sheet is free. When all of them have been used once since nothing waited, or
   * when something does, the queue is looked at.
   */
  #isCaughtUp(): boolean {
    if (this.#next < SHEETS && !this.#isBehind) return true;
    this.#isBehind = this.#socket.getSendQueueCount() > 0;
    this.#next = 0;
    return !this.#isBehind;
  }

  /** The kernel takes the answer from its sheet within send(), or it waits there. */
  #answerAtOnce(query: Buffer): Buffer | undefined {
    const { octets, starts } = this.#sheets[this.#next++] as Sheet;
    const length = this.#answerer.answer(query, this.#asker, octets);
    if (length === 0) return undefined;
    const known = starts[length];
    if (known !== undefined) return known;
    const start = octets.subarray(0, length);
    starts[length] = start;
    return start;
  }

  /** Sheets may lie in the queue: what joins it there needs memory of its own. */
  #answerBehind(query: Buffer): Buffer | undefined {
    if (this.#socket.getSendQueueSize() > UDP_UNSENT_OCTETS_MAX) {
      this.#counters.count('sendErrors', 1);
      return undefined;
    }
    const length = this.#answerer.answer(query, this.#asker, scratch);
    return length === 0 ? undefined : Buffer.from(scratch.subarray(0, length));
  }

  /** True: the answer is sent when somebody has said it. */
  #takesWhy(asked: Asked): boolean {
    const { query, asker } = asked;
    return this.#answerer.whys.take(query, asker, (why) => this.#sendLate(asked, why));
  }

  /** `answer` undefined: the zone's own is due. */
  #sendLate({ query, asker, from }: Asked, answer: Uint8Array | undefined): void {
    let octets = answer;
    if (octets === undefined) {
      const length = this.#answerer.answer(query, asker, scratch);
      octets = Buffer.from(scratch.subarray(0, length));
    }
    if (octets.length === 0 || this.#isDraining) return;
    try {
      this.#socket.send(octets, from.port, from.address, (error) => {
        if (error !== null) this.#counters.count('sendErrors', 1);
      });
    } catch {
      // Closed meanwhile: the client asks again.
    }
  }

  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.#counters.count('sendErrors', SEND_ERROR_SAMPLE_EVERY);
  };
}

function growReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(UDP_RECEIVE_OCTETS);
  } catch {
    // The kernel's maximum is smaller and it says so: what it gives by default serves.
  }
}

/** Connects to the discard port of our own address: nothing is sent there. */
function connectAside(socket: Socket, bound: BoundAddress): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      socket.connect(9, bound.address, () => resolve(true));
      socket.once('error', () => resolve(false));
    } catch {
      resolve(false);
    }
  });
}
