/**
 * Runs one outside command to its end: output kept, a time limit, progress lines on stderr while
 * it works. The lab's only way to call apt, go, pip, tar and openssl.
 */
import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Called every few seconds with the elapsed seconds. */
  readonly progress?: (elapsedSeconds: number) => void;
  readonly input?: string;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const KEPT_OUTPUT = 4_000_000;
const PROGRESS_EVERY_MS = 10_000;

/** Never rejects for a non-zero exit: `code` says it. A command that cannot start is code 127. */
export function tryCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const started = Date.now();
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const kept = { stdout: '', stderr: '' };
    const limit = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000);
    const ticker = setInterval(
      () => options.progress?.(Math.round((Date.now() - started) / 1000)),
      PROGRESS_EVERY_MS,
    );
    const end = (code: number) => {
      clearTimeout(limit);
      clearInterval(ticker);
      resolve({ code, ...kept });
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      kept.stdout = (kept.stdout + text).slice(-KEPT_OUTPUT);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      kept.stderr = (kept.stderr + text).slice(-KEPT_OUTPUT);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      kept.stderr += error.message;
      end(127);
    });
    child.on('close', (code, signal) => end(code ?? (signal === null ? 1 : 128)));
  });
}

/** Stdout of a command that must succeed; throws with the end of its stderr otherwise. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await tryCommand(command, args, options);
  if (result.code !== 0) {
    const tail = (result.stderr.trim() || result.stdout.trim()).slice(-600);
    throw new Error(`${command} ${args.slice(0, 3).join(' ')} failed (${result.code}): ${tail}`);
  }
  return result.stdout;
}
