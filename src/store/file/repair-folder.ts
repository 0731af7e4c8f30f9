/**
 * `fedns store repair` and `fedns store check` for a state folder: keeps every line that checks
 * out, sets the damaged files aside, says what was lost.
 */

import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredValue } from '../record-store.ts';
import { writeFileAside } from './file-aside.ts';
import { FolderLock } from './folder-lock.ts';
import {
  formatLine,
  formatSnapshot,
  JOURNAL_FORMAT,
  salvageJournal,
  salvageSnapshot,
} from './journal-text.ts';
import { applyTo, readOptional } from './state-files.ts';

export interface RepairReport {
  readonly keyCount: number;
  readonly revision: number;
  /** Lines that did not check out: that many keys or commits are gone. */
  readonly lostLines: number;
  /** Where the files went that were damaged; empty when nothing was wrong. */
  readonly setAside: readonly string[];
}

/** Throws StoreError STORE_LOCKED while a process uses the folder. */
export async function repairStateFolder(folder: string): Promise<RepairReport> {
  const lock = await FolderLock.take(folder);
  try {
    const empty = Buffer.alloc(0);
    const snapshot = salvageSnapshot((await readOptional(join(folder, 'snapshot'))) ?? empty);
    const journal = salvageJournal((await readOptional(join(folder, 'journal'))) ?? empty);
    const values = new Map<string, StoredValue>(snapshot.state.values);
    let { revision } = snapshot.state;
    for (const commit of journal.commits) {
      if (commit.revision <= revision) continue;
      applyTo(values, commit);
      revision = commit.revision;
    }
    const lostLines = snapshot.lostLines + journal.lostLines;
    const setAside = lostLines === 0 ? [] : await putAside(folder);
    if (lostLines > 0) {
      // A lost commit had a revision: none of them may be used twice.
      revision += lostLines;
      await writeFileAside(join(folder, 'snapshot'), formatSnapshot({ revision, values }));
      await writeFileAside(join(folder, 'journal'), [formatLine({ format: JOURNAL_FORMAT })]);
    }
    return { keyCount: values.size, revision, lostLines, setAside };
  } finally {
    await lock.release();
  }
}

async function putAside(folder: string): Promise<string[]> {
  const moved: string[] = [];
  for (const name of ['snapshot', 'journal']) {
    const path = join(folder, name);
    if ((await readOptional(path)) === undefined) continue;
    await rename(path, `${path}.damaged`);
    moved.push(`${path}.damaged`);
  }
  return moved;
}
