/**
 * The suite judged by known good servers: NSD, Knot and BIND pass it but for what is listed here,
 * each with its reason. A deviation that disappears must leave the list.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { startBind } from '../lab/bind.ts';
import type { DnsServer, ZoneText } from '../lab/dns-server.ts';
import { startKnot } from '../lab/knot.ts';
import { startNsd } from '../lab/nsd.ts';
import { allCases } from './cases/index.ts';
import { runCases } from './runner.ts';
import { zones } from './zone.ts';

interface Peer {
  readonly start: (zones: readonly ZoneText[]) => Promise<DnsServer>;
  /** Case to reason. */
  readonly deviations: Readonly<Record<string, string>>;
}

const peers: Readonly<Record<string, Peer>> = {
  nsd: {
    start: startNsd,
    deviations: {
      'tcp: half a message is ended early': 'its tcp-timeout counts for halves too',
      'unusual: an error’s header is built, not echoed': 'copies the request’s flags',
    },
  },
  knot: {
    start: startKnot,
    deviations: {
      'edns: size 1 means 512': 'FORMERR for exactly 1',
      'edns: OPT not owned by the root': 'the owner is not looked at',
      'question count: two questions': 'silent',
      'question count: twice the same': 'silent',
      'question count: two counted, one there': 'silent',
      'question count: 65535 counted': 'silent',
      'cookie: a question without a question fetches one': 'FORMERR',
      'lies: FORMERR rather than silence, where the header can be read': 'silent',
    },
  },
  bind: {
    start: startBind,
    deviations: {
      'tcp: a silent connection is ended in time': 'its initial timeout is 30 s',
      'tcp: an idle connection is ended in time': 'its idle timeout is 30 s',
      'tcp: half a message is ended early': 'its initial timeout is 30 s',
      'truncation: no part of an RRset, 100 A without EDNS': 'fills what room there is',
      'truncation: no part of an RRset, 30 AAAA without EDNS': 'fills what room there is',
    },
  },
};

describe.concurrent('the protocol suite against its peers', () => {
  const running: DnsServer[] = [];
  afterAll(() => Promise.all(running.map((server) => server.stop())));

  test.each(Object.entries(peers))('%s', { timeout: 120_000 }, async (_name, peer) => {
    const server = await peer.start(zones);
    running.push(server);
    const failures = await runCases(allCases, server);
    const surprises = failures.filter((each) => !(each.id in peer.deviations));
    expect(surprises).toEqual([]);
    const failed = new Set(failures.map((each) => each.id));
    expect(Object.keys(peer.deviations).filter((id) => !failed.has(id))).toEqual([]);
  });
});

test('every case has a name of its own', () => {
  const ids = allCases.map((each) => each.id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});
