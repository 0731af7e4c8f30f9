/**
 * What cluster DNS and kube-proxy are to pods: for a Service that a pod's texts name, a loopback address
 * that listens on its TCP ports and leads to a pod of it that is ready, whichever that is by then.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { listAt, valueAt } from '../../src/api/untyped.ts';
import type { ListeningAddress } from './service-proxy.ts';

export interface ServiceFrontsOptions {
  readonly namespace: string;
  /** The Service of this name; rejects where there is none. */
  readonly service: (name: string) => Promise<unknown>;
  /** Who is behind a port of it now; undefined: nobody. */
  readonly find: (service: unknown, port: number) => ListeningAddress | undefined;
  /** A loopback address that nobody else has. */
  readonly newAddress: () => string;
}

export class ServiceFronts {
  readonly #options: ServiceFrontsOptions;
  readonly #addresses = new Map<string, Promise<string>>();
  readonly #servers: Server[] = [];
  readonly #open = new Set<Socket>();

  constructor(options: ServiceFrontsOptions) {
    this.#options = options;
  }

  /** The text with addresses for `NAME.NAMESPACE.svc`; rejects where such a Service is not there yet. */
  async rewritten(text: string): Promise<string> {
    const names = new RegExp(`\\b([a-z0-9-]+)\\.${this.#options.namespace}\\.svc(?=[:/])`, 'g');
    let result = text;
    for (const [word, name = ''] of text.matchAll(names)) {
      result = result.replaceAll(word, await this.#addressOf(name));
    }
    return result;
  }

  stop(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#open) socket.destroy();
  }

  #addressOf(name: string): Promise<string> {
    let address = this.#addresses.get(name);
    if (address === undefined) {
      address = this.#listen(name);
      this.#addresses.set(name, address);
      address.catch(() => this.#addresses.delete(name));
    }
    return address;
  }

  async #listen(name: string): Promise<string> {
    const service = await this.#options.service(name);
    const address = this.#options.newAddress();
    for (const port of listAt(service, 'spec', 'ports')) {
      if (valueAt(port, 'protocol') !== 'TCP') continue;
      const number = Number(valueAt(port, 'port'));
      const server = createServer((socket) => void this.#lead(socket, name, number));
      this.#servers.push(server);
      await new Promise<void>((resolve, reject) => {
        server.on('error', reject);
        server.listen(number, address, resolve);
      });
    }
    return address;
  }

  async #lead(socket: Socket, name: string, port: number): Promise<void> {
    this.#keep(socket);
    const service = await this.#options.service(name).catch(() => undefined);
    const to = this.#options.find(service, port);
    if (to === undefined) return void socket.resetAndDestroy();
    const onward = connect(to.port, to.host);
    this.#keep(onward);
    onward.on('error', () => socket.resetAndDestroy());
    onward.on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    socket.pipe(onward).pipe(socket);
  }

  #keep(socket: Socket): void {
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket));
    socket.on('error', () => socket.destroy());
  }
}
