/** What verbs print: answers on stdout, complaints on stderr, one line each; tables for people. */

import { stringify } from 'yaml';
import { InputError } from '../dns/errors.ts';
import { StoreError } from '../store/store-error.ts';

/** 0 done; 1 it could not be done, or a check found something; 2 the call or its input is wrong. */
export type ExitCode = 0 | 1 | 2;

/** A verb that failed in a way it has words for. */
export class VerbError extends Error {
  override readonly name = 'VerbError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** One document for a program. */
export function printDocument(value: unknown, format: 'json' | 'yaml'): void {
  const yaml = () => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
  print(format === 'json' ? JSON.stringify(value, null, 2) : yaml());
}

/** One line a problem, each led by the program's name, as other tools do. */
export function complain(message: string): void {
  for (const line of message.split('\n')) process.stderr.write(`fedns: ${line}\n`);
}

/** The state folder named cannot be used: as wrong as other bad arguments. */
const FOLDER_TROUBLE: ReadonlySet<string> = new Set([
  'STORE_LOCKED',
  'STORE_DISK',
  'STORE_DAMAGED',
]);

/** The exit code an error ends the program with, once it has been told. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof VerbError) return error.exitCode;
  if (error instanceof InputError) return 2;
  return error instanceof StoreError && FOLDER_TROUBLE.has(error.code) ? 2 : 1;
}

/** Columns padded to their widest cell, two spaces apart, header first. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (index === cells.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd();
  return [header, ...rows].map(line).join('\n');
}

/** Says on stderr that it is still at it, once it takes longer than two seconds. */
export async function withProgress<T>(what: string, work: Promise<T>): Promise<T> {
  const started = performance.now();
  const timer = setInterval(() => {
    process.stderr.write(`${what}: ${Math.round((performance.now() - started) / 1000)} s\n`);
  }, 2000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
