/**
 * Binds what the configuration wants in every answering thread and follows local addresses: a
 * named address must bind or the start fails; one of a wildcard that is taken or not yet usable
 * (a VIP elsewhere, IPv6 still tentative) is told once and tried again.
 */

import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Logger } from '../runtime/logger.ts';
import type { BindError } from './answering/answering-thread.ts';
import type { BoundAddress } from './answering/udp.ts';
import type { AnsweringThreads } from './answering-threads.ts';
import { ADDRESS_POLL_MS, DRAIN_MS } from './limits.ts';
import { keyOf, type ListenSpec, wantedAddresses } from './listen-addresses.ts';

export type ListenFailure =
  | { readonly kind: 'too-many'; readonly count: number; readonly max: number }
  | { readonly kind: 'bind'; readonly bound: BoundAddress; readonly error: BindError };

export interface ListeningOptions {
  readonly specs: readonly ListenSpec[];
  readonly threads: AnsweringThreads;
  /** An older process of ours still listens there and will leave: do not mind it. */
  readonly isTakeover: boolean;
  readonly logger: Logger;
}

export class Listening {
  readonly #options: ListeningOptions;
  readonly #told = new Set<string>();
  #wildcard = new Map<string, BoundAddress>();
  #poll: NodeJS.Timeout | undefined;
  #isPolling = false;

  constructor(options: ListeningOptions) {
    this.#options = options;
  }

  get bound(): readonly BoundAddress[] {
    return this.#options.threads.boundAddresses;
  }

  /** undefined once every named address is bound. */
  async start(): Promise<ListenFailure | undefined> {
    const wanted = wantedAddresses(this.#options.specs);
    if (wanted.kind === 'too-many') return wanted;
    for (const bound of wanted.named) {
      const error = await this.#bind(bound);
      if (error !== undefined) return { kind: 'bind', bound, error };
    }
    await this.#follow(wanted.wildcard);
    const hasWildcard = this.#options.specs.some(({ host }) =>
      ['*', '0.0.0.0', '::'].includes(host),
    );
    if (hasWildcard) this.#poll = setInterval(() => void this.#look(), ADDRESS_POLL_MS);
    return undefined;
  }

  stop(): void {
    clearInterval(this.#poll);
  }

  async #look(): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    try {
      const wanted = wantedAddresses(this.#options.specs);
      if (wanted.kind === 'ok') await this.#follow(wanted.wildcard);
      else this.#tell('too many local addresses for a wildcard', { count: wanted.count });
    } finally {
      this.#isPolling = false;
    }
  }

  async #follow(wanted: readonly BoundAddress[]): Promise<void> {
    const wantedKeys = new Set(wanted.map(keyOf));
    for (const [key, bound] of this.#wildcard) {
      if (wantedKeys.has(key)) continue;
      this.#wildcard.delete(key);
      this.#told.delete(key);
      await this.#options.threads.unbind(bound, DRAIN_MS);
      this.#options.logger.info('address gone', { address: key });
    }
    for (const bound of wanted) {
      const key = keyOf(bound);
      if (this.#wildcard.has(key)) continue;
      const error = await this.#bind(bound);
      if (error === undefined) {
        this.#wildcard.set(key, bound);
        this.#options.logger.info('listening', { address: key });
      } else {
        this.#tell('address not bound, trying again', { address: key, code: error.code });
      }
    }
  }

  async #bind(bound: BoundAddress): Promise<BindError | undefined> {
    const taken = this.#options.isTakeover ? undefined : await takenError(bound);
    return taken ?? (await this.#options.threads.bind(bound));
  }

  #tell(message: string, fields: { address?: string; code?: string; count?: number }): void {
    const key = fields.address ?? message;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.logger.warn(message, fields);
  }
}

/** What would keep `start` from binding, known without binding: nobody is asked to answer yet. */
export async function listenFailureAhead(
  specs: readonly ListenSpec[],
): Promise<ListenFailure | undefined> {
  const wanted = wantedAddresses(specs);
  if (wanted.kind === 'too-many') return wanted;
  for (const bound of wanted.named) {
    const error = await takenError(bound);
    if (error !== undefined) return { kind: 'bind', bound, error };
  }
  return undefined;
}

/**
 * Whether somebody listens there. Our own sockets share their port (`reusePort`), so a second
 * start would bind beside the first and take half its queries: asked without sharing first.
 */
async function takenError(bound: BoundAddress): Promise<BindError | undefined> {
  return (await takenUdp(bound)) ?? (await takenTcp(bound));
}

function takenUdp({ address, port }: BoundAddress): Promise<BindError | undefined> {
  return new Promise((resolve) => {
    const isIpv6 = address.includes(':');
    const socket = createSocket({ type: isIpv6 ? 'udp6' : 'udp4', ipv6Only: isIpv6 });
    socket.once('error', (error) => {
      socket.close();
      resolve(bindError(error));
    });
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(undefined)));
  });
}

function takenTcp({ address, port }: BoundAddress): Promise<BindError | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(bindError(error)));
    const options = { host: address, port, exclusive: true, ipv6Only: address.includes(':') };
    server.listen(options, () => server.close(() => resolve(undefined)));
  });
}

function bindError(error: Error): BindError {
  return { code: 'code' in error ? String(error.code) : 'UNKNOWN', message: error.message };
}
