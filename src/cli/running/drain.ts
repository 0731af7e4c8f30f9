/**
 * `fedns drain|undrain`: takes a cluster, or one service of it, out of the answers by hand; with
 * --workloads it is emptied of what ReplicaSchedulingPreferences place there.
 */

import type { Command } from 'commander';
import { z } from 'zod';
import { type DrainWorkloadsFlags, drainWorkloads } from '../federation/holding/drain-workloads.ts';
import { withHostFlags } from '../federation/host-cluster.ts';
import { Report, type ReportFlags, reportOption } from '../federation/report.ts';
import { VerbError } from '../output.ts';
import { askServer } from './ask-server.ts';

const DRAINED = z.object({ services: z.number(), ttlSeconds: z.number() });
/** From the word to the last changed record, s: what publishing and following take at most. */
const PUBLISH_SECONDS = 2;

interface DrainFlags extends DrainWorkloadsFlags {
  readonly workloads?: boolean;
}

export function addDrain(program: Command): void {
  for (const [verb, to, what] of [
    [
      'drain',
      'drained',
      'takes a cluster, or CLUSTER/NAMESPACE/SERVICE (a host: CLUSTER/@/HOST), out of the answers',
    ],
    ['undrain', 'back', 'lets it back into the answers'],
  ] as const) {
    const command = program
      .command(`${verb} <subject>`)
      .description(`${what}; or --workloads: ${WORKLOADS[to]}`)
      .option('-c, --config <file>', 'configuration file of the server (also FEDNS_CONFIG)')
      .option('--store-folder <folder...>', 'state folder of the process that leads')
      .option('--workloads', `${WORKLOADS[to]}; these flags are of the host then:`);
    command.addOption(reportOption());
    withHostFlags(command).action((subject: string, flags: DrainFlags, own: Command) =>
      flags.workloads === true
        ? drainWorkloads(subject, to, flags)
        : drain(subject, { to, flags: withoutHost(own), output: flags.output }),
    );
    if (to === 'back') continue;
    command
      .option('--no-wait', 'with --workloads: do not wait until it is so')
      .option('--timeout <duration>', 'with --workloads: wait no longer', '10m');
  }
}

const WORKLOADS = {
  drained: 'replicas that preferences placed there go elsewhere',
  back: 'preferences may place replicas there again',
} as const;

/** What a person says about the host says nothing to the server. */
function withoutHost(command: Command): Readonly<Record<string, unknown>> {
  for (const name of [
    'kubeconfig',
    'hostClusterContext',
    'kubefedNamespace',
    'dryRun',
    'timeout',
  ]) {
    if (command.getOptionValueSource(name) !== 'cli') continue;
    const flag = command.options.find((one) => one.attributeName() === name)?.long;
    throw new VerbError(`${flag}: goes with --workloads only`, 2);
  }
  return command.opts();
}

interface Drain extends ReportFlags {
  readonly to: 'drained' | 'back';
  readonly flags: Readonly<Record<string, unknown>>;
}

async function drain(subject: string, { to, flags, output }: Drain): Promise<void> {
  const call = `POST /drain?to=${to}&subject=${encodeURIComponent(subject)}`;
  const said = await askServer(flags, call);
  const { services, ttlSeconds } = DRAINED.parse(said);
  const seconds = ttlSeconds + PUBLISH_SECONDS;
  const clients = to === 'drained' ? 'clients have left' : 'clients may be back';
  new Report({ format: output, isDryRun: false }).answer(
    { subject, to, services, ttlSeconds, clientsWithinSeconds: seconds },
    `${subject} ${to}: ${services} services; ${clients} in ${seconds} s (TTL ${ttlSeconds} s)`,
  );
}
