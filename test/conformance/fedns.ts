/**
 * Starts our own server for the suites: a configuration file, zone files and a memory store. The one
 * place that knows how it is called. Without the launcher, so that the pid is the server's own.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DnsServer, whenServing, writeZones, type ZoneText } from '../lab/dns-server.ts';
import { freePort } from '../lab/free-port.ts';
import { startProcess, temporaryFolder } from '../lab/process.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export async function startFedns(
  zones: readonly ZoneText[],
  host = '127.0.0.1',
): Promise<DnsServer> {
  const folder = temporaryFolder('fedns');
  const files = writeZones(folder, zones);
  const port = await freePort(host);
  const listen = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const config = {
    listen: [listen],
    zones: files.map((zone) => ({ apex: zone.apex, file: zone.path })),
    store: { kind: 'memory', folder: join(folder, 'state') },
    answers: { nsid: 'lab' },
    admin: { listen: 'none' },
  };
  // JSON is YAML, too.
  writeFileSync(join(folder, 'fedns.yaml'), JSON.stringify(config));
  const running = startProcess({
    name: 'fedns',
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      ...[main, 'serve', '--config', join(folder, 'fedns.yaml')],
    ],
    cwd: folder,
    logFolder: folder,
  });
  const server: DnsServer = { ...running, host, port, folder };
  await whenServing(server, files);
  return server;
}
