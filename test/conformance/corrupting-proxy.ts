/**
 * A UDP proxy that breaks one thing in each reply of a good server: the proof that the suite would
 * see such a server.
 */
import { createSocket, type Socket } from 'node:dgram';
import type { Corruption } from './corruptions.ts';
import type { Address } from './wire/exchange.ts';

export interface CorruptingProxy extends Address {
  /** Replies that were really changed since the last `use`. */
  changed(): number;
  use(corruption: Corruption | undefined): void;
  stop(): void;
}

export async function startCorruptingProxy(target: Address): Promise<CorruptingProxy> {
  const state = { corruption: undefined as Corruption | undefined, changed: 0 };
  const front = createSocket('udp4');
  const upstreams = new Set<Socket>();
  front.on('message', (query, client) => {
    const upstream = createSocket('udp4');
    upstreams.add(upstream);
    const end = () => {
      if (upstreams.delete(upstream)) upstream.close();
    };
    const timer = setTimeout(end, 1000);
    upstream.on('error', end);
    upstream.on('message', (reply) => {
      clearTimeout(timer);
      end();
      const { corruption } = state;
      const broken = corruption === undefined ? [reply] : apply(corruption, reply, query);
      if (broken.length !== 1 || !broken[0]?.equals(reply)) state.changed++;
      for (const each of broken) front.send(each, client.port, client.address);
    });
    upstream.send(query, target.port, target.host);
  });
  const port = await new Promise<number>((resolve) => {
    front.bind(0, '127.0.0.1', () => resolve(front.address().port));
  });
  return {
    host: '127.0.0.1',
    port,
    changed: () => state.changed,
    use: (corruption) => {
      state.corruption = corruption;
      state.changed = 0;
    },
    stop: () => {
      for (const each of upstreams) each.close();
      front.close();
    },
  };
}

/** Replies that cannot be laid out (FORMERR to garbage) pass as they are. */
function apply(corruption: Corruption, reply: Buffer, query: Buffer): readonly Buffer[] {
  try {
    const broken = corruption.change(Buffer.from(reply), query);
    return broken === undefined ? [reply] : Buffer.isBuffer(broken) ? [broken] : broken;
  } catch {
    return [reply];
  }
}
