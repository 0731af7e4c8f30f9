/** `fedns simulate`: what the answers would be if clusters, zones or regions were down. */

import type { Command } from 'commander';
import { z } from 'zod';
import { choice } from '../flags.ts';
import { print, table, VerbError } from '../output.ts';
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
  load: z.record(z.string(), z.object({ before: z.number(), after: z.number() })),
});
type Simulated = z.infer<typeof SIMULATED>;

export function addSimulate(program: Command): void {
  program
    .command('simulate')
    .description('the diff of all answers if places were down; exit 1 when a name goes empty')
    .option('--down <places>', 'cluster=NAME, zone=NAME[.REGION], region=NAME, by commas', '')
    .option('--up <places>', 'likewise: as if they answered again', '')
    .option('-c, --config <file>', 'configuration file of the server (also FEDNS_CONFIG)')
    .option('--store-folder <folder...>', 'state folder of the running server')
    .addOption(choice('-o, --output <format>', ['text', 'json'], 'text'))
    .action(runSimulate);
}

async function runSimulate(flags: Record<string, unknown>): Promise<void> {
  const { down, up } = flags;
  if (down === '' && up === '') throw new VerbError('--down or --up: say what would happen', 2);
  const query = new URLSearchParams({ down: String(down), up: String(up) });
  const said = await askServer(flags, `GET /simulate?${query}`);
  const simulated = SIMULATED.parse(said);
  print(flags['output'] === 'json' ? JSON.stringify(simulated, null, 2) : describe(simulated));
  const empty = simulated.changes.filter(({ goesEmpty }) => goesEmpty);
  if (empty.length > 0) throw new VerbError(`${empty.length} names would go empty`, 1);
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
