/**
 * RFC 7766, 9210 and 7828: TCP as clients really use it. Every case is patient with time (other
 * tests run beside it) and exact about bytes.
 */
import { check, checkReply, compare, expectAnswer, type Wanted } from '../../expect.ts';
import type { Case, Level } from '../../runner.ts';
import { type Address, framed, openTcp, type TcpClient } from '../../wire/exchange.ts';
import { buildQuery } from '../../wire/query.ts';
import type { Message } from '../../wire/strict-message.ts';
import { rrset } from '../../zone.ts';

const one: Wanted = { rcode: 'NOERROR', aa: true, answer: rrset('one.conf.example', 'A') };
const LIMIT_MS = 4000;

const aQuery = (name = 'one.conf.example', type = 'A') => buildQuery({ name, type });

async function reply(client: TcpClient, query: Buffer): Promise<Message> {
  const got = await client.receive(LIMIT_MS);
  check(Buffer.isBuffer(got), () => `${String(got)} in place of a reply`);
  return checkReply(query, got, 'tcp');
}

async function connected(
  server: Address,
  use: (client: TcpClient) => Promise<unknown>,
): Promise<void> {
  const client = await openTcp(server);
  try {
    await use(client);
  } finally {
    client.destroy();
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function stream(
  [id, rfc, level]: readonly [string, string, Level],
  use: (client: TcpClient, server: Address) => Promise<unknown>,
): Case {
  const run = (server: Address) => connected(server, (client) => use(client, server));
  return { id: `tcp: ${id}`, rfc, level, when: 'stream', run };
}

async function askOne(client: TcpClient): Promise<void> {
  const query = aQuery();
  await client.send(query);
  compare(await reply(client, query), one, 'one.conf.example A over TCP');
}

/** Sends all, then takes the replies in whatever order they come. */
async function pipelined(
  client: TcpClient,
  queries: readonly Buffer[],
): Promise<Map<number, Message>> {
  await client.write(Buffer.concat(queries.map(framed)));
  const byId = new Map(queries.map((query) => [query.readUInt16BE(0), query]));
  const got = new Map<number, Message>();
  for (let left = queries.length; left > 0; left--) {
    const bytes = await client.receive(LIMIT_MS);
    check(Buffer.isBuffer(bytes), () => `${String(bytes)} with ${left} replies to come`);
    const query = byId.get(bytes.readUInt16BE(0));
    check(query !== undefined, () => 'a reply to nothing');
    got.set(bytes.readUInt16BE(0), checkReply(query, bytes, 'tcp'));
  }
  return got;
}

const replies: readonly Case[] = [
  stream(['one question', 'RFC 7766 5', 'MUST'], askOne),
  stream(['several, one after the other', 'RFC 7766 6.2.1', 'MUST'], async (client) => {
    for (let i = 0; i < 5; i++) await askOne(client);
  }),
  stream(['what UDP truncates is whole', 'RFC 7766 5', 'MUST'], async (client) => {
    for (const [name, type] of [
      ['big.conf.example', 'A'],
      ['huge.conf.example', 'TXT'],
    ] as const) {
      const query = aQuery(name, type);
      await client.send(query);
      compare(await reply(client, query), { answer: rrset(name, type), aa: true }, name);
    }
  }),
  stream(['the EDNS size is no limit', 'RFC 6891 6.2.3', 'MUST'], async (client) => {
    const query = buildQuery({ name: 'big.conf.example', type: 'A', edns: { size: 512 } });
    await client.send(query);
    compare(await reply(client, query), { answer: rrset('big.conf.example', 'A') }, 'big');
  }),
  stream(['thirty pipelined', 'RFC 7766 6.2.1.1', 'MUST'], async (client) => {
    const queries = Array.from({ length: 30 }, () => aQuery());
    const got = await pipelined(client, queries);
    check(got.size === 30, () => `${got.size} of 30 ids`);
    for (const message of got.values()) compare(message, one, 'pipelined');
  }),
  stream(['small behind large', 'RFC 7766 6.2.1.1', 'MUST'], async (client) => {
    const queries = [aQuery('huge.conf.example', 'TXT'), aQuery(), aQuery('big.conf.example')];
    check((await pipelined(client, queries)).size === 3, () => 'not all answered');
  }),
];

const segments: readonly Case[] = [
  stream(['length split from its message', 'RFC 7766 8', 'MUST'], async (client) => {
    const query = aQuery();
    const bytes = framed(query);
    for (const part of [bytes.subarray(0, 1), bytes.subarray(1, 2), bytes.subarray(2)]) {
      await client.write(part);
      await pause(30);
    }
    compare(await reply(client, query), one, 'split');
  }),
  stream(['byte by byte', 'RFC 7766 8', 'MUST'], async (client) => {
    const query = aQuery();
    for (const byte of framed(query)) {
      await client.write(Buffer.of(byte));
      await pause(2);
    }
    compare(await reply(client, query), one, 'bytes');
  }),
  stream(['one and a half, then the rest', 'RFC 7766 8', 'MUST'], async (client) => {
    const [first, second] = [aQuery(), aQuery()];
    const bytes = Buffer.concat([framed(first), framed(second)]);
    await client.write(bytes.subarray(0, first.length + 20));
    compare(await reply(client, first), one, 'first');
    await client.write(bytes.subarray(first.length + 20));
    compare(await reply(client, second), one, 'second');
  }),
  stream(['half-close after the question', 'RFC 7766 6.2.4', 'MUST'], async (client) => {
    const query = aQuery('huge.conf.example', 'TXT');
    await client.send(query);
    client.half();
    compare(await reply(client, query), { rcode: 'NOERROR' }, 'after half-close');
    check((await client.receive(LIMIT_MS)) === 'closed', () => 'not closed after half-close');
  }),
  stream(['pipelined, then half-close', 'RFC 7766 6.2.4', 'SHOULD'], async (client) => {
    const queries = Array.from({ length: 10 }, () => aQuery());
    await client.write(Buffer.concat(queries.map(framed)));
    client.half();
    for (const query of queries) await reply(client, query);
  }),
];

const lifetime: readonly Case[] = [
  stream(['a quiet connection stays a while', 'RFC 7766 6.2.3', 'SHOULD'], async (client) => {
    await askOne(client);
    await pause(2500);
    await askOne(client);
  }),
  stream(['an idle connection is ended in time', 'RFC 9210 4.2', 'SHOULD'], async (client) => {
    await askOne(client);
    check((await client.receive(17_000)) === 'closed', () => 'open after 17 s of silence');
  }),
  stream(['a silent connection is ended in time', 'RFC 9210 4.2', 'SHOULD'], async (client) => {
    check((await client.receive(17_000)) === 'closed', () => 'open after 17 s of silence');
  }),
  stream(['half a message is ended early', 'RFC 9210 4.2', 'SHOULD'], async (client) => {
    await client.write(framed(aQuery()).subarray(0, 20));
    check((await client.receive(8000)) === 'closed', () => 'open after 8 s of half a message');
  }),
  stream(['an empty message harms nobody', 'RFC 7766 8', 'MUST'], async (client, server) => {
    await client.write(Buffer.of(0, 0));
    await client.receive(300);
    await connected(server, askOne);
  }),
  stream(['resets harm nobody', 'RFC 7766 6.2.4', 'MUST'], async (client, server) => {
    for (let i = 0; i < 20; i++) {
      const hasty = await openTcp(server);
      await hasty.send(aQuery('huge.conf.example', 'TXT'));
      hasty.reset();
    }
    await askOne(client);
  }),
  {
    id: 'tcp: unread answers hold up nobody else',
    rfc: 'RFC 7766 6.2.2',
    level: 'MUST',
    when: 'alone',
    run: (server) =>
      connected(server, async (lazy) => {
        lazy.socket.pause();
        const query = framed(aQuery('huge.conf.example', 'TXT'));
        // About 30 MB of answers that nobody takes; the write itself may be held up, so no await.
        void lazy.write(Buffer.concat(Array.from({ length: 1000 }, () => query)));
        await pause(300);
        for (let i = 0; i < 5; i++) {
          await expectAnswer(server, { name: 'one.conf.example' }, one);
          await connected(server, askOne);
        }
      }),
  },
  {
    id: 'tcp: a hundred idle connections do not keep out another',
    rfc: 'RFC 7766 6.2.2',
    level: 'MUST',
    when: 'alone',
    run: async (server) => {
      const idle = await Promise.all(Array.from({ length: 100 }, () => openTcp(server)));
      try {
        await connected(server, askOne);
      } finally {
        for (const client of idle) client.destroy();
      }
    },
  },
];

const KEEPALIVE = 11;

const keepalive: readonly Case[] = [
  stream(['keepalive asked: a timeout or nothing', 'RFC 7828 3.3.2', 'MUST'], async (client) => {
    const edns = { options: [[KEEPALIVE, Buffer.alloc(0)]] as const };
    const query = buildQuery({ name: 'one.conf.example', type: 'A', edns });
    await client.send(query);
    const got = await reply(client, query);
    const option = got.edns?.options.find((each) => each.code === KEEPALIVE);
    check(option === undefined || option.data.length === 2, () => 'keepalive of a wrong length');
  }),
  {
    id: 'tcp: keepalive is not answered over UDP',
    rfc: 'RFC 7828 3.2.1',
    level: 'MUST',
    run: async (server) => {
      const edns = { options: [[KEEPALIVE, Buffer.alloc(0)]] as const };
      const got = await expectAnswer(server, { name: 'one.conf.example', edns }, one);
      check(
        got.edns?.options.every((each) => each.code !== KEEPALIVE) === true,
        () => 'keepalive over UDP',
      );
    },
  },
];

export const cases: readonly Case[] = [...replies, ...segments, ...lifetime, ...keepalive];
