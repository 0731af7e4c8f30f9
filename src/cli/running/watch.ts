/** `fedns watch [NAME]`: what changes, as it changes, and why. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { NoServerError } from '../../app/control/control-client.ts';
import { streamServer } from '../../app/control/control-stream.ts';
import { problemOf } from '../../dns/errors.ts';
import { choice, configFromFlags } from '../flags.ts';
import { complain, print, VerbError } from '../output.ts';

/** A server that restarts is back within seconds. */
const RETRY_MS = 500;
const RETRY_MAX_MS = 5000;

const AT = { at: z.string() };
const SAID = z.discriminatedUnion('kind', [
  z.object({ ...AT, kind: z.literal('began'), isPublishing: z.boolean() }),
  z.object({ ...AT, kind: z.literal('beat') }),
  z.object({ ...AT, kind: z.literal('now'), name: z.string(), holds: z.string() }),
  z.object({
    ...AT,
    kind: z.literal('name'),
    name: z.string(),
    before: z.string(),
    after: z.string(),
    reason: z.string(),
  }),
  z.object({ ...AT, kind: z.literal('more'), count: z.number() }),
  z.object({ ...AT, kind: z.literal('lost'), count: z.number() }),
  z.object({
    ...AT,
    kind: z.literal('member'),
    cluster: z.string(),
    state: z.string(),
    reason: z.string(),
  }),
  z.object({ ...AT, kind: z.literal('alarm'), alarm: z.string(), isOn: z.boolean() }),
]);
type Said = z.infer<typeof SAID>;

interface WatchFlags {
  readonly output: 'text' | 'json';
  readonly for?: string;
}

export function addWatch(program: Command): void {
  program
    .command('watch [name]')
    .description('changes as they happen, and why; of all names of a service when one is named')
    .option('-c, --config <file>', 'configuration file of the server (also FEDNS_CONFIG)')
    .option('--store-folder <folder...>', 'state folder of the process that leads')
    .option('--for <seconds>', 'ends then; until it is stopped unless said')
    .addOption(choice('-o, --output <format>', ['text', 'json'], 'text'))
    .action(watch);
}

async function watch(
  name: string | undefined,
  flags: WatchFlags & Record<string, unknown>,
): Promise<void> {
  const read = configFromFlags(flags);
  const folder = read.resolvePath(read.config.store.folder);
  const page = `/watch${name === undefined ? '' : `?name=${encodeURIComponent(name)}`}`;
  const end = endOf(flags);
  const show = (said: Said) => {
    const text = flags.output === 'json' ? JSON.stringify(said) : describe(said);
    if (text !== undefined && said.kind !== 'beat') print(text);
  };
  try {
    await Promise.race([end.reached, follow(folder, page, show)]);
  } finally {
    end.forget();
  }
}

/** The time that was said, or a reader who has gone (`| head`). */
function endOf(flags: WatchFlags): { reached: Promise<void>; forget: () => void } {
  const seconds = flags.for === undefined ? undefined : Number(flags.for);
  if (seconds !== undefined && !(seconds > 0)) {
    throw new VerbError(`--for: "${flags.for}" is no number of seconds`, 2);
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = seconds === undefined ? undefined : setTimeout(resolve, seconds * 1000);
  process.stdout.once('error', () => resolve());
  return { reached: promise, forget: () => clearTimeout(timer) };
}

/** Again and again; a first try that fails is the caller's matter. */
async function follow(folder: string, page: string, show: (said: Said) => void): Promise<never> {
  let waitMs = RETRY_MS;
  for (let [hasBegun, isAway] = [false, false]; ; ) {
    let why = 'it ended the connection';
    try {
      for await (const line of streamServer(folder, page)) {
        const said = SAID.safeParse(line);
        waitMs = RETRY_MS;
        [hasBegun, isAway] = [true, false];
        // A kind of a newer version is not ours to judge.
        if (said.success) show(said.data);
      }
    } catch (error) {
      if (!hasBegun) throw error;
      why = problemOf(error);
      if (error instanceof NoServerError) why = 'it does not run';
    }
    const meanwhile = 'trying again; changes meanwhile are not told';
    if (!isAway) complain(`the server is not heard (${why}), ${meanwhile}`);
    isAway = true;
    await sleep(waitMs);
    waitMs = Math.min(waitMs * 2, RETRY_MAX_MS);
  }
}

/** undefined: nothing that a person looks for. */
function describe(said: Said): string | undefined {
  const at = said.at.slice(11, 19);
  switch (said.kind) {
    case 'began':
      return said.isPublishing ? undefined : `${at}  this process stands by: names move elsewhere`;
    case 'beat':
      return undefined;
    case 'now':
      return `${at}  ${said.name}  is ${said.holds}`;
    case 'name':
      return `${at}  ${said.name}  ${said.before} -> ${said.after}  (${said.reason})`;
    case 'more':
      return `${at}  and ${said.count} more names moved`;
    case 'lost':
      return `${at}  ${said.count} changes lost: we read too slowly`;
    case 'member':
      return `${at}  member ${said.cluster}: ${said.state}${said.reason && ` (${said.reason})`}`;
    case 'alarm':
      return `${at}  alarm ${said.alarm} ${said.isOn ? 'ON' : 'over'}`;
    default:
      return said satisfies never;
  }
}
