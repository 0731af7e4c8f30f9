/** `fedns serve`: the DNS server, with everything its configuration asks for, until told to stop. */

import type { Command } from 'commander';
import { ServeProcess } from '../../app/serve-process.ts';
import { faultText } from '../../runtime/fault-text.ts';
import { createLogger } from '../../runtime/logger.ts';
import { configFromFlags, configOptions } from '../flags.ts';
import { print } from '../output.ts';

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
  const stopped = new Promise<void>((resolve) => {
    let isStopping = false;
    const stop = (signal: NodeJS.Signals) => {
      if (!isStopping) logger.info('stopping', { signal });
      isStopping = true;
      resolve();
    };
    // Ctrl-C reaches the launcher and us, and the launcher hands it on: twice is once.
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    // A fault of ours that nobody waited for: the answers go on.
    process.on('unhandledRejection', (reason) => {
      logger.error('fault of ours, going on', { error: faultText(reason) });
    });
    // It tells what is wrong itself.
    process.on('SIGHUP', () => server.reload().catch(() => undefined));
    server.onTakenOver = () => resolve();
  });
  // Told to stop while it loads: what was begun is stopped, and a takeover leaves the old in place.
  const started = server.start().then(() => 'started' as const);
  if ((await Promise.race([started, stopped])) === 'started') {
    for (const line of server.greeting()) print(line);
    await stopped;
  } else started.catch(() => undefined);
  await server.stop();
}
