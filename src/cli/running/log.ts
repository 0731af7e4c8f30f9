/** `fedns log`: log level and query log of a running server, switched while it runs. */

import type { Command } from 'commander';
import { print } from '../output.ts';
import { askServer } from './ask-server.ts';

export function addLog(program: Command): void {
  const log = program.command('log').description('log of the running server or controller');
  const onServer = (command: Command) =>
    command
      .option('-c, --config <file>', 'configuration file of the server (also FEDNS_CONFIG)')
      .option('--store-folder <folder...>', 'its state folder');
  onServer(log.command('level').argument('<level>', 'error, warn, info, debug or silent'))
    .description('sets the log level until the next start')
    .action((level: string, flags: Record<string, unknown>) =>
      post(flags, `/log-level?to=${encodeURIComponent(level)}`, `log level is ${level}`),
    );
  onServer(log.command('queries').argument('<every>', 'one query in this many; 0: none'))
    .description('switches the sampled query log (at most 200 lines a second)')
    .action((every: string, flags: Record<string, unknown>) =>
      post(flags, `/query-log?every=${encodeURIComponent(every)}`, `query log: one in ${every}`),
    );
}

async function post(flags: Record<string, unknown>, path: string, done: string): Promise<void> {
  await askServer(flags, `POST ${path}`);
  print(done);
}
