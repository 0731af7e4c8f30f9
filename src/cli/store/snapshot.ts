/**
 * `fedns store snapshot|restore`: a backup of everything in our ranges, and the way back into an
 * empty or another store. A line of JSON with the count, then a line of JSON per key.
 */

import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import { reasonOf } from '../../app/config/read-config.ts';
import { ControlKeys, type ControlKind } from '../../store/control/control-keys.ts';
import { print, VerbError } from '../output.ts';
import { type StoredView, storeOptions, withStoredView } from '../records/stored-view.ts';

type Flags = Readonly<Record<string, unknown>>;

const FORMAT = 'fedns-backup-1';
const HEAD = z.object({
  format: z.literal(FORMAT),
  revision: z.int(),
  count: z.int(),
  sha256: z.string(),
});
const ROW = z.tuple([z.string(), z.string()]);
/** Puts in one commit: half of what every store takes. */
const RESTORE_SLICE = 60;

export function addBackup(store: Command): void {
  storeOptions(store.command('snapshot').argument('<file>', 'where to write it'))
    .description('writes everything in our ranges to a file')
    .action((file: string, flags: Flags) =>
      withStoredView(flags, (stored) => snapshot(stored, file)),
    );
  storeOptions(store.command('restore').argument('<file>', 'a file made by store snapshot'))
    .description('puts every key of a backup into the store; other keys stay')
    .option('--replace', 'also removes keys in our ranges that the backup does not have')
    .action((file: string, flags: Flags) =>
      withStoredView(flags, (stored) => restore(stored, file, flags['replace'] === true)),
    );
}

function snapshot(stored: StoredView, file: string): void {
  const keys = new ControlKeys(stored.read.config.store.controlPrefix);
  const rows = [...stored.state.values]
    .filter(([key]) => isKept(keys.parse(key)?.kind))
    .map(([key, { value }]) => JSON.stringify([key, value]));
  const body = `${rows.join('\n')}\n`;
  const sha256 = createHash('sha256').update(body).digest('hex');
  const { revision } = stored.state;
  const head = JSON.stringify({ format: FORMAT, revision, count: rows.length, sha256 });
  try {
    writeFileSync(`${file}.new`, `${head}\n${body}`, { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new VerbError(`${file}: ${reasonOf(error)}`, 2);
  }
  print(`${rows.length} keys at revision ${revision} written to ${file}`);
}

/** Who the store is and what is held now belongs to that store, not to its backup. */
function isKept(kind: ControlKind | undefined): boolean {
  return kind === undefined || kind === 'serial' || kind === 'removals' || kind === 'fallbacks';
}

async function restore(stored: StoredView, file: string, isReplacing: boolean): Promise<void> {
  const wanted = readBackup(file);
  const puts = [...wanted]
    .filter(([key, value]) => stored.state.values.get(key)?.value !== value)
    .map(([key, value]) => ({ key, value }));
  const deletes = isReplacing
    ? [...stored.state.values.keys()].filter((key) => !wanted.has(key))
    : [];
  const started = performance.now();
  for (let from = 0; from < puts.length; from += RESTORE_SLICE) {
    const slice = puts.slice(from, from + RESTORE_SLICE);
    await stored.store.commit({ compares: [], puts: slice, deletes: [] });
    if (performance.now() - started > 2000 && from % (RESTORE_SLICE * 100) === 0) {
      process.stderr.write(`${from} of ${puts.length} keys\n`);
    }
  }
  for (let from = 0; from < deletes.length; from += RESTORE_SLICE) {
    const slice = deletes.slice(from, from + RESTORE_SLICE);
    await stored.store.commit({ compares: [], puts: [], deletes: slice });
  }
  print(
    `${puts.length} keys put, ${deletes.length} removed, ${wanted.size - puts.length} were the same`,
  );
}

/** Throws VerbError when the file is damaged or is no backup: nothing is restored then. */
function readBackup(file: string): Map<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new VerbError(`${file}: ${reasonOf(error)}`, 2);
  }
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  const head = HEAD.safeParse(jsonOf(text.slice(0, end)));
  if (!head.success) throw new VerbError(`${file}: is no backup of ours (${FORMAT})`, 2);
  if (createHash('sha256').update(body).digest('hex') !== head.data.sha256) {
    throw new VerbError(`${file}: damaged: its checksum does not fit`, 2);
  }
  const rows = body.split('\n').filter((line) => line !== '');
  return new Map(rows.map((line) => ROW.parse(jsonOf(line))));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
