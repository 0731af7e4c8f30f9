/** A process that serves until it is told to stop: its start, signals and end, the same for each verb. */

import { faultText } from '../../runtime/fault-text.ts';
import type { Logger } from '../../runtime/logger.ts';
import { print } from '../output.ts';

export interface LongProcess {
  /** Rejects for what a person got wrong. */
  start(): Promise<void>;
  /** Tells what is wrong itself. */
  reload(): Promise<unknown>;
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly logger: Logger;
  /** Once it has started. */
  readonly greeting: () => readonly string[];
  /** Gets what ends it without a signal. */
  readonly onEnd?: (end: () => void) => void;
}

export async function runUntilTold(running: LongProcess, options: RunOptions): Promise<void> {
  const { logger, greeting, onEnd } = options;
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
    // A fault of ours that nobody waited for: what runs goes on.
    process.on('unhandledRejection', (reason) => {
      logger.error('fault of ours, going on', { error: faultText(reason) });
    });
    process.on('SIGHUP', () => void running.reload().catch(() => undefined));
    onEnd?.(resolve);
  });
  // Told to stop while it starts: what was begun is stopped.
  const started = running.start().then(() => 'started' as const);
  if ((await Promise.race([started, stopped])) === 'started') {
    for (const line of greeting()) print(line);
    await stopped;
  } else started.catch(() => undefined);
  await running.stop();
}
