/**
 * R23: what a forged source gets back for what was sent. Every name and type of the conformance
 * zones, with the largest buffer a client may claim: never above 1232 octets over UDP.
 */

import { encode, type Packet } from 'dns-packet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFedns } from '../../conformance/fedns.ts';
import { records, zones } from '../../conformance/zone.ts';
import type { DnsServer } from '../../lab/dns-server.ts';
import { exchange } from '../running-fedns.ts';

const TYPES = ['A', 'AAAA', 'CNAME', 'NS', 'SOA', 'MX', 'TXT', 'SRV', 'PTR', 'CAA', 'DS'] as const;
const SIZE_MAX = 1232;
const RATIO_MAX = 25;

let server: DnsServer;
beforeAll(async () => {
  server = await startFedns(zones);
});
afterAll(() => server?.kill9());

it('R23: no answer over UDP is above 1232 octets, nor above 25 times its question', async () => {
  const owners = [...new Set(records.map(({ owner }) => owner))].filter(isPlain);
  const questions = owners.flatMap((name) => [
    ...TYPES.map((type) => query(name, type)),
    any(name),
  ]);
  const good = await Promise.all([largest(questions), largest([query('no.conf.example', 'A')])]);
  const [hits, absent] = good;
  const outside = await largest([query('www.elsewhere.example', 'A')]);
  console.info(
    `${questions.length} questions: largest answer ${hits.octets} octets (target ${SIZE_MAX}), largest ratio ${hits.ratio.toFixed(1)} (target ${RATIO_MAX}); NXDOMAIN ${absent.ratio.toFixed(1)}, REFUSED ${outside.ratio.toFixed(1)}`,
  );
  expect(questions.length).toBeGreaterThan(500);
  expect(hits.octets).toBeLessThanOrEqual(SIZE_MAX);
  expect(hits.ratio).toBeLessThanOrEqual(RATIO_MAX);
  expect(absent.ratio).toBeLessThan(4);
  expect(outside.ratio).toBeLessThanOrEqual(1.2);
});

/** dns-packet writes names as text: only those that it writes as they are. */
function isPlain(owner: string): boolean {
  return /^[a-z0-9*_.-]+$/i.test(owner);
}

function query(name: string, type: (typeof TYPES)[number]): Buffer {
  return encode({ ...packet(), questions: [{ type, name: name.replace(/\.$/, '') }] });
}

/** QTYPE 255, which dns-packet does not know by name: the type follows the name's zero octet. */
function any(name: string): Buffer {
  const bytes = query(name, 'A');
  bytes.writeUInt16BE(255, bytes.indexOf(0, 12) + 1);
  return bytes;
}

function packet(): Packet {
  const opt = { extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] };
  return {
    type: 'query',
    id: 1,
    additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 65_535, ...opt }],
  };
}

async function largest(questions: readonly Buffer[]): Promise<{ octets: number; ratio: number }> {
  const found = { octets: 0, ratio: 0 };
  for (let at = 0; at < questions.length; at += 20) {
    const slice = questions.slice(at, at + 20);
    const sizes = await Promise.all(
      slice.map(async (bytes) => {
        const reply = await exchange(server.port, bytes);
        if (reply === undefined) throw new Error(`no answer to ${bytes.toString('hex')}`);
        return [reply.length, bytes.length] as const;
      }),
    );
    for (const [octets, asked] of sizes) {
      found.octets = Math.max(found.octets, octets);
      found.ratio = Math.max(found.ratio, octets / asked);
    }
  }
  return found;
}
