/**
 * A person's file, changed by us: whole or not at all, with the mode and owner it had, through the
 * link where it is one, and never over what another wrote meanwhile.
 */

import {
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';

/** `before` is what was read. Throws the system's error, or one that says that it is another now. */
export function replaceFile(path: string, before: string, after: string): void {
  const real = realpathSync(path);
  const { mode, uid, gid } = statSync(real);
  const aside = `${real}.${process.pid}.new`;
  try {
    const file = openSync(aside, 'wx', 0o600);
    try {
      writeFileSync(file, after);
      fchmodSync(file, mode & 0o7777);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (statSync(aside).uid !== uid || statSync(aside).gid !== gid) chownSync(aside, uid, gid);
    if (readFileSync(real, 'utf8') !== before) throw new Error('changed by another meanwhile');
    renameSync(aside, real);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}
