/** Server cookies against the vectors of RFC 9018 appendix A, and what must not pass. */

import { describe, expect, it } from 'vitest';
import { CookieJar } from '../../src/serve/answering/cookies.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const text = (octets: Uint8Array) => Buffer.from(octets).toString('hex');
const SECRET = hex('e5e973e5a6b2a43f48e7dc849e37bfcf');
const OLD_SECRET = hex('dd3bdf9344b678b185a6f5cb60fca715');
const NEW_SECRET = hex('445536bcd2513298075a5d379663c962');
const CLIENT_4 = Uint8Array.from([198, 51, 100, 100]);
const CLIENT_4B = Uint8Array.from([203, 0, 113, 203]);
const CLIENT_6 = hex('20010db80220000159ded0f4876982b8');

describe('RFC 9018 appendix A', () => {
  it('A.1: a client without a server cookie gets one', () => {
    const reply = new CookieJar(SECRET).reply(hex('2464c4abcf10c957'), CLIENT_4, 1559731985);
    expect([reply.kind, text(reply.option)]).toEqual([
      'none',
      '2464c4abcf10c957010000005cf79f111f8130c3eee29480',
    ]);
  });

  it('A.2: over half an hour old: valid, and a new one comes back', () => {
    const held = hex('2464c4abcf10c957010000005cf79f111f8130c3eee29480');
    const reply = new CookieJar(SECRET).reply(held, CLIENT_4, 1559734385);
    expect([reply.kind, text(reply.option)]).toEqual([
      'valid',
      '2464c4abcf10c957010000005cf7a871d4a564a1442aca77',
    ]);
  });

  it('A.3: reserved octets that are not zero take part in the hash', () => {
    const held = hex('fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5');
    const jar = new CookieJar(SECRET);
    expect(jar.reply(held, CLIENT_4B, 1559728000).kind).toBe('valid');
    const renewed = jar.reply(held, CLIENT_4B, 1559734700);
    expect(text(renewed.option)).toBe('fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e');
  });

  it('A.4: made with the previous secret: valid, renewed with the current one', () => {
    const held = hex('22681ab97d52c298010000005cf7c57926556bd0934c72f8');
    const jar = new CookieJar(NEW_SECRET, OLD_SECRET);
    const reply = jar.reply(held, CLIENT_6, 1559741961);
    expect([reply.kind, text(reply.option)]).toEqual([
      'valid',
      '22681ab97d52c298010000005cf7c609a6bb79d16625507a',
    ]);
  });
});

describe('a cookie is invalid', () => {
  const good = hex('2464c4abcf10c957010000005cf79f111f8130c3eee29480');
  const rows: [what: string, cookie: Uint8Array, address: Uint8Array, now: number][] = [
    ['from another address', good, CLIENT_4B, 1559731985],
    ['after more than an hour', good, CLIENT_4, 1559731985 + 3601],
    ['from over five minutes ahead', good, CLIENT_4, 1559731985 - 301],
    ['with one bit turned', good.with(23, 0x81), CLIENT_4, 1559731985],
    ['with another version', good.with(8, 2), CLIENT_4, 1559731985],
    ['with 16 octets', good.slice(0, 16), CLIENT_4, 1559731985],
    ['with 40 octets', Uint8Array.from([...good, ...good.slice(0, 16)]), CLIENT_4, 1559731985],
  ];
  it.each(rows)('%s', (_what, cookie, address, now) => {
    const reply = new CookieJar(SECRET).reply(cookie, address, now);
    expect(reply.kind).toBe('invalid');
    const again = new CookieJar(SECRET).reply(reply.option.slice(), address, now);
    expect(again.kind).toBe('valid');
  });
});
