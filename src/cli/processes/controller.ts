/** `fedns controller`: watches the members and publishes, without answering, until told to stop. */

import type { Command } from 'commander';
import { ControllerProcess } from '../../app/controller-process.ts';
import { createLogger } from '../../runtime/logger.ts';
import { configFromFlags, configOptions } from '../flags.ts';
import { runUntilTold } from './run-until-told.ts';

export function addController(program: Command): void {
  const controller = program
    .command('controller')
    .description('watch the members and publish what they say; of several one leads')
    .option('-c, --config <file>', 'configuration file (also FEDNS_CONFIG)')
    .option('--contribute <name>', 'store what it sees under this name, for another to publish')
    .action((flags: Record<string, unknown>) => {
      const { contribute, ...others } = flags;
      const contributor = contribute === undefined ? {} : { federationContributor: [contribute] };
      return runController({ ...others, ...contributor });
    });
  for (const option of configOptions()) controller.addOption(option);
}

async function runController(flags: Record<string, unknown>): Promise<void> {
  const read = configFromFlags(flags);
  const logger = createLogger(read.config.log.level);
  const controller = new ControllerProcess({
    read,
    logger,
    readAgain: () => configFromFlags(flags),
  });
  await runUntilTold(controller, { logger, greeting: () => ['fedns controller watches'] });
}
