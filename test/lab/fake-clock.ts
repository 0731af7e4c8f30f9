/**
 * A wall clock that jumps: faketime's library, preloaded into a process, which rereads its offset
 * from a file at every look. The monotonic clock stays the real one, as when a person sets the time.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensure } from './components.ts';
import { temporaryFolder } from './process.ts';

export interface FakeClock {
  /** For the process whose clock it is, and its children. */
  readonly env: Readonly<Record<string, string>>;
  /** Offset from the real time: `+1h`, `-1h`, `+10y`, `+0`. */
  set(offset: string): void;
}

export async function startFakeClock(): Promise<FakeClock> {
  const paths = await ensure('faketime');
  const folders = (paths.env['LD_LIBRARY_PATH'] ?? '').split(':');
  const library = folders
    .map((folder) => join(folder, 'faketime', 'libfaketimeMT.so.1'))
    .find((file) => existsSync(file));
  if (library === undefined) throw new Error(`lab: faketime: no library in ${folders.join(', ')}`);
  const file = join(temporaryFolder('clock'), 'offset');
  writeFileSync(file, '+0');
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    set: (offset) => writeFileSync(file, offset),
  };
}
