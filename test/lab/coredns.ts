/**
 * Starts a real CoreDNS with the given Corefile. `PORT` in its text stands for a free port, so that
 * a test need not choose one.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensure } from './components.ts';
import { type DnsServer, whenServing } from './dns-server.ts';
import { freePort } from './free-port.ts';
import { startProcess, temporaryFolder } from './process.ts';

export interface CorednsOptions {
  /** For example `example.com:PORT { bind 127.0.0.1 ... }`. */
  readonly corefile: string;
  /** A port of an earlier start, to be kept over a restart. */
  readonly port?: number;
}

/** Ready when it answers anything at all: its plugins may still wait for their sources. */
export async function startCoredns(options: CorednsOptions): Promise<DnsServer> {
  const paths = await ensure('coredns');
  const folder = temporaryFolder('coredns');
  const port = options.port ?? (await freePort());
  writeFileSync(join(folder, 'Corefile'), options.corefile.replaceAll('PORT', String(port)));
  const running = startProcess({
    name: 'coredns',
    command: paths.programs['coredns'] ?? '',
    args: ['-conf', join(folder, 'Corefile')],
    env: paths.env,
    cwd: folder,
    logFolder: folder,
  });
  const server: DnsServer = { ...running, host: '127.0.0.1', port, folder };
  await whenServing(server, []);
  return server;
}
