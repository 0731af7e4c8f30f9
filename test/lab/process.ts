/**
 * Child processes of the tests: started in a group of their own, logged to a file, signalled by
 * pid, and gone when the test process is gone, however that ended.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Where `<name>.log` goes; a temporary folder when absent. */
  readonly logFolder?: string;
}

export interface RunningProcess {
  readonly pid: number;
  readonly logFile: string;
  /** Exit code, or the signal's name. Settles once the process has left. */
  readonly exited: Promise<number | string>;
  alive(): boolean;
  log(): string;
  /** SIGTERM, and SIGKILL when that has not ended it within the limit. */
  stop(limitMs?: number): Promise<void>;
  kill9(): Promise<void>;
  pause(): void;
  resume(): void;
  signal(name: NodeJS.Signals): void;
}

const groups = new Set<number>();
const folders = new Set<string>();
let watching = false;

/**
 * A folder that disappears with this process, unless FEDNS_LAB_KEEP is set (to read logs); at the
 * latest when the next one starts, for a runner may end its workers without their exit handlers.
 */
export function temporaryFolder(name: string): string {
  cleanUpAtExit();
  const folder = mkdtempSync(join(tmpdir(), `fedns-lab-${process.pid}-${name}-`));
  folders.add(folder);
  return folder;
}

export function startProcess(options: ProcessOptions): RunningProcess {
  cleanUpAtExit();
  const logFile = join(options.logFolder ?? temporaryFolder('log'), `${options.name}.log`);
  const log = openSync(logFile, 'a');
  const [command, args] = dyingWithParent(options.command, options.args);
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...foreignEnvironment(), ...options.env },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  return track(child, options.name, logFile);
}

/** Polls `check` until it answers true; an error names `what` and carries the last reason. */
export async function waitUntil(
  what: string,
  check: () => Promise<boolean> | boolean,
  limitMs: number,
): Promise<void> {
  const until = Date.now() + limitMs;
  let reason = 'not yet';
  while (Date.now() < until) {
    try {
      if (await check()) return;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    await sleep(25);
  }
  throw new Error(`${what}: not within ${limitMs} ms (${reason})`);
}

/** Waits until `check` holds; a process that exits first is an error with the end of its log. */
export async function waitReady(
  running: RunningProcess,
  check: () => Promise<boolean>,
  limitMs: number,
): Promise<void> {
  try {
    await waitUntil(`pid ${running.pid}`, async () => !running.alive() || (await check()), limitMs);
  } catch (error) {
    const log = running.log().slice(-1500);
    await running.kill9();
    throw new Error(`not ready, log ends: ${log}`, { cause: error });
  }
  if (!running.alive()) throw new Error(`exited at start, log ends: ${running.log().slice(-1500)}`);
}

function track(child: ChildProcess, name: string, logFile: string): RunningProcess {
  const pid = child.pid ?? 0;
  if (pid > 0) groups.add(pid);
  let gone = pid === 0;
  const exited = new Promise<number | string>((resolve) => {
    child.on('error', (error) => {
      gone = true;
      resolve(error.message);
    });
    child.on('exit', (code, signal) => {
      gone = true;
      groups.delete(pid);
      resolve(code ?? signal ?? 'unknown');
    });
  });
  const signal = (kind: NodeJS.Signals) => {
    if (!gone) signalGroup(pid, kind);
  };
  const kill9 = async () => {
    signal('SIGKILL');
    await exited;
  };
  const stop = async (limitMs = 10_000) => {
    signal('SIGCONT');
    signal('SIGTERM');
    const timer = setTimeout(() => signal('SIGKILL'), limitMs);
    await exited;
    clearTimeout(timer);
  };
  return {
    pid,
    logFile,
    exited,
    alive: () => !gone,
    log: () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : `${name}: no log`),
    stop,
    kill9,
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    signal,
  };
}

/** The group is the child's own (detached), so that a server's workers get the signal too. */
function signalGroup(pid: number, kind: NodeJS.Signals): void {
  try {
    process.kill(-pid, kind);
  } catch {
    // It left between the check and the signal.
  }
}

/** Without FEDNS_*: settings of the shell that runs the tests are not settings of what they start. */
function foreignEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('FEDNS_'));
  return Object.fromEntries(entries);
}

/** The kernel ends the child when we are killed and no exit handler can run. */
function dyingWithParent(command: string, args: readonly string[]): [string, string[]] {
  const setpriv = '/usr/bin/setpriv';
  if (!existsSync(setpriv)) return [command, [...args]];
  return [setpriv, ['--pdeathsig', 'KILL', '--', command, ...args]];
}

function cleanUpAtExit(): void {
  if (watching) return;
  watching = true;
  if (process.env['FEDNS_LAB_KEEP'] === undefined) sweepFoldersOfTheDead();
  process.on('exit', () => {
    for (const pid of groups) signalGroup(pid, 'SIGKILL');
    if (process.env['FEDNS_LAB_KEEP'] !== undefined) return;
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
}

function sweepFoldersOfTheDead(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^fedns-lab-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's: theirs to sweep.
    }
  }
}
