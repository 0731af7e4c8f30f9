/**
 * The lab's cache outside the tree: one folder a component and version, built aside and renamed
 * whole, under a lock that dies with its holder. Our choice: a half build can never be seen, since
 * the name appears only by the rename.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A machine that builds everything takes about ten minutes on two cores; a slow one three times. */
const LOCK_WAIT_MS = 45 * 60_000;

export function cacheFolder(): string {
  const named = process.env['FEDNS_LAB_CACHE'];
  if (named !== undefined && named !== '') return named;
  const xdg = process.env['XDG_CACHE_HOME'];
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), 'fedns-lab');
}

export interface BuildRequest {
  /** Folder name in the cache; carries the version. */
  readonly key: string;
  readonly build: (folder: string) => Promise<void>;
  readonly report: (line: string) => void;
}

/** The finished folder of `key`, built by `build` in a temporary one when it is not there yet. */
export async function cached(request: BuildRequest): Promise<string> {
  const root = cacheFolder();
  const finished = join(root, request.key);
  if (existsSync(finished)) return finished;
  mkdirSync(join(root, 'building'), { recursive: true });
  const release = await lock(join(root, `${request.key}.lock`), request.report);
  try {
    if (existsSync(finished)) return finished;
    sweep(join(root, 'building'), request.key);
    const aside = mkdtempSync(join(root, 'building', `${request.key}-`));
    try {
      await request.build(aside);
      publish(aside, finished);
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
    return finished;
  } finally {
    release();
  }
}

/** What builds left behind whose process was killed; we hold the lock, so none is at work. */
function sweep(folder: string, key: string): void {
  for (const name of readdirSync(folder)) {
    const isOurs = name.startsWith(`${key}-`) && name.length === key.length + 7;
    if (isOurs) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function publish(aside: string, finished: string): void {
  try {
    renameSync(aside, finished);
  } catch (error) {
    // Two runs broke the same dead lock and both built: the first one's is as good.
    if (!existsSync(finished)) throw error;
  }
}

/** Throws a finished folder away, so that the next `cached` builds it again. */
export function discard(key: string): void {
  rmSync(join(cacheFolder(), key), { recursive: true, force: true });
}

/** Takes a lock file, waiting for its holder unless that process is dead; answers its release. */
export async function lock(path: string, report: (line: string) => void): Promise<() => void> {
  const until = Date.now() + LOCK_WAIT_MS;
  for (let said = false; Date.now() < until; ) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, `${process.pid}`);
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch {
      if (holderIsGone(path)) {
        rmSync(path, { force: true });
        continue;
      }
      if (!said) report('another run is building it, waiting');
      said = true;
      await sleep(500);
    }
  }
  throw new Error(`lock ${path} was held for more than ${LOCK_WAIT_MS / 60_000} minutes`);
}

function holderIsGone(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    // Between open and write the file is empty: give its writer a few seconds.
    if (!(pid > 0)) return Date.now() - statSync(path).mtimeMs > 5_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    // EPERM: alive, of another user. ENOENT: released just now, try again.
    return code === 'ESRCH';
  }
}
