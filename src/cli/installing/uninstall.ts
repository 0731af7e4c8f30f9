/** `fedns uninstall`: what `install` made goes; federated objects only by a person's word. */

import type { Command } from 'commander';
import { readChart } from '../../install/chart.ts';
import type { Workloads } from '../../install/federated-left.ts';
import { endTypesOfRelease, uninstall } from '../../install/uninstall.ts';
import { reportOption } from '../federation/report.ts';
import { choice } from '../flags.ts';
import { type InstallFlags, withInstallFlags, withPlace } from './install-flags.ts';

interface Flags extends InstallFlags {
  readonly workloads?: Workloads;
  readonly deleteCrds?: boolean;
  readonly onlyTypes?: boolean;
}

/** A dead member holds a deletion up for five minutes, as long as nobody says otherwise. */
const TIMEOUT_SECONDS = 600;

export function addUninstall(program: Command): void {
  withInstallFlags(
    program
      .command('uninstall')
      .description('what install made goes; federated objects if said so'),
    TIMEOUT_SECONDS,
  )
    .addOption(choice('--workloads <fate>', ['orphan', 'delete']))
    .option('--delete-crds', 'the definitions too; refused while objects of their kinds exist')
    .option('--only-types', 'end the federated types, and leave the rest to Helm')
    .addOption(reportOption())
    .action(runUninstall);
}

async function runUninstall(flags: Flags): Promise<void> {
  const { workloads, deleteCrds, onlyTypes } = flags;
  await withPlace(flags, async (place) => {
    if (onlyTypes === true) return await endTypesOfRelease(place, workloads);
    const definitions = deleteCrds === true ? readChart().definitions : undefined;
    await uninstall(place, { workloads, definitions });
  });
}
