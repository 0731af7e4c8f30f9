/** `fedns top`: rates, rcodes and the busiest names of a running server, live. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { print, table, VerbError } from '../output.ts';
import { askServer } from './ask-server.ts';

const TOP = z.object({
  sampleEvery: z.number(),
  names: z.array(z.tuple([z.string(), z.number()])),
  rcodes: z.record(z.string(), z.number()),
  answers: z.number(),
});
type Top = z.infer<typeof TOP>;

export function addTop(program: Command): void {
  program
    .command('top')
    .description('rates, rcodes and busiest names of the running server')
    .option('-c, --config <file>', 'configuration file of the server (also FEDNS_CONFIG)')
    .option('--store-folder <folder...>', 'its state folder')
    .option('--interval <seconds>', 'between two pictures', '2')
    .option('--count <n>', 'pictures; 0: until stopped', '0')
    .action((flags: Record<string, unknown>) => top(flags));
}

async function top(flags: Record<string, unknown>): Promise<void> {
  const intervalMs = Number(flags['interval']) * 1000;
  const wanted = Number(flags['count']);
  if (!(intervalMs >= 100)) throw new VerbError('--interval: at least 0.1 seconds', 2);
  let before = await picture(flags);
  for (let shown = 0; wanted === 0 || shown < wanted; shown++) {
    await sleep(intervalMs);
    const now = await picture(flags);
    if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H');
    print(render(before, now, intervalMs / 1000));
    before = now;
  }
}

async function picture(flags: Record<string, unknown>): Promise<Top> {
  return TOP.parse(await askServer(flags, 'GET /top'));
}

function render(before: Top, now: Top, seconds: number): string {
  const rate = (count: number) => (count / seconds).toFixed(0);
  const rcodes = Object.entries(now.rcodes)
    .map(([rcode, count]) => `${rcode} ${rate(count - (before.rcodes[rcode] ?? 0))}/s`)
    .join('  ');
  const rows = now.names.slice(0, 20).map(([name, count]) => [rate(count * now.sampleEvery), name]);
  const head = `${rate(now.answers - before.answers)} answers/s   ${rcodes}`;
  return `${head}\n${table([`ABOUT/S (1 in ${now.sampleEvery})`, 'NAME TYPE'], rows)}`;
}
