/** `TXT _why.<name>` as a person asks it with dig: over UDP and TCP, of good names and of others. */

import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RRClass, RRType } from '../../src/dns/codes.ts';
import { parseName } from '../../src/dns/name.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire/message.ts';
import { dig } from '../lab/dig.ts';
import type { RunningProcess } from '../lab/process.ts';
import { ask, ends, makePlace, type Place, startServe, until } from './running-fedns.ts';

const many = Array.from({ length: 40 }, (_, at) => ({ name: `c${at}`, region: 'r', zones: ['z'] }));
const SHARDS = JSON.stringify({
  federation: 'f',
  domain: 'example.com',
  ttlSeconds: 60,
  clusters: [
    { name: 'a', region: 'r1', zones: ['z1'] },
    { name: 'b', region: 'r2', zones: ['z2'] },
    ...many,
  ],
  services: [
    {
      namespace: 'n',
      name: 's',
      shards: [
        { cluster: 'a', loadBalancer: [{ ip: '192.0.2.1' }], readyEndpoints: 1 },
        { cluster: 'b', loadBalancer: [{ ip: '192.0.2.2' }], readyEndpoints: 0 },
      ],
    },
    {
      namespace: 'n',
      name: 'wide',
      shards: many.map(({ name }) => ({
        cluster: name,
        loadBalancer: [{ ip: '192.0.2.3' }],
        readyEndpoints: 0,
      })),
    },
  ],
});
const NAME = 's.n.f.svc.z2.r2.example.com';

let place: Place;
let server: RunningProcess;

beforeAll(async () => {
  place = await makePlace({ shards: SHARDS });
  server = await startServe(place);
  await until(async () => (await ends(place.port, 's.n.f.svc.example.com')) === '192.0.2.1', 5000);
});
afterAll(() => server.stop());

const asked = (...args: readonly string[]) => dig({ host: '127.0.0.1', port: place.port }, ...args);

async function askedAndEnded(name: string): Promise<Uint8Array> {
  const question = { name: parseName(name), type: RRType.TXT, class: RRClass.IN };
  const none = { answers: [], authorities: [], additionals: [], edns: undefined };
  const query = encodeMessage({ id: 1, flags: 0, questions: [question], ...none });
  const socket = connect({ host: '127.0.0.1', port: place.port, allowHalfOpen: true });
  socket.end(Buffer.concat([Buffer.from([0, query.length]), query]));
  return (await buffer(socket)).subarray(2);
}

describe('why', () => {
  it.each([['+notcp'], ['+tcp']])('level by level, with the cause of each, %s', async (how) => {
    const said = await asked('+short', how, `_why.${NAME}`, 'TXT');
    expect(said.split('" "').map((line) => line.replace(/"|\n/g, ''))).toEqual([
      'zone z2.r2: CNAME s.n.f.svc.r2.example.com.',
      'out b: no ready endpoint',
      'region r2: CNAME s.n.f.svc.example.com.',
      'out b: no ready endpoint',
      'global: A 192.0.2.1',
      'in a',
      'out b: no ready endpoint',
    ]);
  });

  it('whatever the case of the label; it is authoritative, and nobody keeps it', async () => {
    const said = await asked('+noall', '+answer', '+comments', `_WhY.${NAME}`, 'TXT');
    expect(said).toMatch(/flags: qr aa/);
    expect(said).toMatch(/\s0\s+IN\s+TXT\s/);
    expect(said).toContain('status: NOERROR');
  });

  it('what does not fit is truncated, and whole over TCP', async () => {
    const name = '_why.wide.n.f.svc.z.r.example.com';
    const small = await asked('+noedns', '+ignore', '+comments', name, 'TXT');
    expect(small).toMatch(/flags: qr aa tc/);
    const whole = await asked('+short', name, 'TXT');
    expect(whole).toContain('c39');
  });

  it('other types, and names that nobody planned, are answered by the zone', async () => {
    expect(await asked(`_why.${NAME}`, 'A')).toContain('status: NXDOMAIN');
    expect(await asked('_why.nobody.n.f.svc.example.com', 'TXT')).toContain('status: NXDOMAIN');
    expect(await asked('_why.www.example.net', 'TXT')).toContain('status: REFUSED');
    expect(await asked('+tcp', '_why.www.example.net', 'TXT')).toContain('status: REFUSED');
  });

  it('of a version of EDNS that we do not know, as of any other name', async () => {
    const said = await asked('+edns=1', '+noednsneg', '+comments', `_why.${NAME}`, 'TXT');
    expect(said).toContain('status: BADVERS');
  });

  it('over TCP also where the client has ended its side (RFC 7766 section 6.2.4)', async () => {
    const { answers } = decodeMessage(await askedAndEnded(`_why.${NAME}.`));
    expect(answers).toHaveLength(1);
  });

  it('a crowd of them leaves the other answers alone', async () => {
    const crowd = Array.from({ length: 30 }, () => asked('+short', `_why.${NAME}`, 'TXT'));
    const reply = await ask(place.port, 's.n.f.svc.example.com');
    expect(reply?.rcode).toBe('NOERROR');
    await Promise.all(crowd);
  });
});
