/** `fedns version`: ours and the Node it runs on. */

import type { Command } from 'commander';
import { productVersion } from '../../app/product-version.ts';
import { Report, type ReportFlags, reportOption } from '../federation/report.ts';

export function addVersion(program: Command): void {
  program
    .command('version')
    .description('version of FedNS and of the Node it runs on')
    .addOption(reportOption())
    .action(({ output }: ReportFlags) => {
      const versions = { fedns: productVersion(), node: process.versions.node };
      const text = `fedns ${versions.fedns} (node ${versions.node})`;
      new Report({ format: output, isDryRun: false }).answer(versions, text);
    });
}
