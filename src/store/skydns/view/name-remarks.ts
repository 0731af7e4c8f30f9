/** NameRemarks: what was read otherwise than plainly, of the few names that have any of it. */

import type { ContentNote } from '../content.ts';

export interface NameRemark {
  /** Entries that another rule put aside. */
  readonly ignoredCount: number;
  readonly notes: readonly ContentNote[];
}

const NOTHING: NameRemark = { ignoredCount: 0, notes: [] };

export class NameRemarks {
  ignoredCount = 0;
  readonly noteCounts = new Map<ContentNote, number>();
  readonly #byPath = new Map<string, NameRemark>();

  set(path: string, now: NameRemark): void {
    const before = this.#byPath.get(path) ?? NOTHING;
    this.ignoredCount += now.ignoredCount - before.ignoredCount;
    for (const note of before.notes) this.#count(note, -1);
    for (const note of now.notes) this.#count(note, 1);
    if (now.ignoredCount > 0 || now.notes.length > 0) this.#byPath.set(path, now);
    else if (before !== NOTHING) this.#byPath.delete(path);
  }

  clear(): void {
    this.ignoredCount = 0;
    this.noteCounts.clear();
    this.#byPath.clear();
  }

  notesOf(path: string): readonly ContentNote[] {
    return (this.#byPath.get(path) ?? NOTHING).notes;
  }

  #count(note: ContentNote, by: number): void {
    this.noteCounts.set(note, (this.noteCounts.get(note) ?? 0) + by);
  }
}
