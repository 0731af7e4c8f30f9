/**
 * `npm run bench [-- peers latency scale probes members federation] [--rounds N] [--seconds S] [--update]`: measures, prints
 * a table for each part, progress on stderr. Writes nothing unless --update, then the figures'
 * blocks of README.md. Asserts nothing: machines differ.
 */

import { parseArgs } from 'node:util';
import { type Figures, type Rounds, tableText, updateReadme } from './figures.ts';
import { measureLatency } from './latency/measure-latency.ts';
import { checkCores, startServersHere } from './load/cores.ts';
import { measureMembers } from './members/measure-members.ts';
import { measurePeers } from './peers/measure-peers.ts';
import { measureFederation } from './scale/measure-federation.ts';
import { measureProbes } from './scale/measure-probes.ts';
import { measureScale } from './scale/measure-scale.ts';

const PARTS: Readonly<Record<string, (rounds: Rounds) => Promise<Figures>>> = {
  peers: measurePeers,
  latency: measureLatency,
  scale: measureScale,
  probes: measureProbes,
  members: measureMembers,
  federation: measureFederation,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '2' },
    update: { type: 'boolean', default: false },
  },
});

// Ends now: what a failed part left running goes with us (test/lab/process.ts).
process.exit(await measure(positionals.length === 0 ? Object.keys(PARTS) : positionals));

async function measure(parts: readonly string[]): Promise<number> {
  const unknown = parts.find((part) => PARTS[part] === undefined);
  const rounds = { count: Number(values.rounds), seconds: Number(values.seconds) };
  if (unknown !== undefined || !(rounds.count >= 1) || !(rounds.seconds > 0)) {
    const what = unknown === undefined ? 'rounds and seconds are numbers' : `no part ${unknown}`;
    process.stderr.write(`bench: ${what}; parts: ${Object.keys(PARTS).join(', ')}\n`);
    return 2;
  }
  try {
    checkCores();
    for (const part of parts) {
      await startServersHere();
      const figures = await PARTS[part]?.(rounds);
      if (figures === undefined) continue;
      process.stdout.write(`${part}\n${tableText(figures)}\n\n`);
      if (values.update) updateReadme(figures);
    }
    return 0;
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
