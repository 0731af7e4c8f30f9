/**
 * Part `peers`: answers a second of one core, ours beside others', in interleaved rounds
 * (A B C A B C), so that what else the machine does falls on all alike.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../test/lab/process.ts';
import { type Figures, median, type Rounds, thousands } from '../figures.ts';
import { generateLoad, type LoadResult } from '../load/generate-load.ts';
import { report } from '../progress.ts';
import { NAMES, NXDOMAIN_SHARE, queryFile } from '../service-zone.ts';
import { type Peer, startPeers } from './start-peers.ts';

/** Least ratio of ours to a peer's, issue 3 section 8. */
const TARGETS: Readonly<Record<string, number>> = {
  dns2: 4,
  'CoreDNS 1.15, file': 4,
  'CoreDNS 1.15, etcd': 5,
};
const WARM_UP_SECONDS = 2;

export async function measurePeers(rounds: Rounds): Promise<Figures> {
  const { peers, etcd } = await startPeers();
  const queries = join(temporaryFolder('queries'), 'queries.bin');
  writeFileSync(queries, queryFile(NAMES));
  const results = new Map<Peer, LoadResult[]>(peers.map((peer) => [peer, []]));
  const ask = (peer: Peer, seconds: number) =>
    generateLoad({ port: peer.server.port, queries, seconds });
  for (const peer of peers) checkMix(peer, await ask(peer, WARM_UP_SECONDS));
  for (let round = 1; round <= rounds.count; round++) {
    for (const [peer, done] of results) {
      const result = await ask(peer, rounds.seconds);
      report(`round ${round} of ${rounds.count}: ${peer.name}: ${thousands(result.perSecond)}/s`);
      done.push(result);
    }
  }
  for (const { server } of peers) await server.stop();
  await etcd.stop();
  return tableOf(results);
}

/** A server that answers something else is not measured but reported. */
function checkMix({ name, isEcho }: Peer, result: LoadResult): void {
  const share = result.nxdomain / result.received;
  const isMix = Math.abs(share - NXDOMAIN_SHARE) < 0.02 && result.servfail + result.refused === 0;
  if (isEcho || isMix) return;
  throw new Error(`${name} does not serve the zone: ${JSON.stringify(result)}`);
}

function tableOf(results: ReadonlyMap<Peer, readonly LoadResult[]>): Figures {
  const ours = [...results].find(([{ name }]) => name.startsWith('FedNS'))?.[1] ?? [];
  const rows = [...results].map(([{ name }, done]) => {
    const rates = done.map(({ perSecond }) => perSecond);
    // Within a round both met the same machine; from round to round it is another.
    const ratio = median(rates.map((rate, round) => (ours[round]?.perSecond ?? 0) / rate));
    const target = TARGETS[name];
    return [
      name,
      thousands(median(rates)),
      `${thousands(Math.min(...rates))} to ${thousands(Math.max(...rates))}`,
      `${ratio.toFixed(2)}`,
      target === undefined ? '' : `at least ${target}: ${ratio >= target ? 'met' : 'missed'}`,
      `${(median(done.map(({ p99Us }) => p99Us)) / 1000).toFixed(1)} ms`,
    ];
  });
  return {
    part: 'peers',
    head: ['server, one core', 'answers/s', 'rounds', 'ours is x times', 'target', 'p99, loaded'],
    rows,
  };
}
