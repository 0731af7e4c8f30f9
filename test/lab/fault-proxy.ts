/**
 * A TCP proxy on loopback that breaks connections on command: delay, low bandwidth, a cut after N
 * bytes, half-open silence, garbage. Stands where iptables and netem would need root.
 */
import { createConnection, createServer, type Server, type Socket } from 'node:net';

export type Direction = 'toServer' | 'toClient';

/** What happens to connections; replaced as a whole by `set`. All fields absent: bytes pass. */
export interface Faults {
  /** Each chunk comes out this long after it came in, in both directions; order is kept. */
  readonly delayMs?: number;
  readonly bytesPerSecond?: number;
  /** Resets the connection once this many bytes have passed in that direction; once a `set`. */
  readonly cutAfter?: { readonly direction: Direction; readonly bytes: number };
  /** Connections stay open and nothing passes: a host that vanished. */
  readonly blackhole?: boolean;
  /** New connections are reset at once. */
  readonly refuse?: boolean;
  /** Put into the stream once after this many bytes; once a `set`. */
  readonly garbage?: {
    readonly direction: Direction;
    readonly after: number;
    readonly bytes: Uint8Array;
  };
}

export interface FaultProxy {
  readonly host: string;
  readonly port: number;
  readonly counts: {
    connections: number;
    cuts: number;
    toServer: number;
    toClient: number;
  };
  set(faults: Faults): void;
  /** Resets every open connection now. */
  cutAll(): void;
  open(): number;
  stop(): Promise<void>;
}

export interface FaultProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  readonly port?: number;
}

interface State {
  faults: Faults;
  /** Bytes since the last `set`, over all connections: the cut hits any byte of a long run. */
  passed: Record<Direction, number>;
  spentCut: boolean;
  spentGarbage: boolean;
  readonly pairs: Set<Pair>;
  readonly counts: FaultProxy['counts'];
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly nudges: (() => void)[];
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const state: State = {
    faults: {},
    passed: { toServer: 0, toClient: 0 },
    spentCut: false,
    spentGarbage: false,
    pairs: new Set(),
    counts: { connections: 0, cuts: 0, toServer: 0, toClient: 0 },
  };
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
    accept(state, client, options),
  );
  const port = await listen(listener, options.port ?? 0);
  return {
    host: '127.0.0.1',
    port,
    counts: state.counts,
    set: (faults) => {
      state.faults = faults;
      state.passed = { toServer: 0, toClient: 0 };
      state.spentCut = false;
      state.spentGarbage = false;
      for (const pair of state.pairs) for (const nudge of pair.nudges) nudge();
    },
    cutAll: () => cutAll(state),
    open: () => state.pairs.size,
    stop: () => {
      cutAll(state);
      return new Promise((resolve) => listener.close(() => resolve()));
    },
  };
}

function accept(state: State, client: Socket, options: FaultProxyOptions): void {
  state.counts.connections++;
  client.on('error', () => undefined);
  if (state.faults.refuse) {
    client.resetAndDestroy();
    return;
  }
  const { host, port } = options.target;
  const server = createConnection({ host, port, allowHalfOpen: true, noDelay: true });
  const pair: Pair = { client, server, nudges: [] };
  state.pairs.add(pair);
  // A reset on one side is a reset on the other; an orderly end passes as one.
  server.on('error', () => destroy(state, pair));
  client.on('error', () => destroy(state, pair));
  client.on('close', () => destroy(state, pair));
  server.on('close', () => destroy(state, pair));
  pipe(state, pair, 'toServer');
  pipe(state, pair, 'toClient');
}

function pipe(state: State, pair: Pair, direction: Direction): void {
  const [from, to] =
    direction === 'toServer' ? [pair.client, pair.server] : [pair.server, pair.client];
  const queue: Chunk[] = [];
  let ended = false;
  let busy = false;
  const pump = async () => {
    if (busy) return;
    busy = true;
    while (!state.faults.blackhole && !from.destroyed) {
      const chunk = queue.shift();
      if (chunk === undefined) break;
      await hold(state.faults, chunk);
      // While it was held the proxy may have gone black: back into the queue then.
      if (state.faults.blackhole) {
        queue.unshift(chunk);
        break;
      }
      if (!forward(state, { pair, to, direction }, chunk.bytes)) return;
    }
    if (ended && queue.length === 0 && !state.faults.blackhole) to.end();
    if (queue.length === 0) from.resume();
    busy = false;
  };
  pair.nudges.push(() => void pump());
  from.on('data', (chunk: Buffer) => {
    queue.push({ bytes: chunk, cameAt: performance.now() });
    if (queue.length > 64) from.pause();
    void pump();
  });
  from.on('end', () => {
    ended = true;
    void pump();
  });
}

interface Chunk {
  readonly bytes: Buffer;
  readonly cameAt: number;
}

async function hold(faults: Faults, { bytes, cameAt }: Chunk): Promise<void> {
  const { bytesPerSecond, delayMs = 0 } = faults;
  const rate = bytesPerSecond === undefined ? 0 : (bytes.length * 1000) / bytesPerSecond;
  const ms = rate + Math.max(0, cameAt + delayMs - performance.now());
  if (ms >= 1) await new Promise((resolve) => setTimeout(resolve, ms));
}

interface Stream {
  readonly pair: Pair;
  readonly to: Socket;
  readonly direction: Direction;
}

/** False when this chunk met the cut: the connection is gone. */
function forward(state: State, stream: Stream, chunk: Buffer): boolean {
  const { faults, passed, counts } = state;
  const { pair, to, direction } = stream;
  const before = passed[direction];
  passed[direction] += chunk.length;
  counts[direction] += chunk.length;
  const { cutAfter, garbage } = faults;
  if (cutAfter?.direction === direction && !state.spentCut && passed[direction] >= cutAfter.bytes) {
    state.spentCut = true;
    counts.cuts++;
    const kept = chunk.subarray(0, Math.max(0, cutAfter.bytes - before));
    // The kept bytes must leave before the reset, or the cut would fall at a chunk's edge.
    to.write(kept, () => {
      pair.client.resetAndDestroy();
      pair.server.resetAndDestroy();
    });
    return false;
  }
  if (
    garbage?.direction === direction &&
    !state.spentGarbage &&
    passed[direction] >= garbage.after
  ) {
    state.spentGarbage = true;
    const at = Math.max(0, garbage.after - before);
    to.write(Buffer.concat([chunk.subarray(0, at), garbage.bytes, chunk.subarray(at)]));
    return true;
  }
  to.write(chunk);
  return true;
}

function cutAll(state: State): void {
  for (const pair of [...state.pairs]) {
    state.counts.cuts++;
    pair.client.resetAndDestroy();
    pair.server.resetAndDestroy();
  }
}

function destroy(state: State, pair: Pair): void {
  if (!state.pairs.delete(pair)) return;
  for (const socket of [pair.client, pair.server]) {
    if (!socket.destroyed) socket.destroy();
  }
}

function listen(listener: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.on('error', reject);
    listener.listen({ host: '127.0.0.1', port }, () => {
      const address = listener.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
