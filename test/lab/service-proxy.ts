/**
 * The way from an API server of the lab to the Services of its own cluster: admission webhooks are
 * asked by the address of their Service, which leads nowhere on loopback. The API server is told to
 * go through this HTTP CONNECT proxy, which knows where the pods' processes listen.
 *
 * Source: Kubernetes "Egress selector" (EgressSelectorConfiguration, HTTPConnect over a Unix socket).
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { temporaryFolder } from './process.ts';

export interface ListeningAddress {
  readonly host: string;
  readonly port: number;
}

/** Where a connection to an address and port of a Service goes; undefined: nowhere. */
export type FindListener = (host: string, port: number) => Promise<ListeningAddress | undefined>;

export interface ServiceProxy {
  /** For `--egress-selector-config-file`. */
  readonly configFile: string;
  /** Until it is set, everything is refused. */
  find: FindListener;
  stop(): void;
}

export async function startServiceProxy(): Promise<ServiceProxy> {
  const folder = temporaryFolder('service-proxy');
  const udsName = join(folder, 'proxy.sock');
  const configFile = join(folder, 'egress.yaml');
  const connection = { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName } } };
  writeFileSync(
    configFile,
    stringify({
      apiVersion: 'apiserver.k8s.io/v1beta1',
      kind: 'EgressSelectorConfiguration',
      egressSelections: [{ name: 'cluster', connection }],
    }),
  );
  const server = createServer();
  const open = new Set<Socket>();
  const proxy: ServiceProxy = {
    configFile,
    find: async () => undefined,
    stop() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
  server.on('connect', ({ url = '' }, socket) => {
    const { hostname, port } = new URL(`http://${url}`);
    const tunnel = async () => {
      const to = await proxy.find(hostname, Number(port));
      if (to === undefined) return void socket.end('HTTP/1.1 502 Nobody Listens\r\n\r\n');
      const onward = connect(to.port, to.host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      open.add(onward);
      onward.on('close', () => open.delete(onward));
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    };
    tunnel().catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(udsName, resolve));
  return proxy;
}
