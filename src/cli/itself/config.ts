/** `fedns config show|check`: what is in force, where from, and whether it is sound. */

import type { Command } from 'commander';
import { checkConfig } from '../../app/config/check-config.ts';
import { explainConfig } from '../../app/config/read-config.ts';
import { choice, configFromFlags, configOptions } from '../flags.ts';
import { complain, print, table } from '../output.ts';

export function addConfig(program: Command): void {
  const config = program.command('config').description('the configuration in force');
  const show = config
    .command('show')
    .description('every setting, its value and where it comes from')
    .option('-c, --config <file>', 'configuration file (also FEDNS_CONFIG)')
    .addOption(choice('-o, --output <format>', ['table', 'json'], 'table'))
    .action((flags: Record<string, unknown>) => {
      const rows = explainConfig(configFromFlags(flags));
      if (flags['output'] === 'json') print(JSON.stringify(rows, null, 2));
      else
        print(
          table(
            ['SETTING', 'VALUE', 'FROM'],
            rows.map((row) => [row.path, textOf(row.value), row.origin]),
          ),
        );
    });
  const check = config
    .command('check')
    .description("says what is wrong with it; of members' kubeconfigs members check does")
    .option('-c, --config <file>', 'configuration file (also FEDNS_CONFIG)')
    .action((flags: Record<string, unknown>) => {
      const read = configFromFlags(flags);
      for (const warning of checkConfig(read)) complain(warning);
      print(`${read.file ?? 'configuration'}: sound`);
    });
  for (const option of configOptions()) {
    show.addOption(option);
    check.addOption(option);
  }
}

function textOf(value: unknown): string {
  if (value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
