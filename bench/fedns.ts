/** Our own server for the bench: the product as it is, on etcd or on a zone file. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DnsServer, whenServing } from '../test/lab/dns-server.ts';
import { freePort } from '../test/lab/free-port.ts';
import { startProcess, temporaryFolder } from '../test/lab/process.ts';
import { installedLauncher } from './installed.ts';
import { APEX } from './service-zone.ts';

export interface FednsOptions {
  /** The `store` part of the configuration. */
  readonly store: Readonly<Record<string, unknown>>;
  /** Kept over a restart; a temporary one when absent. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Ready when it answers from the zone. The launcher gives way: the pid is the server's own. */
export async function startFedns(options: FednsOptions): Promise<DnsServer> {
  const folder = options.folder ?? temporaryFolder('fedns');
  const port = await freePort();
  const config = {
    listen: [`127.0.0.1:${port}`],
    zones: [APEX],
    advertise: ['127.0.0.1'],
    store: { folder: join(folder, 'state'), ...options.store },
    admin: { listen: 'none' },
  };
  // JSON is YAML, too.
  writeFileSync(join(folder, 'fedns.yaml'), JSON.stringify(config));
  const running = startProcess({
    name: 'fedns',
    command: process.execPath,
    args: [installedLauncher(), 'serve', '--config', join(folder, 'fedns.yaml')],
    cwd: folder,
    logFolder: folder,
    env: options.env ?? {},
  });
  const server: DnsServer = { ...running, host: '127.0.0.1', port, folder };
  await whenServing(server, [{ apex: APEX, path: '' }]);
  return server;
}
