/**
 * RFC 8020 and RFC 4592 2.2.2: a name with something below it exists; NXDOMAIN means that nothing
 * is below.
 */
import { expectAnswer } from '../../expect.ts';
import type { Case } from '../../runner.ts';
import { negativeSoa, rrset } from '../../zone.ts';

const nodata = [
  'b.c.ent.conf.example',
  'c.ent.conf.example',
  'ent.conf.example',
  '_tcp.conf.example',
  'wild.conf.example',
  'cwild.conf.example',
  'cut.conf.example',
  'ENT.conf.example',
];

const nxdomain = [
  'x.b.c.ent.conf.example',
  'x.ent.conf.example',
  'a.b.ent.conf.example',
  'under.a.b.c.ent.conf.example',
  'xent.conf.example',
  '_udp.conf.example',
];

export const cases: readonly Case[] = [
  ...nodata.flatMap((name) =>
    ['A', 'TXT'].map(
      (type): Case => ({
        id: `empty non-terminal: ${name} ${type}`,
        rfc: 'RFC 8020 2',
        level: 'MUST',
        run: (server) =>
          expectAnswer(
            server,
            { name, type },
            {
              rcode: 'NOERROR',
              aa: true,
              answer: [],
              authority: negativeSoa(),
            },
          ),
      }),
    ),
  ),
  ...nxdomain.map(
    (name): Case => ({
      id: `nothing below: ${name}`,
      rfc: 'RFC 8020 2',
      level: 'MUST',
      run: (server) =>
        expectAnswer(
          server,
          { name },
          {
            rcode: 'NXDOMAIN',
            aa: true,
            answer: [],
            authority: negativeSoa(),
          },
        ),
    }),
  ),
  {
    id: 'empty non-terminal: what is below it answers',
    rfc: 'RFC 8020 2',
    level: 'MUST',
    run: (server) =>
      expectAnswer(
        server,
        { name: 'a.b.c.ent.conf.example' },
        {
          rcode: 'NOERROR',
          aa: true,
          answer: rrset('a.b.c.ent.conf.example', 'A'),
        },
      ),
  },
];
