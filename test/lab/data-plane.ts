/**
 * The load balancers' addresses made real: TCP listeners on loopback addresses (127.0.1.x), which
 * accept and answer nothing. A closed one refuses, and resets what was connected; one in reset
 * accepts, as a load balancer with nothing behind it does, and then resets.
 */
import { createServer, type Server, type Socket } from 'node:net';

export interface DataPlane {
  open(address: string): Promise<void>;
  close(address: string): Promise<void>;
  /** Also of an address that is open, or that was not among them; `open` ends it. */
  reset(address: string): Promise<void>;
  stop(): Promise<void>;
}

/** At once, the reset could overtake the client's word that it is connected. */
const RESET_AFTER_MS = 20;

interface Listener {
  readonly server: Server;
  isResetting: boolean;
  readonly sockets: Set<Socket>;
}

/** All addresses are open at first; `open` also takes one that was not among them. */
export async function startDataPlane(
  addresses: readonly string[],
  port: number,
): Promise<DataPlane> {
  const listeners = new Map<string, Listener>();
  const listening = async (address: string, isResetting: boolean) => {
    const listener = listeners.get(address) ?? (await listen(address, port));
    listeners.set(address, listener);
    listener.isResetting = isResetting;
    if (isResetting) resetAll(listener);
  };
  const open = (address: string) => listening(address, false);
  const reset = (address: string) => listening(address, true);
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
  return { open, close, reset, stop };
}

function listen(host: string, port: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    if (listener.isResetting) setTimeout(() => socket.resetAndDestroy(), RESET_AFTER_MS);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    // Read and dropped: unread bytes would hide that the other side has gone.
    socket.resume();
  });
  const listener: Listener = { server, sockets, isResetting: false };
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => resolve(listener));
  });
}

function shut(listener: Listener): Promise<void> {
  return new Promise((resolve) => {
    listener.server.close(() => resolve());
    resetAll(listener);
  });
}

function resetAll({ sockets }: Listener): void {
  for (const socket of sockets) socket.resetAndDestroy();
}
