/** `fedns`: every verb, one file each. argv -> exit code; errors end here as one line each. */

import { Command, CommanderError } from 'commander';
import { problemOf } from '../dns/errors.ts';
import { addDoctor } from './doctor/doctor.ts';
import { readGoFlags } from './federation/go-flags.ts';
import { addFederation } from './federation/index.ts';
import { addInstalling } from './installing/index.ts';
import { addCompletion } from './itself/completion.ts';
import { addConfig } from './itself/config.ts';
import { addVersion } from './itself/version.ts';
import { complain, type ExitCode, exitCodeOf } from './output.ts';
import { addPlan, addRender } from './plan/index.ts';
import { addController } from './processes/controller.ts';
import { addServe } from './processes/serve.ts';
import { addWebhook } from './processes/webhook.ts';
import { addQuery } from './query.ts';
import { addRecords } from './records/index.ts';
import { addDrain } from './running/drain.ts';
import { addExplain } from './running/explain.ts';
import { addLog } from './running/log.ts';
import { addMembers } from './running/members.ts';
import { addSimulate } from './running/simulate.ts';
import { addStatus } from './running/status.ts';
import { addTop } from './running/top.ts';
import { addWatch } from './running/watch.ts';
import { addStore } from './store/index.ts';

/** In the order of the help. */
const VERBS = [
  addServe,
  addController,
  addWebhook,
  addInstalling,
  addPlan,
  addRender,
  addRecords,
  addStore,
  addStatus,
  addDoctor,
  addMembers,
  addFederation,
  addExplain,
  addSimulate,
  addWatch,
  addDrain,
  addQuery,
  addTop,
  addLog,
  addConfig,
  addVersion,
  addCompletion,
];

export async function runProgram(argv: readonly string[]): Promise<ExitCode> {
  const program = new Command('fedns')
    .description('DNS for services that live in several Kubernetes clusters')
    .exitOverride()
    .configureOutput({
      outputError: (text) =>
        complain(
          text
            .trim()
            .replace(/^error: /, '')
            .replace(/\s*\n\s*/g, ' '),
        ),
    })
    .showHelpAfterError(false);
  for (const add of VERBS) add(program);
  applyToAll(program);
  try {
    await program.parseAsync(readGoFlags(argv), { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    complain(problemOf(error));
    return exitCodeOf(error);
  }
}

/** commander keeps exitOverride and output settings per command. */
function applyToAll(command: Command): void {
  for (const sub of command.commands) {
    sub.copyInheritedSettings(command);
    sub.exitOverride();
    applyToAll(sub);
  }
}
