/**
 * FolderLock: one process a state folder, told by a lock that dies with its process. Node has no
 * flock, and a pid file in a container always says 1. On Linux: the name of an abstract unix
 * socket made of the folder's device and inode; the kernel frees it with the process, whatever
 * path led to the folder. It reaches one network namespace: two containers must not share a state
 * folder (deploy/README.md). Elsewhere: a socket file in the folder, which a dead owner leaves
 * behind and the next one finds refusing connections.
 */

import { rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { StoreError } from '../store-error.ts';

export class FolderLock {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Throws StoreError STORE_LOCKED. */
  static async take(folder: string): Promise<FolderLock> {
    const { dev, ino } = await stat(folder, { bigint: true });
    const isLinux = process.platform === 'linux';
    const name = isLinux ? `\0fedns-state-${dev}-${ino}` : join(folder, 'lock');
    if (!isLinux && !(await isAlive(name))) await rm(name, { force: true });
    const server = createServer((socket) => socket.destroy());
    const bound = Promise.withResolvers<void>();
    server.once('error', bound.reject);
    server.listen(name, () => bound.resolve());
    try {
      await bound.promise;
    } catch (error) {
      const why = `state folder ${folder} is in use by another fedns process`;
      throw new StoreError('STORE_LOCKED', why, error);
    }
    server.on('error', () => undefined);
    // The lock alone keeps no process up.
    server.unref();
    return new FolderLock(server);
  }

  async release(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    await closed.promise;
  }
}

function isAlive(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path, () => resolve(true));
  socket.on('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
