/** `fedns webhook`: the admission webhook of the federation's kinds, until told to stop. */

import { type Command, InvalidArgumentError } from 'commander';
import { createLogger } from '../../runtime/logger.ts';
import { configFromFlags, configOptions } from '../flags.ts';
import { runUntilTold } from './run-until-told.ts';

export function addWebhook(program: Command): void {
  const webhook = program
    .command('webhook')
    .description("check objects of the federation's kinds for the API server, at admission")
    .option('-c, --config <file>', 'configuration file (also FEDNS_CONFIG)')
    .option('--cert-dir <folder>', "as KubeFed's: --webhook-cert-dir")
    .option('--secure-port <port>', "as KubeFed's: --webhook-listen '*:PORT'", portOf)
    .action((flags: Record<string, unknown>) => {
      const { certDir, securePort, ...others } = flags;
      return runWebhook({
        ...(certDir !== undefined && { webhookCertDir: [certDir] }),
        ...(securePort !== undefined && { webhookListen: [`*:${securePort}`] }),
        ...others,
      });
    });
  for (const option of configOptions()) webhook.addOption(option);
}

function portOf(text: string): string {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return text;
  throw new InvalidArgumentError('It is no port, 1 to 65535.');
}

async function runWebhook(flags: Record<string, unknown>): Promise<void> {
  const read = configFromFlags(flags);
  const logger = createLogger(read.config.log.level);
  // Late: what signs certificates is not loaded for any other verb.
  const { WebhookProcess } = await import('../../app/webhook-process.ts');
  const webhook = new WebhookProcess({ read, logger, readAgain: () => configFromFlags(flags) });
  const greeting = [`fedns webhook listens on ${read.config.webhook.listen}`];
  await runUntilTold(webhook, { logger, greeting: () => greeting });
}
