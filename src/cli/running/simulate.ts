/** `fedns simulate`: what the answers would be if places were down, or services as a file has them. */

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import { reasonOf } from '../../app/config/read-config.ts';
import { parseChangedFile } from '../../discovery/changed-file.ts';
import { choice } from '../flags.ts';
import { complain, print, table, VerbError } from '../output.ts';
import { askServer } from './ask-server.ts';

const SIMULATED = z.object({
  changes: z.array(
    z.object({
      name: z.string(),
      before: z.string(),
      after: z.string(),
      goesEmpty: z.boolean(),
      losesFamilies: z.array(z.string()),
    }),
  ),
  down: z.array(z.string()),
  suspectsSelf: z.boolean(),
  problems: z.array(z.string()).default([]),
  load: z.record(z.string(), z.object({ before: z.number(), after: z.number() })),
});
type Simulated = z.infer<typeof SIMULATED>;

export function addSimulate(program: Command): void {
  program
    .command('simulate')
    .description(
      'the diff of all answers if places were down, or services as a file has them; exit 1 when a name goes empty',
    )
    .option('--down <places>', 'cluster=NAME, zone=NAME[.REGION], region=NAME, by commas', '')
    .option('--up <places>', 'likewise: as if they answered again', '')
    .option('-f, --file <files...>', '[CLUSTER=]FILE: manifests, or services as they would be')
    .option('-c, --config <file>', 'configuration file of the server (also FEDNS_CONFIG)')
    .option('--store-folder <folder...>', 'state folder of the running server')
    .addOption(choice('-o, --output <format>', ['text', 'json'], 'text'))
    .action(runSimulate);
}

async function runSimulate(flags: Record<string, unknown>): Promise<void> {
  const { down, up } = flags;
  const files = (Array.isArray(flags['file']) ? flags['file'] : []).map(String).map(readChanged);
  if (down === '' && up === '' && files.length === 0) {
    throw new VerbError('--down, --up or -f: say what would happen', 2);
  }
  const query = new URLSearchParams({ down: String(down), up: String(up) });
  const said = await askServer(flags, `POST /simulate?${query}`, files);
  const simulated = SIMULATED.parse(said);
  for (const problem of simulated.problems) complain(problem);
  print(flags['output'] === 'json' ? JSON.stringify(simulated, null, 2) : describe(simulated));
  const empty = simulated.changes.filter(({ goesEmpty }) => goesEmpty);
  if (empty.length > 0) throw new VerbError(`${empty.length} names would go empty`, 1);
}

interface ReadFile {
  readonly path: string;
  readonly cluster?: string;
  readonly text: string;
}

/** Throws InputError for what is wrong in it, VerbError where it cannot be read. */
function readChanged(argument: string): ReadFile {
  const [, cluster, named] = /^([a-z0-9-]{1,63})=(.+)$/.exec(argument) ?? [];
  const path = named ?? argument;
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new VerbError(`${path}: ${reasonOf(error)}`, 2);
  }
  parseChangedFile(text, path);
  return { path, ...(cluster !== undefined && { cluster }), text };
}

function describe({ changes, down, suspectsSelf, load }: Simulated): string {
  const lines = [`down: ${down.join(', ') || 'none'}`];
  if (suspectsSelf) {
    lines.push('so many at once that we would suspect ourselves: nothing would move');
  }
  const flagged = changes.map((change) => [
    change.goesEmpty ? 'EMPTY' : change.losesFamilies.length > 0 ? 'LOSES' : '',
    change.name,
    `${change.before} -> ${change.after}`,
  ]);
  // What hurts first.
  flagged.sort(([left = ''], [right = '']) => Number(left === '') - Number(right === ''));
  lines.push(changes.length === 0 ? 'no answer changes' : table(['', 'NAME', 'CHANGE'], flagged));
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const rows = Object.entries(load).map(([cluster, { before, after }]) => [
    cluster,
    percent(before),
    percent(after),
  ]);
  if (rows.length > 0) lines.push('', table(['CLUSTER', 'LOAD BEFORE', 'AFTER'], rows));
  return lines.join('\n');
}
