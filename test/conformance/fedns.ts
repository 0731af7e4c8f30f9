/**
 * Starts our own server for the suites, as its users do: by the launcher, with zone files on an
 * embedded store. The one place that knows its command line.
 */
import { fileURLToPath } from 'node:url';
import { type DnsServer, whenServing, writeZones, type ZoneText } from '../lab/dns-server.ts';
import { freePort } from '../lab/free-port.ts';
import { startProcess, temporaryFolder } from '../lab/process.ts';

const launcher = fileURLToPath(new URL('../../src/launch.js', import.meta.url));

export async function startFedns(
  zones: readonly ZoneText[],
  extraArgs: readonly string[] = [],
): Promise<DnsServer> {
  const folder = temporaryFolder('fedns');
  const files = writeZones(folder, zones);
  const port = await freePort();
  const running = startProcess({
    name: 'fedns',
    command: process.execPath,
    args: [
      ...[launcher, 'serve', '--store', 'memory', '--admin', 'none'],
      ...['--listen', `127.0.0.1:${port}`],
      ...files.flatMap((zone) => ['--zone-file', `${zone.apex}=${zone.path}`]),
      ...extraArgs,
    ],
    cwd: folder,
    logFolder: folder,
  });
  const server: DnsServer = { ...running, host: '127.0.0.1', port, folder };
  await whenServing(server, files);
  return server;
}
