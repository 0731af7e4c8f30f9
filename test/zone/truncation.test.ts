/** Sizes: whole RRsets or nothing; TC when something needed was cut; never more than allowed. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ask } from '../support/asking.ts';
import { zones } from '../support/records.ts';

const many = (owner: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${owner} 30 A 10.1.${at >> 8}.${at & 255}`).join('\n');
const servers = (cut: string, count: number) =>
  Array.from(
    { length: count },
    (_, at) => `${cut} NS ns${at}.${cut}\nns${at}.${cut} AAAA 2001:db8::${at}`,
  ).join('\n');

const served = zones({
  'example.com.': `
    ${many('a28.example.com.', 28)}
    ${many('a29.example.com.', 29)}
    ${many('a80.example.com.', 80)}
    to80.example.com. CNAME a80.example.com.
    mx.example.com. MX 1 a80.example.com.
    mx.example.com. MX 2 one.example.com.
    one.example.com. A 192.0.2.1
    ${servers('small.example.com.', 3)}
    ${servers('glue.example.com.', 13)}
    ${servers('large.example.com.', 60)}
    kind.example.com. NS a.sibling.example.com.
    kind.example.com. NS b.kind.example.com.
    sibling.example.com. NS a.sibling.example.com.
    ${many('a.sibling.example.com.', 40)}
    b.kind.example.com. A 192.0.2.3
  `,
});

describe('truncation', () => {
  test('512 octets without EDNS, to the last octet', () => {
    // 12 + 21 + 28 * 16 = 481; 29 * 16 would be 497; names are 33 octets.
    const whole = ask(served, 'a29.example.com. A');
    expect(whole.octets.length).toBe(12 + 21 + 29 * 16);
    expect(whole.flags).not.toContain('tc');
    const cut = ask(served, 'a80.example.com. A');
    expect(cut.flags).toContain('tc');
    expect(cut.answer).toEqual([]);
    expect(cut.octets.length).toBe(12 + 21);
  });

  test('the size asked for, never more than ours, never below 512', () => {
    const tc = (udpOctets: number, udpOctetsMax = 1232) =>
      ask(served, 'a80.example.com. A', {
        edns: { udpOctets },
        context: { udpOctetsMax },
      }).flags.includes('tc');
    // 12 + 21 + 80 * 16 + OPT 11 = 1324.
    expect(tc(65535)).toBe(true);
    expect(tc(65535, 1324)).toBe(false);
    expect(tc(1323, 4096)).toBe(true);
    expect(tc(1324, 4096)).toBe(false);
    for (const udpOctets of [0, 1, 100, 511]) {
      const reply = ask(served, 'a28.example.com. A', { edns: { udpOctets } });
      expect(reply.flags).not.toContain('tc');
      expect(reply.answer).toHaveLength(28);
    }
  });

  test('a chain keeps its aliases when the end does not fit', () => {
    const reply = ask(served, 'to80.example.com. A');
    expect(reply.flags).toContain('tc');
    expect(reply.answer).toEqual(['to80.example.com. 180 IN CNAME a80.example.com.']);
  });

  test('additional data go without TC, and the next that fit are kept', () => {
    const reply = ask(served, 'mx.example.com. MX');
    expect(reply.flags).not.toContain('tc');
    expect(reply.additional).toEqual(['one.example.com. 180 IN A 192.0.2.1']);
  });

  test('required glue that does not fit is TC, RFC 9471', () => {
    expect(ask(served, 'x.small.example.com. A').flags).not.toContain('tc');
    const reply = ask(served, 'x.glue.example.com. A');
    expect(reply.flags).toContain('tc');
    expect(reply.authority).toHaveLength(13);
    expect(reply.additional.length).toBeGreaterThan(0);
    const tcp = ask(served, 'x.glue.example.com. A', { context: { transport: 'tcp' } });
    expect(tcp.flags).not.toContain('tc');
    expect(tcp.additional).toHaveLength(13);
  });

  test('glue below another cut is no loss, and never takes the place of what is required', () => {
    const reply = ask(served, 'x.kind.example.com. A');
    expect(reply.flags).not.toContain('tc');
    expect(reply.additional).toEqual(['b.kind.example.com. 180 IN A 192.0.2.3']);
  });

  test('NS that do not fit leave the sections empty', () => {
    const reply = ask(served, 'x.large.example.com. A');
    expect(reply.flags).toContain('tc');
    expect(reply.authority).toEqual([]);
    expect(reply.additional).toEqual([]);
  });

  test('no reply is larger than allowed, and OPT is always there', () => {
    const names = ['a28', 'a29', 'a80', 'to80', 'mx', 'x.small', 'x.glue', 'x.large', 'none'];
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.constantFrom('A', 'MX', 'NS', 'ANY'),
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: 512, max: 3000 }),
        (owner, type, udpOctets, udpOctetsMax) => {
          const reply = ask(served, `${owner}.example.com. ${type}`, {
            edns: { udpOctets },
            context: { udpOctetsMax, order: 'shuffle', random: udpOctets },
          });
          const allowed = Math.max(512, Math.min(udpOctets, udpOctetsMax));
          expect(reply.octets.length).toBeLessThanOrEqual(allowed);
          expect(reply.message.edns).toBeDefined();
        },
      ),
    );
  });

  test('over TCP a reply of 64 KB comes whole', () => {
    const big = zones({ 'example.com.': many('big.example.com.', 4050) });
    const reply = ask(big, 'big.example.com. A', { edns: {}, context: { transport: 'tcp' } });
    expect(reply.answer).toHaveLength(4050);
    expect(reply.octets.length).toBe(12 + 21 + 4050 * 16 + 11);
  });
});
