/**
 * RFC 7873 and 9018: cookies, where a server offers them. A server without cookies ignores the
 * option, so each case first looks whether there is one.
 */
import { type Ask, ask, check, RCODES } from '../../expect.ts';
import type { Case } from '../../runner.ts';
import { type Address, udpExchange } from '../../wire/exchange.ts';
import { buildQuery } from '../../wire/query.ts';
import { type Message, readMessage } from '../../wire/strict-message.ts';

const COOKIE = 10;
const client = Buffer.from('2464c4abcf10c957', 'hex');

const withCookie = (cookie: Buffer): Ask => ({
  name: 'one.conf.example',
  edns: { options: [[COOKIE, cookie]] },
});

function cookieOf(message: Message): Buffer | undefined {
  return message.edns?.options.find((option) => option.code === COOKIE)?.data;
}

/** The server's cookie for `client`, or undefined when it has none to give. */
async function offered(server: Address): Promise<Buffer | undefined> {
  return cookieOf(await ask(server, withCookie(client)));
}

export const cases: readonly Case[] = [
  {
    id: 'cookie: client’s part comes back, the server’s follows',
    rfc: 'RFC 7873 5.2.3',
    level: 'MUST',
    run: async (server) => {
      const cookie = await offered(server);
      if (cookie === undefined) return;
      check(cookie.length >= 16 && cookie.length <= 40, () => `${cookie.length} octets`);
      check(cookie.subarray(0, 8).equals(client), () => 'another client’s cookie');
    },
  },
  {
    id: 'cookie: the server accepts its own',
    rfc: 'RFC 7873 5.2.5',
    level: 'MUST',
    run: async (server) => {
      const cookie = await offered(server);
      if (cookie === undefined) return;
      const got = await ask(server, withCookie(cookie));
      check(got.rcode === RCODES.NOERROR, () => `rcode ${got.rcode}`);
      check(got.answer.length === 1, () => 'no answer');
      check(cookieOf(got)?.subarray(0, 8).equals(client) === true, () => 'cookie not returned');
    },
  },
  {
    id: 'cookie: a wrong server cookie is answered or BADCOOKIE with a new one',
    rfc: 'RFC 7873 5.2.4',
    level: 'MUST',
    run: async (server) => {
      const real = await offered(server);
      if (real === undefined) return;
      const got = await ask(server, withCookie(Buffer.concat([client, Buffer.alloc(16, 7)])));
      const accepted: number[] = [RCODES.NOERROR, RCODES.BADCOOKIE];
      check(accepted.includes(got.rcode), () => `rcode ${got.rcode}`);
      const cookie = cookieOf(got);
      check(cookie !== undefined && cookie.length >= 16, () => 'no new cookie');
      check(!cookie.subarray(8).equals(Buffer.alloc(16, 7)), () => 'the wrong cookie is confirmed');
    },
  },
  {
    id: 'cookie: another client’s server cookie is not confirmed',
    rfc: 'RFC 7873 5.2.4',
    level: 'MUST',
    run: async (server) => {
      const real = await offered(server);
      if (real === undefined) return;
      const other = Buffer.from('ffeeddccbbaa9988', 'hex');
      const got = await ask(server, withCookie(Buffer.concat([other, real.subarray(8)])));
      const cookie = cookieOf(got);
      check(cookie?.subarray(0, 8).equals(other) === true, () => 'client part lost');
      check(!cookie.subarray(8).equals(real.subarray(8)), () => 'one cookie serves two clients');
    },
  },
  ...[0, 1, 7, 9, 15, 41, 60].map(
    (length): Case => ({
      id: `cookie: length ${length} is FORMERR`,
      rfc: 'RFC 7873 5.2.2',
      level: 'MUST',
      run: async (server) => {
        if ((await offered(server)) === undefined) return;
        const fields = withCookie(Buffer.alloc(length, 1));
        const reply = await udpExchange(server, buildQuery({ ...fields, type: 'A' }));
        check(reply !== undefined, () => 'no reply');
        check(((reply[3] ?? 0) & 15) === RCODES.FORMERR, () => `rcode ${(reply[3] ?? 0) & 15}`);
      },
    }),
  ),
  {
    id: 'cookie: none asked, none given',
    rfc: 'RFC 7873 5.2.1',
    level: 'MUST',
    run: async (server) => {
      const got = await ask(server, { name: 'one.conf.example', edns: {} });
      check(cookieOf(got) === undefined, () => 'a cookie unasked');
    },
  },
  {
    id: 'cookie: a question without a question fetches one',
    rfc: 'RFC 7873 5.4',
    level: 'SHOULD',
    run: async (server) => {
      if ((await offered(server)) === undefined) return;
      const query = buildQuery({
        name: '.',
        type: 'A',
        counts: [0, 0, 0, 1],
        edns: { options: [[COOKIE, client]] },
      });
      // Header and OPT only: the question's five bytes are cut out.
      const bare = Buffer.concat([query.subarray(0, 12), query.subarray(17)]);
      const reply = await udpExchange(server, bare, 500);
      check(reply !== undefined, () => 'no reply');
      const got = readMessage(reply);
      check(got.rcode === RCODES.NOERROR, () => `rcode ${got.rcode}`);
      check(cookieOf(got) !== undefined, () => 'no cookie');
    },
  },
];
