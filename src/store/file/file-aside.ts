/**
 * FileAside: a file that is written beside the one it replaces. Synced, renamed, the folder synced:
 * the old file or the new one, never less.
 */

import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

const WRITE_CHUNK_OCTETS = 1 << 20;

export class FileAside {
  readonly #path: string;
  readonly #file: FileHandle;
  #chunk = '';
  #hasEnded = false;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Readable by its owner only. Throws what the disk does. */
  static async open(path: string): Promise<FileAside> {
    // Appending: after `restart`, too, it goes on at the end.
    const file = await open(asideOf(path), 'a', 0o600);
    const aside = new FileAside(path, file);
    try {
      await aside.restart();
    } catch (error) {
      await aside.drop();
      throw error;
    }
    return aside;
  }

  /** What was written so far is void. */
  async restart(): Promise<void> {
    this.#chunk = '';
    await this.#file.truncate(0);
  }

  /** Gathered until it is worth a write. */
  async append(piece: string | Uint8Array): Promise<void> {
    if (typeof piece === 'string') this.#chunk += piece;
    if (typeof piece === 'string' && this.#chunk.length < WRITE_CHUNK_OCTETS) return;
    await this.#flush();
    if (typeof piece !== 'string') await this.#file.appendFile(piece);
  }

  /** It takes the place of the old one. */
  async replace(): Promise<void> {
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
    await rename(asideOf(this.#path), this.#path);
    this.#hasEnded = true;
    await syncFolder(dirname(this.#path));
  }

  /** The old one stays; nothing once this one has replaced it. */
  async drop(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    await this.#file.close().catch(() => undefined);
    await rm(asideOf(this.#path), { force: true }).catch(() => undefined);
  }

  async #flush(): Promise<void> {
    const chunk = this.#chunk;
    this.#chunk = '';
    if (chunk !== '') await this.#file.appendFile(chunk);
  }
}

/** The whole of it. Throws what the disk does; the old file is untouched then. */
export async function writeFileAside(
  path: string,
  pieces: Iterable<string | Uint8Array>,
): Promise<void> {
  const file = await FileAside.open(path);
  try {
    for (const piece of pieces) await file.append(piece);
    await file.replace();
  } catch (error) {
    await file.drop();
    throw error;
  }
}

function asideOf(path: string): string {
  return `${path}.new`;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
