/**
 * The load balancers' addresses made real: TCP listeners on loopback addresses (127.0.1.x), which
 * accept and answer nothing. A closed one refuses, and resets what was connected.
 */
import { createServer, type Server, type Socket } from 'node:net';

export interface DataPlane {
  open(address: string): Promise<void>;
  close(address: string): Promise<void>;
  stop(): Promise<void>;
}

interface Listener {
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

/** All addresses are open at first; `open` also takes one that was not among them. */
export async function startDataPlane(
  addresses: readonly string[],
  port: number,
): Promise<DataPlane> {
  const listeners = new Map<string, Listener>();
  const open = async (address: string) => {
    if (!listeners.has(address)) listeners.set(address, await listen(address, port));
  };
  const close = async (address: string) => {
    const listener = listeners.get(address);
    listeners.delete(address);
    if (listener !== undefined) await shut(listener);
  };
  const stop = async () => {
    await Promise.all([...listeners.keys()].map(close));
  };
  try {
    for (const address of addresses) await open(address);
  } catch (error) {
    await stop();
    throw error;
  }
  return { open, close, stop };
}

function listen(host: string, port: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    // Read and dropped: unread bytes would hide that the other side has gone.
    socket.resume();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => resolve({ server, sockets }));
  });
}

function shut({ server, sockets }: Listener): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.resetAndDestroy();
  });
}
