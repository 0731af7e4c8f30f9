/** `fedns serve`: the DNS server, with everything its configuration asks for, until told to stop. */

import type { Command } from 'commander';
import { ServeProcess } from '../../app/serve-process.ts';
import { createLogger } from '../../runtime/logger.ts';
import { configFromFlags, configOptions } from '../flags.ts';
import { runUntilTold } from './run-until-told.ts';

export function addServe(program: Command): void {
  const serve = program
    .command('serve')
    .description('answer DNS queries')
    .option('-c, --config <file>', 'configuration file (also FEDNS_CONFIG)')
    .option('--takeover', 'take over from a running server on the same state folder')
    .action((flags: Record<string, unknown>) => runServer(flags));
  for (const option of configOptions()) serve.addOption(option);
}

async function runServer(flags: Record<string, unknown>): Promise<void> {
  const read = configFromFlags(flags);
  const logger = createLogger(read.config.log.level);
  const server = new ServeProcess({
    read,
    isTakeover: flags['takeover'] === true,
    logger,
    readAgain: () => configFromFlags(flags),
  });
  await runUntilTold(server, {
    logger,
    greeting: () => server.greeting(),
    onEnd: (end) => {
      server.onTakenOver = end;
    },
  });
}
